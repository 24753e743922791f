import type { EpochMs } from '../../kernel/index.ts';
import { maxReasonLength } from './failure-texts.ts';
import type { ContainerState, NetworkBinding, TaskState } from './task-state.ts';
import { hasOwnInterface, isAtLeast } from './task-state.ts';

/** Statuses as the control plane knows them. */
export const backendStatuses = ['NONE', 'PENDING', 'RUNNING', 'STOPPED'] as const;
export type BackendStatus = (typeof backendStatuses)[number];

/** What the control plane has accepted of a task so far; kept on disk with it. */
export interface SentState {
  readonly status: BackendStatus;
  readonly containers: Readonly<Record<string, BackendStatus>>;
  /** ARN of the attachment that was reported ATTACHED. */
  readonly attached?: string;
  /** The same of an EBS volume. */
  readonly volumeAttached?: string;
}

export const nothingSent: SentState = { status: 'NONE', containers: {} };

export interface ContainerReport {
  readonly containerName: string;
  readonly runtimeId?: string;
  readonly status: 'PENDING' | 'RUNNING' | 'STOPPED';
  readonly exitCode?: number;
  readonly reason?: string;
  readonly imageDigest?: string;
  readonly networkBindings?: readonly NetworkBinding[];
}

/** The body of SubmitTaskStateChange without its cluster; times are epoch seconds. */
export interface TaskReport {
  readonly task: string;
  readonly status?: 'PENDING' | 'RUNNING' | 'STOPPED';
  readonly reason?: string;
  readonly containers?: readonly ContainerReport[];
  readonly attachments?: readonly { readonly attachmentArn: string; readonly status: 'ATTACHED' }[];
  /** EBS volumes that were attached; they go up alone, by SubmitAttachmentStateChanges. */
  readonly volumes?: readonly { readonly attachmentArn: string; readonly status: 'ATTACHED' }[];
  readonly pullStartedAt?: number;
  readonly pullStoppedAt?: number;
  readonly executionStoppedAt?: number;
}

export type NextReport =
  | { readonly kind: 'send'; readonly report: TaskReport; readonly accepted: SentState }
  | { readonly kind: 'wait'; readonly untilMs: EpochMs }
  | { readonly kind: 'none' };

/** How long a container's end waits for the end of its whole task, to travel with it. */
const containerFlushDelayMs = 1000;

/**
 * What the control plane should hear next of a task, one step at a time and in order: the volume is attached, the interface is attached, PENDING (only when a
 * registry gave a digest), RUNNING (also when the task ended meanwhile), containers that ended (at once when only the interface is left),
 * STOPPED. Pure.
 */
export function nextReport(task: TaskState, sent: SentState, nowMs: EpochMs): NextReport {
  const volume = task.payload.attachments?.[0]?.attachmentArn;
  if (
    volume !== undefined &&
    task.platform === 'ready' &&
    sent.volumeAttached !== volume &&
    sent.status !== 'STOPPED'
  ) {
    const report = { task: task.payload.arn, volumes: [{ attachmentArn: volume, status: 'ATTACHED' as const }] };
    return { kind: 'send', report, accepted: { ...sent, volumeAttached: volume } };
  }
  const attachment = task.payload.elasticNetworkInterfaces?.[0]?.attachmentArn;
  if (
    attachment !== undefined &&
    task.network === 'ready' &&
    sent.attached !== attachment &&
    sent.status !== 'STOPPED'
  ) {
    const report = {
      task: task.payload.arn,
      attachments: [{ attachmentArn: attachment, status: 'ATTACHED' as const }],
    };
    return { kind: 'send', report, accepted: { ...sent, attached: attachment } };
  }
  if (sent.status === 'STOPPED') return { kind: 'none' };
  if (task.reachedRunning && sent.status !== 'RUNNING') return full(task, sent, 'RUNNING');
  if (task.known === 'STOPPED') return full(task, sent, 'STOPPED');
  if (isDeprovisioning(task, sent)) return ended(task, sent);
  if (sent.status === 'NONE' && isPulled(task)) return full(task, sent, 'PENDING');
  return sent.status === 'RUNNING' ? containersOnly(task, sent, nowMs) : { kind: 'none' };
}

