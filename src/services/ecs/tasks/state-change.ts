import type { ContainerStateChange, SubmitTaskStateChangeRequest } from '../../../protocol/generated/ecs.ts';
import type { NetworkBinding, TaskContainer, TaskRecord } from '../records/task.ts';
import { furthest } from './lifecycle.ts';
import { present } from './new-task.ts';
import { ending, stopped } from './stopped.ts';

/** Longest reason kept, as ECS cuts it. */
const maxReasonLength = 1024;
const containerRank: Readonly<Record<string, number>> = { PENDING: 0, RUNNING: 1, STOPPED: 2 };

/**
 * What an agent's report makes of a task. Reports may be repeated, may come late and may be out of date: status only moves forward, and
 * nothing changes any more once the task is STOPPED.
 * @returns the same record when the report says nothing new
 */
export function afterReport(task: TaskRecord, report: SubmitTaskStateChangeRequest, nowMs: number): TaskRecord {
  if (task.lastStatus === 'STOPPED') return task;
  const containers = (report.containers ?? []).reduce(withContainerReport, task.containers);
  const told: TaskRecord = {
    ...task,
    containers,
    ...present({
      pullStartedAtMs: task.pullStartedAtMs ?? report.pullStartedAt,
      pullStoppedAtMs: report.pullStoppedAt ?? task.pullStoppedAtMs,
      executionStoppedAtMs: task.executionStoppedAtMs ?? report.executionStoppedAt,
    }),
    ...attached(task, report),
    ...(task.connectivity === 'CONNECTED' ? {} : { connectivity: 'CONNECTED', connectivityAtMs: nowMs }),
  };
  const next = withStatus(told, report, nowMs);
  return JSON.stringify(next) === JSON.stringify(task) ? task : { ...next, version: task.version + 1 };
}

function withStatus(task: TaskRecord, report: SubmitTaskStateChangeRequest, nowMs: number): TaskRecord {
  const reason = (report.reason ?? '').slice(0, maxReasonLength);
  switch (report.status) {
    case 'PENDING':
      return { ...task, lastStatus: furthest(task.lastStatus, 'PENDING') };
    case 'RUNNING':
      return ending(
        { ...task, lastStatus: furthest(task.lastStatus, 'RUNNING'), startedAtMs: task.startedAtMs ?? nowMs },
        { nowMs, reason },
      );
    case 'STOPPED':
      return stopped(task, { nowMs, reason });
    default:
      return ending(task, { nowMs, reason });
  }
}

/** ATTACHED moves a task that only waited for its interface on to PENDING. */
function attached(task: TaskRecord, report: SubmitTaskStateChangeRequest): Partial<TaskRecord> {
  const { attachment } = task;
  const told = report.attachments ?? [];
  if (
    attachment === undefined ||
    !told.some((one) => one.attachmentArn.endsWith(`/${attachment.id}`) && one.status === 'ATTACHED')
  )
    return {};
  if (attachment.status !== 'ATTACHING' && attachment.status !== 'PRECREATED') return {};
  return { attachment: { ...attachment, status: 'ATTACHED' }, lastStatus: furthest(task.lastStatus, 'PENDING') };
}

function withContainerReport(
  containers: readonly TaskContainer[],
  report: ContainerStateChange,
): readonly TaskContainer[] {
  return containers.map((container) =>
    container.name === report.containerName ? afterContainerReport(container, report) : container,
  );
}

/** What one container's report makes of it; status only moves forward. */
export function afterContainerReport(container: TaskContainer, report: ContainerStateChange): TaskContainer {
  const { status } = report;
  const forward = status !== undefined && (containerRank[status] ?? -1) > (containerRank[container.lastStatus] ?? -1);
  const bindings = report.networkBindings ?? [];
  return {
    ...container,
    lastStatus: forward ? status : container.lastStatus,
    networkBindings: bindings.length > 0 ? bindings.map(networkBinding) : container.networkBindings,
    ...present({
      runtimeId: report.runtimeId ?? container.runtimeId,
      imageDigest: report.imageDigest ?? container.imageDigest,
      exitCode: container.exitCode ?? report.exitCode,
      reason: container.reason ?? (report.reason === '' ? undefined : report.reason?.slice(0, maxReasonLength)),
    }),
  };
}

function networkBinding(given: NonNullable<ContainerStateChange['networkBindings']>[number]): NetworkBinding {
  return present(given);
}
