import { formatArn } from '../../../kernel/index.ts';
import type { TaskOverride } from '../../../protocol/generated/ecs.ts';
import type { TableSpec } from '../../../store/index.ts';
import type { Resources } from './container-instance.ts';
import type { TaskVolumeWish } from '../ports.ts';
import type { Scope, Tag } from './scope.ts';

/** The life of a task, in order; a task only moves to the right. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html */
export const taskStatuses = [
  'PROVISIONING',
  'PENDING',
  'ACTIVATING',
  'RUNNING',
  'DEACTIVATING',
  'STOPPING',
  'DEPROVISIONING',
  'STOPPED',
] as const;
export type TaskStatus = (typeof taskStatuses)[number];

export interface NetworkBinding {
  readonly bindIP?: string;
  readonly containerPort?: number;
  readonly hostPort?: number;
  readonly containerPortRange?: string;
  readonly hostPortRange?: string;
  readonly protocol?: 'tcp' | 'udp';
}

export interface TaskContainer {
  readonly name: string;
  /** 36-character id at the end of the container's ARN. */
  readonly id: string;
  readonly image: string;
  readonly imageDigest?: string;
  readonly runtimeId?: string;
  readonly lastStatus: string;
  readonly exitCode?: number;
  readonly reason?: string;
  readonly networkBindings: readonly NetworkBinding[];
  readonly healthStatus: 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN';
  readonly essential: boolean;
  /** Has a health check, so that its health says something. */
  readonly checked: boolean;
  /** CPU units. */
  readonly cpuUnits: number;
  readonly memoryMiB?: number;
  readonly memoryReservationMiB?: number;
}

/** The awsvpc interface of a task, as the network port chose it (see ports.ts). */
export interface TaskAttachment {
  /** UUID at the end of the attachment's ARN. */
  readonly id: string;
  readonly status:
    | 'PRECREATED'
    | 'CREATED'
    | 'ATTACHING'
    | 'ATTACHED'
    | 'DETACHING'
    | 'DETACHED'
    | 'DELETED'
    | 'FAILED';
  readonly networkInterfaceId: string;
  readonly macAddress: string;
  readonly privateIpv4Address: string;
  readonly privateDnsName: string;
  readonly subnetId: string;
  /** Such as 20. */
  readonly prefixLength: number;
  /** The subnet's first address. */
  readonly gateway: string;
  readonly vpcId: string;
  readonly vpcPrefixes: readonly string[];
  readonly availabilityZone: string;
}

/** The EBS volume of a task: what it is to be like, and what became of it. */
export interface TaskVolume {
  /** UUID at the end of the attachment's ARN. */
  readonly id: string;
  readonly status: TaskAttachment['status'];
  /** Of the volume in the task definition. */
  readonly name: string;
  /** ECS's infrastructure role, with which the volume is made. */
  readonly roleArn: string;
  readonly deleteOnTermination: boolean;
  /** Absent: what the machine has, xfs first. */
  readonly fileSystem?: 'ext3' | 'ext4' | 'xfs';
  readonly wish: TaskVolumeWish;
  /** Without those that say that ECS made it. */
  readonly tags: readonly Tag[];
  /** Since it was made. */
  readonly made?: { readonly volumeId: string; readonly sizeGiB: number; readonly snapshotId?: string };
  /** Why it could not be made or attached. */
  readonly statusReason?: string;
}

/**
 * One task. `desiredStatus` is written by actions and controllers only, `lastStatus` and what containers report only from the
 * agent's word (or by a controller for a task that never reached an agent).
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html
 */
