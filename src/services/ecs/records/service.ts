import { formatArn } from '../../../kernel/index.ts';
import type { DeploymentConfiguration } from '../../../protocol/generated/ecs.ts';
import type { TableSpec } from '../../../store/index.ts';
import type { Scope, Tag } from './scope.ts';
import { liveDefinition } from './task.ts';

/**
 * One rollout of one service revision, as DescribeServices shows it under `deployments`. Its tasks are those whose `startedBy` is its id.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html
 */
export interface DeploymentRecord {
  /** `ecs-svc/` and 19 digits. */
  readonly id: string;
  /** PRIMARY: the one wanted. ACTIVE: an earlier one that still has tasks. One without tasks leaves the list. */
  readonly status: 'PRIMARY' | 'ACTIVE';
  /** Id of the service revision it runs (see service-revision.ts). */
  readonly revisionId: string;
  /** Id of the service deployment that made it PRIMARY last (see service-deployment.ts). */
  readonly serviceDeploymentId: string;
  /** Tasks it should have now: the service's count for the PRIMARY, fewer and fewer for the others. */
  readonly desiredCount: number;
  /** Tasks that failed to start or to become healthy since the count was last reset. */
  readonly failedTasks: number;
  readonly rolloutState: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  readonly rolloutStateReason: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** Starts of one deployment that failed round after round, which slows down further ones. */
export interface LaunchBackOff {
  /** Rounds of starts that failed one after another; the tasks of one round count once. */
  readonly failures: number;
  /** No start before this. A task made before it belongs to a round that was counted. */
  readonly untilMs: number;
  /** The event that says so was written for this row of failures. */
  readonly told: boolean;
  /** The last one found no room, rather than to fail where it was. */
  readonly unplaced: boolean;
}

/** A healthy task that gives way to a new one in another zone, for balance. */
export interface Rebalancing {
  readonly taskKey: string;
  /** Where the new one goes. */
  readonly zone: string;
}

/**
 * A service. What it runs is in service revisions; here is what is changed without a new deployment, and the state of its rollouts. Actions write
 * what the user wants, the service controller the rest, both by transactions on the whole record.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html
 */
export interface ServiceRecord extends Scope {
  readonly cluster: string;
  readonly name: string;
  /** Tells a service from an earlier one of the same name: 19 digits, part of the ids of its deployments and revisions' keys. */
  readonly incarnation: string;
  readonly status: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  readonly schedulingStrategy: 'REPLICA' | 'DAEMON';
  readonly deploymentController: 'ECS' | 'CODE_DEPLOY' | 'EXTERNAL';
  /** Tasks wanted. For DAEMON the controller writes the number of matching container instances. */
  readonly desiredCount: number;
  /** With every default filled in. */
  readonly deploymentConfiguration: DeploymentConfiguration;
  readonly availabilityZoneRebalancing: 'ENABLED' | 'DISABLED';
  readonly placementConstraints: readonly { readonly type: string; readonly expression?: string }[];
  readonly placementStrategies: readonly { readonly type: string; readonly field?: string }[];
  readonly healthCheckGracePeriodSeconds?: number;
  readonly enableEcsManagedTags: boolean;
  readonly propagateTags: 'TASK_DEFINITION' | 'SERVICE' | 'NONE';
  readonly enableExecuteCommand: boolean;
  /** Of the PRIMARY's revision, kept here for the lists; absent with a capacity provider strategy. */
  readonly launchType?: 'EC2' | 'FARGATE' | 'EXTERNAL';
  /** Of the PRIMARY's revision; absent for controller EXTERNAL. */
  readonly family?: string;
  readonly revision?: number;
  /** ARN of the Cloud Map namespace of the PRIMARY's revision; absent without Service Connect. */
  readonly namespaceArn?: string;
  /** Tells a CreateService that is repeated from one that differs. */
  readonly fingerprint: string;
  /** Role that registers with a classic load balancer, as given. */
  readonly roleArn?: string;
  readonly tags: readonly Tag[];
  readonly createdBy: string;
  readonly createdAtMs: number;
  readonly deletedAtMs?: number;
  /** The PRIMARY, then the ACTIVE ones, newest first. Empty for controller EXTERNAL, which has task sets instead. */
  readonly deployments: readonly DeploymentRecord[];
  readonly backOff?: LaunchBackOff;
  /** Revision of the last deployment that completed: where a rollback leads. */
  readonly completedRevisionId?: string;
  readonly rebalancing?: Rebalancing;
  /** After a rebalancing that found no room: none before this. */
  readonly rebalanceAtMs?: number;
  /** What keeps the scheduler from going on was said, and is still so. */
  readonly hindered?: boolean;
  /** The steady state was reached and said since the last change; no second event until it was lost. */
  readonly steady: boolean;
  /** Grows with each event; the number in the event's key. */
  readonly lastEvent: number;
}

export function serviceKey(scope: Scope, cluster: string, name: string): string {
  return `/ecs/service/${scope.account}/${scope.region}/${cluster}/${name}`;
}

/** In the long form, which has been the default since 2021. */
export function serviceArn(scope: Scope, cluster: string, name: string): string {
  return formatArn('ecs', scope.region, scope.account, `service/${cluster}/${name}`);
}

/** What a service's revisions, deployments, events and task sets say of whose they are. */
export interface OfService extends Scope {
  readonly cluster: string;
  readonly service: string;
  readonly incarnation: string;
}

export function ownedBy({ account, region, cluster, name, incarnation }: ServiceRecord): OfService {
  return { account, region, cluster, service: name, incarnation };
}

/** The value of index `namespace`. */
export function inNamespace({ account, region }: Scope, namespaceArn: string): string {
  return `${account}/${region}/${namespaceArn}`;
}

function home(row: ServiceRecord): string {
  return `${row.account}/${row.region}/${row.cluster}`;
}

type ServiceIndex =
  | 'definition'
  | 'namespace'
  | 'cluster'
  | 'clusterLaunch'
  | 'clusterScheduling'
  | 'clusterLaunchScheduling'
  | 'inactive';

/** Every combination that ListServices asks for has its own list; a service that is INACTIVE is in none. */
export const services: TableSpec<ServiceRecord, ServiceIndex> = {
  prefix: '/ecs/service/',
  indexes: {
    cluster: (row) => (row.status === 'INACTIVE' ? undefined : home(row)),
    clusterLaunch: (row) => (row.status === 'INACTIVE' ? undefined : `${home(row)}/${row.launchType ?? ''}`),
    clusterScheduling: (row) => (row.status === 'INACTIVE' ? undefined : `${home(row)}/${row.schedulingStrategy}`),
    clusterLaunchScheduling: (row) =>
      row.status === 'INACTIVE' ? undefined : `${home(row)}/${row.launchType ?? ''}/${row.schedulingStrategy}`,
    /** Services whose PRIMARY runs a revision of a task definition. */
    definition: (row) =>
      row.status === 'INACTIVE' || row.family === undefined
        ? undefined
        : liveDefinition({ account: row.account, region: row.region, family: row.family, revision: row.revision ?? 0 }),
    namespace: (row) =>
      row.status === 'INACTIVE' || row.namespaceArn === undefined ? undefined : inNamespace(row, row.namespaceArn),
    /** Deleted ones, over all accounts, for the clean-up. */
    inactive: (row) => (row.status === 'INACTIVE' ? 'all' : undefined),
  },
};
