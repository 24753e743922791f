import { formatArn, parseArn } from '../../../kernel/index.ts';
import type { TableSpec } from '../../../store/index.ts';
import { scopeText, type Scope, type Tag } from './scope.ts';

export type RecordType = 'A' | 'AAAA' | 'CNAME' | 'SRV';

export interface DnsSettings {
  readonly routingPolicy: 'MULTIVALUE' | 'WEIGHTED';
  /** Seconds by type; at least one. */
  readonly records: readonly { readonly type: RecordType; readonly ttl: number }[];
}

/** https://docs.aws.amazon.com/cloud-map/latest/api/API_Service.html */
export interface ServiceRecord extends Scope {
  /** `srv-` and 16 characters. */
  readonly id: string;
  readonly name: string;
  readonly namespaceId: string;
  /** Absent: found by DiscoverInstances only. */
  readonly dns?: DnsSettings;
  /** Whoever registers instances says how they are. */
  readonly customHealth: boolean;
  readonly description?: string;
  readonly creatorRequestId?: string;
  readonly fingerprint: string;
  /** The service's own attributes. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: readonly Tag[];
  readonly createdAtMs: number;
}

export function serviceKey(scope: Scope, id: string): string {
  return `/servicediscovery/service/${scopeText(scope)}/${id}`;
}

export function serviceArn({ account, region, id }: Scope & { readonly id: string }): string {
  return formatArn('servicediscovery', region, account, `service/${id}`);
}

/** What an ARN names; undefined when it is no ARN of this service's. */
export function parseResourceArn(
  text: string,
): { readonly scope: Scope; readonly kind: 'namespace' | 'service'; readonly id: string } | undefined {
  const arn = parseArn(text);
  const [, kind, id] = /^(namespace|service)\/((?:ns|srv)-[a-z0-9]+)$/.exec(arn?.resource ?? '') ?? [];
  if (arn?.service !== 'servicediscovery' || kind === undefined || id === undefined) return undefined;
  return { scope: { account: arn.account, region: arn.region }, kind: kind as 'namespace' | 'service', id };
}

/** The value of index `name`. */
export function serviceName(namespaceId: string, name: string): string {
  return `${namespaceId} ${name}`;
}

export const services: TableSpec<ServiceRecord, 'scope' | 'namespace' | 'name'> = {
  prefix: '/servicediscovery/service/',
  indexes: {
    scope: scopeText,
    namespace: ({ namespaceId }) => namespaceId,
    name: ({ namespaceId, name }) => serviceName(namespaceId, name),
  },
};