export interface TaskRecord extends Scope {
  readonly cluster: string;
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly family: string;
  readonly revision: number;
  readonly launchType: 'EC2' | 'FARGATE' | 'EXTERNAL';
  readonly capacityProviderName?: string;
  readonly platformVersion?: string;
  readonly platformFamily?: string;
  /** As `ecs.cpu-architecture` shows it; absent where the revision leaves it open. */
  readonly cpuArchitecture?: 'x86_64' | 'arm64';
  readonly availabilityZone?: string;
  readonly desiredStatus: 'RUNNING' | 'STOPPED';
  readonly lastStatus: TaskStatus;
  /** Key of the container instance the task is placed on; for FARGATE one of the hidden pool, never shown. */
  readonly instanceKey?: string;
  /** What the task holds on its instance. */
  readonly resources: Resources;
  /** Task-level size, after overrides, as the API shows it. */
  readonly cpu?: string;
  readonly memory?: string;
  readonly containers: readonly TaskContainer[];
  readonly attachment?: TaskAttachment;
  readonly volume?: TaskVolume;
  readonly overrides: TaskOverride;
  readonly group?: string;
  readonly startedBy?: string;
  readonly referenceId?: string;
  readonly enableExecuteCommand: boolean;
  readonly ephemeralStorageGiB?: number;
  readonly tags: readonly Tag[];
  readonly version: number;
  readonly createdAtMs: number;
  readonly connectivity?: 'CONNECTED' | 'DISCONNECTED';
  readonly connectivityAtMs?: number;
  readonly pullStartedAtMs?: number;
  readonly pullStoppedAtMs?: number;
  readonly startedAtMs?: number;
  readonly stoppingAtMs?: number;
  readonly executionStoppedAtMs?: number;
  readonly stoppedAtMs?: number;
  readonly stopCode?:
    | 'TaskFailedToStart'
    | 'EssentialContainerExited'
    | 'InfrastructureHealth'
    | 'UserInitiated'
    | 'ServiceSchedulerInitiated'
    | 'SpotInterruption'
    | 'TerminationNotice';
  readonly stoppedReason?: string;
  /** Ids of the credentials the task's containers know; fixed for its life. */
  readonly taskCredentialsId?: string;
  readonly executionCredentialsId?: string;
  /** Only of a service's tasks: when the service first counted it as healthy. */
  readonly healthyAtMs?: number;
  /** Only of a service's tasks: no scale-in or deployment stops it before this. */
  readonly protectedUntilMs?: number;
  /** Targets it was registered as and that have not left; written with the registration and with the leaving. */
  readonly targets?: readonly TaskTarget[];
  /** The Cloud Map service that it is an instance of while it runs, as its service said when it was started. */
  readonly registry?: TaskRegistry;
  /** It is an instance of that service; written with the registration and with the leaving. */
  readonly registered?: true;
  /** Service Connect, as its service said when it was started. */
  readonly connect?: TaskConnection;
  /** It is a host of its endpoints; written with the registration and with the leaving. */
  readonly connected?: true;
  /** Only of a service's tasks that are STOPPED: the service has taken note of the end. */
  readonly settled?: true;
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceRegistry.html */
export interface TaskRegistry {
  readonly registryArn: string;
  readonly containerName?: string;
  readonly containerPort?: number;
  readonly port?: number;
}

/** What a task has of Service Connect. */
export interface TaskConnection {
  /** Key of the service revision that says what it can call. */
  readonly revisionKey: string;
  /** The endpoints that it is a host of while it runs and is healthy, each by the ARN of its Cloud Map service. */
  readonly hosts: readonly { readonly discoveryArn: string; readonly port: number }[];
}

/** A task as a target of a load balancer's target group. */
export interface TaskTarget {
  readonly targetGroupArn: string;
  readonly id: string;
  readonly port: number;
  readonly zone?: string;
  /** Of a machine: where to connect. */
  readonly address?: string;
}

export function taskKey(scope: Scope, cluster: string, id: string): string {
  return `/ecs/task/${scope.account}/${scope.region}/${cluster}/${id}`;
}

/** The ARN of the task with a key, also when its record is gone. */
export function taskArnOfKey(key: string): string {
  const [, , , account = '', region = '', cluster = '', id = ''] = key.split('/');
  return taskArn({ account, region }, cluster, id);
}

export function taskArn(scope: Scope, cluster: string, id: string): string {
  return formatArn('ecs', scope.region, scope.account, `task/${cluster}/${id}`);
}

/** The value of index `definitionLive` for a revision. */
export function liveDefinition(of: Scope & { readonly family: string; readonly revision: number }): string {
  return `${of.account}/${of.region}/${of.family}:${of.revision}`;
}

const servicePrefix = 'service:';

/** The service whose scheduler started a task; nobody else may use such a group. */
export function serviceOf({ group }: Pick<TaskRecord, 'group'>): string | undefined {
  return group?.startsWith(servicePrefix) === true ? group.slice(servicePrefix.length) : undefined;
}

/** A task is an instance of its service's registry from RUNNING until it is told to stop, or ends by itself. */
export function isRegistrable({ lastStatus, desiredStatus }: TaskRecord): boolean {
  return lastStatus === 'RUNNING' && desiredStatus === 'RUNNING';
}

/** It has a place, and its volume comes next. */
export function wantsVolume({ volume, instanceKey, desiredStatus, lastStatus }: TaskRecord): boolean {
  return (
    volume?.status === 'CREATED' && instanceKey !== undefined && desiredStatus === 'RUNNING' && lastStatus !== 'STOPPED'
  );
}

/**
 * It is a host of its Service Connect endpoints from RUNNING until it is told to stop, while every essential container with a health check is healthy.
 */
export function isConnectable(task: TaskRecord): boolean {
  if (task.connect === undefined || task.connect.hosts.length === 0 || !isRegistrable(task)) return false;
  return task.containers.every(
    ({ essential, checked, healthStatus }) => !essential || !checked || healthStatus === 'HEALTHY',
  );
}

/** Under this value of index `deactivating` are tasks that were hosts of Service Connect endpoints. */
export const connectDeactivating = 'service-connect';

function home(row: TaskRecord): string {
  return `${row.account}/${row.region}/${row.cluster}`;
}

/** Every combination that ListTasks, counts and controllers ask for has its own list; none filters a longer one by reading it. */
const minuteMs = 60_000;

/** The minute a task stopped in, as the index value under which the clean-up finds it. */
export function stoppedMinute(stoppedAtMs: number): string {
  return String(Math.floor(stoppedAtMs / minuteMs));
}

type TaskIndex =
  | 'clusterDesired'
  | 'clusterLast'
  | 'instanceDesired'
  | 'familyDesired'
  | 'startedByDesired'
  | 'serviceDesired'
  | 'serviceOpen'
  | 'deactivating'
  | 'registering'
  | 'connecting'
  | 'connected'
  | 'deploymentLast'
  | 'launchTypeDesired'
  | 'launchTypeLast'
  | 'definitionLive'
  | 'instanceLive'
  | 'unplaced'
  | 'volumeWanted'
  | 'volumeAttachment'
  | 'stoppedMinute';

export const tasks: TableSpec<TaskRecord, TaskIndex> = {
  prefix: '/ecs/task/',
  indexes: {
    clusterDesired: (row) => `${home(row)}/${row.desiredStatus}`,
    clusterLast: (row) => `${home(row)}/${row.lastStatus}`,
    instanceDesired: (row) => (row.instanceKey === undefined ? undefined : `${row.instanceKey}/${row.desiredStatus}`),
    familyDesired: (row) => `${home(row)}/${row.family}/${row.desiredStatus}`,
    startedByDesired: (row) =>
      row.startedBy === undefined ? undefined : `${home(row)}/${row.startedBy}/${row.desiredStatus}`,
    serviceDesired: (row) => {
      const service = serviceOf(row);
      return service === undefined ? undefined : `${home(row)}/${service}/${row.desiredStatus}`;
    },
    /** What a service's scheduler has to look at: live tasks, and ended ones it has not taken note of. */
    serviceOpen: (row) => {
      const service = serviceOf(row);
      return service === undefined || row.settled === true ? undefined : `${home(row)}/${service}`;
    },
    /** Tasks of one deployment or task set of a service, for its counts. */
    deploymentLast: (row) =>
      row.startedBy !== undefined && row.group?.startsWith('service:') === true
        ? `${home(row)}/${row.startedBy}/${row.lastStatus}`
        : undefined,
    /** By target group: tasks that wait for their targets to leave. */
    deactivating: (row) =>
      row.lastStatus === 'DEACTIVATING'
        ? [
            ...(row.targets ?? []).map(({ targetGroupArn }) => targetGroupArn),
            ...(row.connect === undefined ? [] : [connectDeactivating]),
          ]
        : undefined,
    /** Over all accounts: running tasks that are, or are to be, instances of a Cloud Map service. */
    registering: (row) => (row.registry !== undefined && isRegistrable(row) ? 'all' : undefined),
    /** Over all accounts: running tasks that are, or may become, hosts of Service Connect endpoints. */
    connecting: (row) => ((row.connect?.hosts.length ?? 0) > 0 && isRegistrable(row) ? 'all' : undefined),
    /** By endpoint: its hosts. */
    connected: (row) =>
      row.connected === true ? row.connect?.hosts.map(({ discoveryArn }) => discoveryArn) : undefined,
    launchTypeDesired: (row) => `${home(row)}/${row.launchType}/${row.desiredStatus}`,
    launchTypeLast: (row) => `${home(row)}/${row.launchType}/${row.lastStatus}`,
    /** What still needs its task definition. */
    definitionLive: (row) => (row.lastStatus === 'STOPPED' ? undefined : liveDefinition(row)),
    instanceLive: (row) => (row.lastStatus === 'STOPPED' ? undefined : row.instanceKey),
    /** Over all accounts, for the controller that finds room. */
    unplaced: (row) => (row.instanceKey === undefined && row.lastStatus !== 'STOPPED' ? 'all' : undefined),
    /** Over all accounts: placed tasks whose volume is to be made. */
    volumeWanted: (row) => (wantsVolume(row) ? 'all' : undefined),
    volumeAttachment: (row) => row.volume?.id,
    stoppedMinute: (row) => (row.stoppedAtMs === undefined ? undefined : stoppedMinute(row.stoppedAtMs)),
  },
};
