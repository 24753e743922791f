import { formatArn } from '../../../kernel/index.ts';
import type {
  LoadBalancers,
  NetworkConfiguration,
  ServiceVolumeConfigurations,
  ServiceConnectConfiguration,
} from '../../../protocol/generated/ecs.ts';
import type { TableSpec } from '../../../store/index.ts';
import type { StrategyItem } from './cluster.ts';
import type { ConnectName, ServedPort } from './connect-endpoint.ts';
import type { Scope } from './scope.ts';
import type { TaskRegistry } from './task.ts';

/** Service Connect as a revision has it: part of what it runs. */
export interface RevisionConnect {
  /** As given, with the namespace that it means. */
  readonly configuration: ServiceConnectConfiguration;
  readonly namespaceArn: string;
  readonly ports: readonly ServedPort[];
}

/** What its deployment found in the namespace when it began. */
export interface ConnectedEndpoints {
  /** ARNs of the Cloud Map services of its own ports, in their order. */
  readonly discoveryArns: readonly string[];
  /** What its tasks can call, for their life: the endpoints that were there, its own among them. */
  readonly known: readonly (ConnectName & { readonly endpoint: string })[];
}

/**
 * What a service runs, as it was when a deployment began: immutable but for the digests that its first task reports. A rollback points at an older one.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceRevision.html
 */
export interface ServiceRevisionRecord extends Scope {
  readonly cluster: string;
  readonly service: string;
  /** Of the service it belongs to. */
  readonly incarnation: string;
  /** 19 digits. */
  readonly id: string;
  readonly family: string;
  readonly revision: number;
  /** Absent with a capacity provider strategy. */
  readonly launchType?: 'EC2' | 'FARGATE' | 'EXTERNAL';
  readonly capacityProviderStrategy: readonly StrategyItem[];
  readonly platformVersion?: string;
  readonly platformFamily?: string;
  readonly networkConfiguration?: NetworkConfiguration;
  /** As given and checked: each names a target group, a container and its port. */
  readonly loadBalancers: LoadBalancers;
  /** The Cloud Map service that its tasks register with; absent: none. */
  readonly registry?: TaskRegistry;
  /** The EBS volume of each task, as given and checked; absent: none. */
  readonly volumeConfigurations?: ServiceVolumeConfigurations;
  /**
   * The target groups that its tasks register with, in the order of `loadBalancers`: of a pair, the one that the revision with the production traffic
   * does not use. Absent: each as named in `loadBalancers`.
   */
  readonly targetGroupArns?: readonly string[];
  /** Absent: its tasks have no part in Service Connect. */
  readonly connect?: RevisionConnect;
  /** Written with `connect`, when the deployment begins. */
  readonly connected?: ConnectedEndpoints;
  /** By container name: what its images were when its first task pulled them. */
  readonly imageDigests?: Readonly<Record<string, string>>;
  readonly createdAtMs: number;
}

/** The target group that tasks register with for each of the load balancers, in their order. */
export function targetGroupsOf({
  loadBalancers,
  targetGroupArns,
}: Pick<ServiceRevisionRecord, 'loadBalancers' | 'targetGroupArns'>): readonly (string | undefined)[] {
  return loadBalancers.map(({ targetGroupArn }, index) => targetGroupArns?.[index] ?? targetGroupArn);
}

export function serviceRevisionKey(
  of: Scope & { readonly cluster: string; readonly service: string; readonly incarnation: string },
  id: string,
): string {
  return `/ecs/service-revision/${of.account}/${of.region}/${of.cluster}/${of.service}/${of.incarnation}/${id}`;
}

export function serviceRevisionArn(scope: Scope, cluster: string, service: string, id: string): string {
  return formatArn('ecs', scope.region, scope.account, `service-revision/${cluster}/${service}/${id}`);
}

/** The value of index `service`, of revisions and of service deployments. */
export function ofService(
  row: Scope & { readonly cluster: string; readonly service: string; readonly incarnation: string },
): string {
  return `${row.account}/${row.region}/${row.cluster}/${row.service}/${row.incarnation}`;
}

export const serviceRevisions: TableSpec<ServiceRevisionRecord, 'service'> = {
  prefix: '/ecs/service-revision/',
  indexes: { service: ofService },
};
