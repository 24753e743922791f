import { formatArn, parseArn, sealingKeyOf, scopeText, type Scope } from '../../../kernel/index.ts';
import type { TableSpec } from '../../../store/index.ts';

export { scopeText, type Scope } from '../../../kernel/index.ts';

export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** One version of a secret, without its value. */
export interface VersionRecord {
  /** The ClientRequestToken that made it. */
  readonly id: string;
  readonly createdAtMs: number;
  /** Staging labels; empty: deprecated. */
  readonly stages: readonly string[];
}

/** A rotation as it was asked for; nothing here rotates. */
export interface RotationRecord {
  readonly enabled: boolean;
  readonly lambdaArn: string;
  readonly automaticallyAfterDays?: number;
  readonly duration?: string;
  readonly scheduleExpression?: string;
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html */
export interface SecretRecord extends Scope {
  readonly name: string;
  /** The six random characters at the end of the ARN. */
  readonly suffix: string;
  readonly description?: string;
  readonly createdAtMs: number;
  readonly changedAtMs: number;
  /** The day of the last read, as AWS tells it. */
  readonly accessedAtMs?: number;
  readonly deletedAtMs?: number;
  /** When it goes for good; present as long as `deletedAtMs` is. */
  readonly goesAtMs?: number;
  readonly tags: readonly Tag[];
  /** Oldest first. */
  readonly versions: readonly VersionRecord[];
  /** The text as its owner wrote it. */
  readonly policy?: string;
  readonly rotation?: RotationRecord;
  /** The service that alone changes and deletes it, such as `rds`. */
  readonly owningService?: string;
}

export function secretKey(scope: Scope, name: string): string {
  return `/secretsmanager/secret/${scopeText(scope)}/${name}`;
}

export function secretArn({ account, region, name, suffix }: SecretRecord): string {
  return formatArn('secretsmanager', region, account, `secret:${name}-${suffix}`);
}

/** What the `SecretId` of a request names: a name, or the resource of an ARN, which ends in six random characters or does not. */
export function readSecretId(
  id: string,
  scope: Scope,
): { readonly scope: Scope; readonly text: string; readonly isArn: boolean } | undefined {
  if (!id.startsWith('arn:')) return { scope, text: id, isArn: false };
  const arn = parseArn(id);
  if (arn?.service !== 'secretsmanager' || !arn.resource.startsWith('secret:')) return undefined;
  return {
    scope: { account: arn.account, region: arn.region },
    text: arn.resource.slice('secret:'.length),
    isArn: true,
  };
}

const suffixLength = 6;

/** The name and suffix of a full ARN's resource; undefined when it cannot be one. */
export function splitSuffix(text: string): { readonly name: string; readonly suffix: string } | undefined {
  const cut = text.length - suffixLength - 1;
  return cut > 0 && text[cut] === '-' ? { name: text.slice(0, cut), suffix: text.slice(cut + 1) } : undefined;
}

const all = 'all';

export const secrets: TableSpec<SecretRecord, 'scope' | 'leaving'> = {
  prefix: '/secretsmanager/secret/',
  indexes: { scope: scopeText, leaving: ({ goesAtMs }) => (goesAtMs === undefined ? undefined : all) },
};

/** The value of one version. */
export interface SecretValueRecord {
  readonly kind: 'string' | 'binary';
  /** See kernel's Sealer; the context is `valueContext`. */
  readonly sealed: string;
  readonly context: string;
}

export function secretValueKey(secret: SecretRecord, versionId: string): string {
  return `/secretsmanager/value/${scopeText(secret)}/${secret.name}-${secret.suffix}/${versionId}`;
}

export function valueContext(secret: SecretRecord, versionId: string): string {
  return `${secretArn(secret)} ${versionId}`;
}

export const secretValues: TableSpec<SecretValueRecord, 'sealingKey'> = {
  prefix: '/secretsmanager/value/',
  indexes: { sealingKey: ({ sealed }) => sealingKeyOf(sealed) },
};
