import { formatArn } from '../../../kernel/index.ts';
import type { TableSpec } from '../../../store/index.ts';
import { scopeText, type Scope, type Tag } from './scope.ts';

/** What makes the names of a namespace resolvable inside its VPC. */
export interface PrivateZone {
  readonly vpcId: string;
  /** `Z…`, as of a Route 53 hosted zone. */
  readonly hostedZoneId: string;
  /** How long "there is no such name" may be remembered, in seconds. */
  readonly soaTtl: number;
}

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_Namespace.html */
export interface NamespaceRecord extends Scope {
  /** `ns-` and 16 characters. */
  readonly id: string;
  readonly name: string;
  /** Absent: an HTTP namespace. */
  readonly zone?: PrivateZone;
  readonly description?: string;
  readonly creatorRequestId?: string;
  /** What was asked for with that id, so that the same request again is known. */
  readonly fingerprint: string;
  /** The operation that made it. */
  readonly operationId: string;
  /** Services in it; written with each, so that none begins while the namespace ends. */
  readonly services: number;
  readonly tags: readonly Tag[];
  readonly createdAtMs: number;
}

export function namespaceKey(scope: Scope, id: string): string {
  return `/servicediscovery/namespace/${scopeText(scope)}/${id}`;
}

export function namespaceArn({ account, region, id }: Scope & { readonly id: string }): string {
  return formatArn('servicediscovery', region, account, `namespace/${id}`);
}

/** The value of index `name`. */
export function namespaceName(scope: Scope, name: string): string {
  return `${scopeText(scope)} ${name}`;
}

export const namespaces: TableSpec<NamespaceRecord, 'scope' | 'name' | 'zone'> = {
  prefix: '/servicediscovery/namespace/',
  indexes: {
    scope: scopeText,
    name: (row) => namespaceName(row, row.name),
    /** Those whose names are resolved, over all accounts. */
    zone: ({ zone }) => (zone === undefined ? undefined : 'all'),
  },
};

/** Who has a name. There may be one HTTP namespace of a name, and one in each VPC. */
export interface NameRecord {
  readonly id: string;
}

/** @param within the VPC, `http`, or the namespace's id */
export function takenNameKey(scope: Scope, within: string, name: string): string {
  return `/servicediscovery/name/${scopeText(scope)}/${within}/${name.toLowerCase()}`;
}

export const takenNames: TableSpec<NameRecord, never> = { prefix: '/servicediscovery/name/', indexes: {} };
