import { formatArn, parseArn } from '../../../kernel/index.ts';
import type { TableSpec } from '../../../store/index.ts';
import { scopeText, type Scope, type Tag } from './scope.ts';

/** A load balancer's place in one availability zone. */
export interface LoadBalancerZone {
  readonly zone: string;
  readonly subnetId: string;
  readonly networkInterfaceId: string;
  readonly privateIpv4Address: string;
  /** The user chose the address. */
  readonly addressIsChosen: boolean;
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancer.html */
export interface LoadBalancerRecord extends Scope {
  readonly name: string;
  /** 16 hexadecimal digits. */
  readonly id: string;
  readonly type: 'application' | 'network';
  readonly scheme: 'internal' | 'internet-facing';
  readonly vpcId: string;
  readonly dnsName: string;
  readonly createdAtMs: number;
  readonly securityGroups: readonly string[];
  readonly zones: readonly LoadBalancerZone[];
  /** Its own address on the machine of every data plane. */
  readonly loopbackAddress: string;
  /** Attributes that were set; the others have their defaults (see load-balancers/attributes). */
  readonly attributes: Readonly<Record<string, string>>;
  /** Its listeners in the order they were made: whoever adds or removes one, or moves it to another port, writes this record. */
  readonly listeners: readonly ListenerPlace[];
  /** When a data plane followed its configuration for the first time; until then its state is `provisioning`. */
  readonly activeAtMs?: number;
  readonly tags: readonly Tag[];
}

export interface ListenerPlace {
  /** 16 hexadecimal digits. */
  readonly id: string;
  readonly port: number;
}

/** What a load balancer's ARN says. */
export interface LoadBalancerName extends Scope {
  readonly type: 'application' | 'network';
  readonly name: string;
  readonly id: string;
}

const shortTypes = { application: 'app', network: 'net' } as const;

/** A name belongs to one load balancer of an account and region, so it is the key. */
export function loadBalancerKey(scope: Scope, name: string): string {
  return `/elbv2/load-balancer/${scopeText(scope)}/${name}`;
}

/** The part of ARNs and of interfaces' descriptions that names it, such as `app/web/50dc6c495c0c9188`. */
export function loadBalancerPath({ type, name, id }: Omit<LoadBalancerName, 'account' | 'region'>): string {
  return `${shortTypes[type]}/${name}/${id}`;
}

export function loadBalancerArn(row: LoadBalancerName): string {
  return formatArn('elasticloadbalancing', row.region, row.account, `loadbalancer/${loadBalancerPath(row)}`);
}

/** Reads `loadbalancer/app/name/id`; undefined when the text is no load balancer's ARN. */
export function parseLoadBalancerArn(text: string): LoadBalancerName | undefined {
  const arn = parseArn(text);
  if (arn === undefined || arn.service !== 'elasticloadbalancing') return undefined;
  const match = /^loadbalancer\/(app|net)\/([^/]+)\/([0-9a-f]{16})$/.exec(arn.resource);
  if (match === null) return undefined;
  const [, short, name = '', id = ''] = match;
  return { account: arn.account, region: arn.region, type: short === 'app' ? 'application' : 'network', name, id };
}

export const loadBalancers: TableSpec<LoadBalancerRecord, 'scope' | 'scopeType' | 'dnsName'> = {
  prefix: '/elbv2/load-balancer/',
  indexes: {
    scope: scopeText,
    scopeType: (row) => `${scopeText(row)}/${row.type}`,
    dnsName: (row) => row.dnsName.toLowerCase(),
  },
};
