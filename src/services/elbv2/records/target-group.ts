import { formatArn, parseArn } from '../../../kernel/index.ts';
import type { TableSpec } from '../../../store/index.ts';
import { scopeText, type Scope, type Tag } from './scope.ts';

export type TargetGroupProtocol = 'HTTP' | 'HTTPS' | 'TCP' | 'TLS' | 'UDP' | 'TCP_UDP';
export type ProtocolVersion = 'HTTP1' | 'HTTP2' | 'GRPC';

export interface HealthCheckRecord {
  readonly protocol: 'HTTP' | 'HTTPS' | 'TCP';
  /** A port, or `traffic-port`: each target's own. */
  readonly port: string;
  /** For HTTP and HTTPS. */
  readonly path?: string;
  /** For HTTP and HTTPS: HTTP codes, or gRPC codes where the protocol version is GRPC. */
  readonly matcher?: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroup.html */
export interface TargetGroupRecord extends Scope {
  readonly name: string;
  /** 16 hexadecimal digits. */
  readonly id: string;
  readonly targetType: 'instance' | 'ip';
  readonly protocol: TargetGroupProtocol;
  /** Only for HTTP and HTTPS. */
  readonly protocolVersion?: ProtocolVersion;
  readonly port: number;
  readonly vpcId: string;
  readonly healthCheck: HealthCheckRecord;
  /** Attributes that were set; the others have their defaults (see target-groups/attributes). */
  readonly attributes: Readonly<Record<string, string>>;
  /**
   * How often a listener or rule began to use the group. Beginning writes this record, so that it cannot happen at the same time as deleting the group or
   * as another load balancer's beginning; who uses it now is looked up in the listeners.
   */
  readonly uses: number;
  readonly tags: readonly Tag[];
}

/** What a target group's ARN says. */
export interface TargetGroupName extends Scope {
  readonly name: string;
  readonly id: string;
}

export function targetGroupKey(scope: Scope, name: string): string {
  return `/elbv2/target-group/${scopeText(scope)}/${name}`;
}

export function targetGroupArn({ account, region, name, id }: TargetGroupName): string {
  return formatArn('elasticloadbalancing', region, account, `targetgroup/${name}/${id}`);
}

/** Reads `targetgroup/name/id`; undefined when the text is no target group's ARN. */
export function parseTargetGroupArn(text: string): TargetGroupName | undefined {
  const arn = parseArn(text);
  if (arn === undefined || arn.service !== 'elasticloadbalancing') return undefined;
  const match = /^targetgroup\/([^/]+)\/([0-9a-f]{16})$/.exec(arn.resource);
  if (match === null) return undefined;
  const [, name = '', id = ''] = match;
  return { account: arn.account, region: arn.region, name, id };
}

export const targetGroups: TableSpec<TargetGroupRecord, 'scope'> = {
  prefix: '/elbv2/target-group/',
  indexes: { scope: scopeText },
};
