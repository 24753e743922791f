import type { TaskRecord } from '../records/task.ts';
import { furthest } from './lifecycle.ts';
import { volumeOfStopped } from './volume.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html */
const essentialExited = 'Essential container in task exited';
const failedToStart = 'Task failed to start';
/** What StopTask says when the caller gives no reason. */
export const stoppedByUser = 'Task stopped by user';

interface End {
  readonly nowMs: number;
  /** The agent's own word; often empty. */
  readonly reason: string;
}

/**
 * A task at its end. Why it stopped is what was decided when it was told to stop, else follows from what its containers reported:
 * a task none of whose essential containers ran failed to start, for the first reason given; else an essential container exited.
 * Its interface, if any, is gone with it: remove its record in the same transaction.
 */
export function stopped(task: TaskRecord, end: End): TaskRecord {
  const { attachment, volume } = task;
  return {
    ...endingBy(task, end),
    lastStatus: 'STOPPED',
    containers: task.containers.map((container) => ({ ...container, lastStatus: 'STOPPED' })),
    stoppedAtMs: end.nowMs,
    ...(attachment === undefined ? {} : { attachment: { ...attachment, status: 'DELETED' } }),
    ...(volume === undefined ? {} : { volume: volumeOfStopped(volume, end.reason) }),
  };
}

function cause(task: TaskRecord, { reason }: End): Pick<TaskRecord, 'stopCode' | 'stoppedReason'> {
  const ran =
    task.startedAtMs !== undefined || task.containers.some((container) => container.essential && ranToAnEnd(container));
  if (ran) return { stopCode: 'EssentialContainerExited', stoppedReason: reason === '' ? essentialExited : reason };
  const failed =
    task.containers.find((container) => container.essential && container.reason !== undefined) ??
    task.containers.find((container) => container.reason !== undefined);
  return { stopCode: 'TaskFailedToStart', stoppedReason: reason === '' ? (failed?.reason ?? failedToStart) : reason };
}

/** A task that has begun to end, whether it was told to or not, with why and since when. */
function endingBy(task: TaskRecord, end: End): TaskRecord {
  const why = task.stopCode === undefined ? cause(task, end) : {};
  return { ...task, ...why, desiredStatus: 'STOPPED', stoppingAtMs: task.stoppingAtMs ?? end.nowMs };
}

/**
 * What the containers say of the end of a task that its agent has not reported STOPPED yet. With an essential one over, the others are being
 * stopped; with all over, what is left is the interface, if the task has one.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
 */
export function ending(task: TaskRecord, end: End): TaskRecord {
  const over = task.containers.filter(({ lastStatus }) => lastStatus === 'STOPPED');
  const all = over.length > 0 && over.length === task.containers.length;
  // Before RUNNING, why a task failed is known only when all of it is over.
  if (!all && (task.startedAtMs === undefined || !over.some(({ essential }) => essential))) return task;
  const reached = all && task.attachment !== undefined ? 'DEPROVISIONING' : 'STOPPING';
  return { ...endingBy(task, end), lastStatus: furthest(task.lastStatus, reached) };
}

/** Exited by itself or was killed for its memory; a container that could not be created or started has another reason. */
function ranToAnEnd({ exitCode, reason }: TaskRecord['containers'][number]): boolean {
  return exitCode !== undefined && (reason === undefined || reason.startsWith('OutOfMemoryError'));
}

/**
 * A task told to stop: what runs of it is the agent's to stop; what never reached an agent has stopped at once. One that is a load balancer's
 * target, or a host of Service Connect, is DEACTIVATING until it has left them (see deactivation-controller), unless it is to stop `atOnce`; only then the agent hears of it.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
 */
export function toldToStop(
  task: TaskRecord,
  why: {
    readonly stopCode: NonNullable<TaskRecord['stopCode']>;
    readonly reason: string;
    readonly nowMs: number;
    readonly atOnce?: boolean;
  },
): TaskRecord {
  if (task.desiredStatus === 'STOPPED') return task;
  const drains = why.atOnce !== true && ((task.targets ?? []).length > 0 || task.connected === true);
  const told: TaskRecord = {
    ...task,
    desiredStatus: 'STOPPED',
    stopCode: why.stopCode,
    stoppedReason: why.reason,
    stoppingAtMs: why.nowMs,
    version: task.version + 1,
    ...(drains ? { lastStatus: furthest(task.lastStatus, 'DEACTIVATING') } : {}),
  };
  return task.instanceKey === undefined ? stopped(told, { nowMs: why.nowMs, reason: '' }) : told;
}
