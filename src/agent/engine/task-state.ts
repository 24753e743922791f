import type { EpochMs } from '../../kernel/index.ts';
import type { PayloadContainer, PayloadTask } from '../../agent-protocol/index.ts';

/** The life of a container, in order; it only moves to the right (a restart in place stays RUNNING). */
export const containerStatuses = ['NONE', 'PULLED', 'CREATED', 'RUNNING', 'STOPPED'] as const;
export type ContainerStatus = (typeof containerStatuses)[number];

/** The life of a task as the agent knows it; it only moves to the right. */
export const taskStatuses = ['NONE', 'CREATED', 'RUNNING', 'STOPPED'] as const;
export type TaskStatus = (typeof taskStatuses)[number];

/** An engine call of a container that is under way; while it is, nothing else is asked for that container. */
export type ContainerCall = 'pull' | 'create' | 'start' | 'stop';

export interface ContainerHealth {
  readonly status: 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN';
  readonly sinceMs: EpochMs;
  readonly output?: string;
  readonly exitCode?: number;
}

export interface NetworkBinding {
  readonly bindIP: string;
  readonly containerPort?: number;
  readonly hostPort?: number;
  /** Instead of the two, for a mapping of a range: `8000-8010`. */
  readonly containerPortRange?: string;
  readonly hostPortRange?: string;
  readonly protocol: 'tcp' | 'udp';
}

export interface ContainerState {
  readonly name: string;
  readonly known: ContainerStatus;
  readonly desired: 'RUNNING' | 'STOPPED';
  /** Not kept on disk: after a restart of the agent no call is under way. */
  readonly busy?: ContainerCall;
  readonly dockerId?: string;
  /** A container that an engine that died spoilt before it ran: removed, and made anew in its place. */
  readonly spoiltId?: string;
  /** How often that happened. */
  readonly spoiltStarts?: number;
  readonly exitCode?: number;
  /** `<ErrorName>: <text>`, the first one stays. */
  readonly reason?: string;
  readonly health?: ContainerHealth;
  readonly imageId?: string;
  readonly imageDigest?: string;
  /** Its image was asked of a registry, not only found on the machine. */
  readonly fromRegistry?: boolean;
  readonly networkBindings?: readonly NetworkBinding[];
  readonly createdAtMs?: EpochMs;
  /** Of the latest start; absent: it never ran. */
  readonly startedAtMs?: EpochMs;
  /** Of the latest end that was taken into account. */
  readonly finishedAtMs?: EpochMs;
  readonly restartCount: number;
  /** It ended and its restart policy wants it started again. */
  readonly restartDue: boolean;
}

/** What a task needs of the machine before its containers: volumes, its cgroup, its pause container. */
export type PlatformStatus = 'none' | 'preparing' | 'ready' | 'failed';
export type NetworkStatus = 'none' | 'attaching' | 'ready' | 'failed';
export type ReleaseStatus = 'held' | 'releasing' | 'released';

/** All the agent knows of one task. Credentials are not part of it: this is written to disk. */
export interface TaskState {
  readonly payload: PayloadTask;
  readonly desired: 'RUNNING' | 'STOPPED';
  readonly known: TaskStatus;
  /** It was RUNNING as a whole at some time. */
  readonly reachedRunning: boolean;
  /** The machine has room for it. */
  readonly granted: boolean;
  readonly platform: PlatformStatus;
  readonly network: NetworkStatus;
  readonly release: ReleaseStatus;
  /** Why the task as a whole failed, or empty. */
  readonly reason: string;
  readonly containers: readonly ContainerState[];
  readonly pullStartedAtMs?: EpochMs;
  readonly pullStoppedAtMs?: EpochMs;
  /** When the first essential container stopped. */
  readonly executionStoppedAtMs?: EpochMs;
}

/** A task as it arrives: nothing done yet. */
export function newTask(payload: PayloadTask): TaskState {
  const { roleCredentials: _task, executionRoleCredentials: _execution, ...kept } = payload;
  return {
    payload: kept,
    desired: 'RUNNING',
    known: 'NONE',
    reachedRunning: false,
    granted: false,
    platform: 'none',
    network: 'none',
    release: 'held',
    reason: '',
    containers: payload.containers.map((container) => ({
      name: container.name,
      known: 'NONE',
      desired: 'RUNNING',
      restartCount: 0,
      restartDue: false,
    })),
  };
}

export function isAtLeast(status: ContainerStatus, floor: ContainerStatus): boolean {
  return containerStatuses.indexOf(status) >= containerStatuses.indexOf(floor);
}

/** The definition of a container of this task. */
export function definitionOf(task: TaskState, name: string): PayloadContainer {
  const found = task.payload.containers.find((container) => container.name === name);
  if (found === undefined) throw new Error(`task ${task.payload.arn} has no container '${name}'`);
  return found;
}

export function containerOf(task: TaskState, name: string): ContainerState | undefined {
  return task.containers.find((container) => container.name === name);
}

/** Does the task have interfaces of its own, that the agent wires? */
export function hasOwnInterface(payload: PayloadTask): boolean {
  return payload.networkMode === 'awsvpc';
}
