import { formatArn, parseArn, scopeText, type Scope } from '../../../kernel/index.ts';
import type { TableSpec } from '../../../store/index.ts';

export { scopeText, type Scope } from '../../../kernel/index.ts';

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export type TagMutability = 'MUTABLE' | 'IMMUTABLE' | 'MUTABLE_WITH_EXCLUSION' | 'IMMUTABLE_WITH_EXCLUSION';

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_Repository.html */
export interface RepositoryRecord extends Scope {
  readonly name: string;
  /** A UUID: what a repository held is not seen in another that has its name later. */
  readonly id: string;
  readonly createdAtMs: number;
  readonly mutability: TagMutability;
  /** Tags that are treated the other way round: wildcards. */
  readonly exclusions: readonly string[];
  /** As its owner wrote it. */
  readonly policy?: string;
  readonly lifecycle?: { readonly text: string; readonly evaluatedAtMs?: number };
  readonly tags: readonly Tag[];
  /** Every change of its images counts here and so writes this record: a push, a deletion and a clean-up never pass each other unseen. */
  readonly changes: number;
}

export function repositoryKey(scope: Scope, name: string): string {
  return `/ecr/repository/${scopeText(scope)}/${name}`;
}

export function repositoryArn({ account, region, name }: Scope & { readonly name: string }): string {
  return formatArn('ecr', region, account, `repository/${name}`);
}

/** The repository an ARN means; undefined when the text is no repository's ARN. */
export function repositoryOfArn(text: string): (Scope & { readonly name: string }) | undefined {
  const arn = parseArn(text);
  const [, name] = /^repository\/(.+)$/.exec(arn?.resource ?? '') ?? [];
  if (arn === undefined || arn.service !== 'ecr' || name === undefined) return undefined;
  return { account: arn.account, region: arn.region, name };
}

export const repositories: TableSpec<RepositoryRecord, 'scope' | 'id' | 'lifecycle'> = {
  prefix: '/ecr/repository/',
  indexes: {
    scope: scopeText,
    id: ({ id }) => id,
    lifecycle: ({ lifecycle }) => (lifecycle === undefined ? undefined : 'has'),
  },
};

/** A policy whose effect was asked for before it is put. */
export interface PreviewRecord {
  readonly repositoryId: string;
  readonly text: string;
  readonly startedAtMs: number;
}

export function previewKey(repositoryId: string): string {
  return `/ecr/preview/${repositoryId}`;
}

export const previews: TableSpec<PreviewRecord, 'repository'> = {
  prefix: '/ecr/preview/',
  indexes: { repository: ({ repositoryId }) => repositoryId },
};
