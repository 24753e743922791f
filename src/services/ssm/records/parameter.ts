import { formatArn, parseArn, sealingKeyOf, scopeText, type Scope } from '../../../kernel/index.ts';
import type { TableSpec } from '../../../store/index.ts';

export { scopeText, type Scope } from '../../../kernel/index.ts';

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export type ParameterType = 'String' | 'StringList' | 'SecureString';
export type ParameterTier = 'Standard' | 'Advanced';

export interface ExpirationPolicy {
  /** As its owner wrote it. */
  readonly text: string;
  readonly expiresAtMs: number;
}

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterMetadata.html */
export interface ParameterRecord extends Scope {
  readonly name: string;
  readonly type: ParameterType;
  readonly tier: ParameterTier;
  /** The oldest version that is kept; all up to the latest are. */
  readonly oldest: number;
  readonly latest: number;
  readonly labels: Readonly<Record<string, number>>;
  readonly tags: readonly Tag[];
  readonly description?: string;
  readonly allowedPattern?: string;
  readonly expiration?: ExpirationPolicy;
  readonly modifiedAtMs: number;
  /** ARN of who wrote the latest version. */
  readonly modifiedBy: string;
}

/** One version. */
export interface ParameterVersionRecord {
  readonly version: number;
  /** The value; of a SecureString sealed, see kernel's Sealer with `versionContext`. */
  readonly value: string;
  readonly sealed: boolean;
  readonly context: string;
  readonly tier: ParameterTier;
  readonly description?: string;
  readonly allowedPattern?: string;
  readonly modifiedAtMs: number;
  readonly modifiedBy: string;
}

export function parameterKey(scope: Scope, name: string): string {
  return `/ssm/parameter/${scopeText(scope)}/${name}`;
}

/** Names have no colon, so a version's key is nobody else's. */
export function versionKey(scope: Scope, name: string, version: number): string {
  return `/ssm/version/${scopeText(scope)}/${name}:${version}`;
}

/** The ARN of a parameter, with the slash that a path begins with only once. */
export function parameterArn({ account, region, name }: Scope & { readonly name: string }): string {
  return formatArn('ssm', region, account, `parameter/${name.replace(/^\//, '')}`);
}

export function versionContext(parameter: Scope & { readonly name: string }, version: number): string {
  return `${formatArn('ssm', parameter.region, parameter.account, `parameter ${parameter.name}`)} ${version}`;
}

/** The names a parameter with this ARN may have; undefined when the text is no parameter's ARN of this account and region. */
export function namesOfArn(scope: Scope, text: string): readonly string[] | undefined {
  const arn = parseArn(text);
  if (arn?.service !== 'ssm' || arn.account !== scope.account || arn.region !== scope.region) return undefined;
  if (!arn.resource.startsWith('parameter/')) return undefined;
  const path = arn.resource.slice('parameter'.length);
  return [path, path.slice(1)];
}

/** All paths above a name, the nearest last: `/a/b/c` has `/`, `/a` and `/a/b`. */
export function pathsAbove(name: string): readonly string[] {
  if (!name.startsWith('/')) return ['/'];
  const levels = name.slice(1).split('/');
  return levels.map((_, at) => `/${levels.slice(0, at).join('/')}`);
}

const all = 'all';

export const parameters: TableSpec<ParameterRecord, 'scope' | 'tier' | 'parent' | 'above' | 'expiring'> = {
  prefix: '/ssm/parameter/',
  indexes: {
    scope: scopeText,
    tier: (row) => `${scopeText(row)} ${row.tier}`,
    parent: (row) => `${scopeText(row)} ${pathsAbove(row.name).at(-1) ?? '/'}`,
    above: (row) => pathsAbove(row.name).map((path) => `${scopeText(row)} ${path}`),
    expiring: ({ expiration }) => (expiration === undefined ? undefined : all),
  },
};

export const parameterVersions: TableSpec<ParameterVersionRecord, 'sealingKey'> = {
  prefix: '/ssm/version/',
  indexes: { sealingKey: ({ sealed, value }) => (sealed ? sealingKeyOf(value) : undefined) },
};