function isPulled(task: TaskState): boolean {
  return (
    task.desired === 'RUNNING' &&
    task.pullStoppedAtMs !== undefined &&
    task.containers.every((state) => isAtLeast(state.known, 'PULLED')) &&
    task.containers.some((state) => state.imageDigest !== undefined && state.fromRegistry === true)
  );
}

function full(task: TaskState, sent: SentState, status: 'PENDING' | 'RUNNING' | 'STOPPED'): NextReport {
  const containers = task.containers.map((state) => reportOf(state, status));
  const accepted = {
    ...sent,
    status,
    containers: { ...sent.containers, ...Object.fromEntries(containers.map((c) => [c.containerName, c.status])) },
  };
  return { kind: 'send', report: reportBody(task, status, containers), accepted };
}

/** All of it is over but its interface, which the control plane shows as DEPROVISIONING. */
function isDeprovisioning(task: TaskState, sent: SentState): boolean {
  return (
    hasOwnInterface(task.payload) &&
    task.containers.every((state) => state.known === 'STOPPED' && task.release !== 'held') &&
    task.containers.some((state) => sent.containers[state.name] !== 'STOPPED')
  );
}

/** The containers, without a status of the task: it may never have run, and is not STOPPED yet. */
function ended(task: TaskState, sent: SentState): NextReport {
  const containers = task.containers.map((state) => reportOf(state, 'STOPPED'));
  const stopped = Object.fromEntries(containers.map((c) => [c.containerName, c.status]));
  const { status: _none, ...report } = reportBody(task, 'RUNNING', containers);
  return { kind: 'send', report, accepted: { ...sent, containers: { ...sent.containers, ...stopped } } };
}

function containersOnly(task: TaskState, sent: SentState, nowMs: EpochMs): NextReport {
  const unsent = task.containers.filter(
    (state) => state.known === 'STOPPED' && sent.containers[state.name] !== 'STOPPED',
  );
  if (unsent.length === 0) return { kind: 'none' };
  const oldestMs = Math.min(...unsent.map((state) => state.finishedAtMs ?? task.executionStoppedAtMs ?? nowMs));
  const untilMs = oldestMs + containerFlushDelayMs;
  if (task.desired === 'STOPPED' && nowMs < untilMs) return { kind: 'wait', untilMs };
  const containers = unsent.map((state) => reportOf(state, 'STOPPED'));
  const stopped = Object.fromEntries(containers.map((c) => [c.containerName, c.status]));
  const accepted = { ...sent, containers: { ...sent.containers, ...stopped } };
  return { kind: 'send', report: reportBody(task, 'RUNNING', containers), accepted };
}

function reportOf(state: ContainerState, status: 'PENDING' | 'RUNNING' | 'STOPPED'): ContainerReport {
  return {
    containerName: state.name,
    status,
    ...(state.dockerId === undefined ? {} : { runtimeId: state.dockerId }),
    ...(state.exitCode === undefined ? {} : { exitCode: state.exitCode }),
    ...(state.reason === undefined ? {} : { reason: state.reason.slice(0, maxReasonLength) }),
    ...(state.imageDigest === undefined ? {} : { imageDigest: state.imageDigest }),
    ...(state.networkBindings === undefined ? {} : { networkBindings: state.networkBindings }),
  };
}

function reportBody(
  task: TaskState,
  status: 'PENDING' | 'RUNNING' | 'STOPPED',
  containers: readonly ContainerReport[],
): TaskReport {
  return {
    task: task.payload.arn,
    status,
    reason: task.reason.slice(0, maxReasonLength),
    containers,
    ...seconds('pullStartedAt', task.pullStartedAtMs),
    ...seconds('pullStoppedAt', task.pullStoppedAtMs),
    ...seconds('executionStoppedAt', task.executionStoppedAtMs),
  };
}

function seconds(name: string, ms: EpochMs | undefined): Readonly<Record<string, number>> {
  return ms === undefined ? {} : { [name]: ms / 1000 };
}
