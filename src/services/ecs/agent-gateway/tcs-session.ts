import { formatFrame, parseFrame } from '../../../agent-protocol/index.ts';
import type { Cancel } from '../../../kernel/index.ts';
import type { InstanceHealthCheckResult } from '../../../protocol/generated/ecs.ts';
import type { Socket } from '../../../protocol/api/index.ts';
import { taskKey, tasks, type TaskRecord } from '../records/task.ts';
import { reportedTask } from '../tasks/reported-task.ts';
import type { GatewayDeps } from './deps.ts';
import { gatewayLimits } from './limits.ts';

type Health = TaskRecord['containers'][number]['healthStatus'];

/**
 * One agent's telemetry session: the health of containers goes into their tasks' records (changes only), the agent's own health is kept by
 * `onInstanceHealth`. Metrics are acknowledged and dropped: nothing reads them before CloudWatch's metrics are built.
 */
export class TcsSession {
  readonly #socket: Socket;
  readonly #instanceKey: string;
  readonly #deps: GatewayDeps;
  readonly #onInstanceHealth: (checks: readonly InstanceHealthCheckResult[]) => void;
  #cancel: Cancel = () => undefined;

  constructor(
    socket: Socket,
    instanceKey: string,
    deps: GatewayDeps,
    onInstanceHealth: (checks: readonly InstanceHealthCheckResult[]) => void,
  ) {
    this.#socket = socket;
    this.#instanceKey = instanceKey;
    this.#deps = deps;
    this.#onInstanceHealth = onInstanceHealth;
  }

  open(onEnd: () => void): void {
    this.#socket.listen({
      onText: (text) => this.#receive(text),
      onClose: () => {
        this.#cancel();
        onEnd();
      },
    });
    this.#beat();
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  #beat(): void {
    this.#socket.send(formatFrame('HeartbeatMessage', { healthy: true }));
    this.#cancel = this.#deps.clock.after(gatewayLimits.heartbeatMs, () => this.#beat());
  }

  #receive(text: string): void {
    // A block of signed headers stands before the JSON; the connection itself was authenticated.
    const start = text.indexOf('{');
    const frame = start < 0 ? undefined : parseFrame(text.slice(start));
    const message = frame?.message;
    if (frame === undefined || typeof message !== 'object' || message === null) return;
    switch (frame.type) {
      case 'PublishMetricsRequest':
        this.#acknowledge('AckPublishMetric');
        return;
      case 'PublishHealthRequest':
        if ('tasks' in message) this.#health(message.tasks);
        this.#acknowledge('AckPublishHealth');
        return;
      case 'PublishInstanceStatusRequest':
        if ('statuses' in message) this.#onInstanceHealth(readStatuses(message.statuses));
        this.#acknowledge('AckPublishInstanceStatus');
        return;
      default:
        return;
    }
  }

  #acknowledge(type: string): void {
    this.#socket.send(formatFrame(type, { message: 'OK' }));
  }

  #health(reported: unknown): void {
    if (!Array.isArray(reported)) return;
    for (const entry of reported as readonly unknown[]) {
      if (typeof entry !== 'object' || entry === null || !('taskArn' in entry) || !('containers' in entry)) continue;
      const named = reportedTask(entry.taskArn);
      const told = readContainerHealth(entry.containers);
      if (named === undefined) continue;
      const key = taskKey(named, named.cluster, named.id);
      const task = this.#deps.db.get(tasks, key)?.row;
      if (task === undefined || task.instanceKey !== this.#instanceKey || withHealth(task, told) === task) continue;
      this.#deps.db
        .transact((tx) => {
          const present = tx.get(tasks, key);
          const next = present === undefined ? undefined : withHealth(present, told);
          if (next !== undefined && next !== present) tx.put(tasks, key, next);
        })
        .catch((error: unknown) =>
          this.#deps.log.warn('could not record the health of a task', { task: key, error: String(error) }),
        );
    }
  }
}

/** The task with what its agent says of its containers' health; the same record when nothing changed. */
export function withHealth(task: TaskRecord, told: ReadonlyMap<string, Health>): TaskRecord {
  if (task.lastStatus === 'STOPPED') return task;
  const containers = task.containers.map((container) => {
    const healthStatus = told.get(container.name) ?? container.healthStatus;
    return healthStatus === container.healthStatus ? container : { ...container, healthStatus };
  });
  const changed = containers.some((container, index) => container !== task.containers[index]);
  return changed ? { ...task, containers, version: task.version + 1 } : task;
}

function readContainerHealth(containers: unknown): ReadonlyMap<string, Health> {
  const told = new Map<string, Health>();
  if (!Array.isArray(containers)) return told;
  for (const entry of containers as readonly unknown[]) {
    if (typeof entry !== 'object' || entry === null || !('containerName' in entry) || !('healthStatus' in entry))
      continue;
    const { containerName, healthStatus } = entry;
    const known = (['HEALTHY', 'UNHEALTHY', 'UNKNOWN'] as const).find((one) => one === healthStatus);
    if (typeof containerName === 'string' && known !== undefined) told.set(containerName, known);
  }
  return told;
}

function readStatuses(statuses: unknown): readonly InstanceHealthCheckResult[] {
  if (!Array.isArray(statuses)) return [];
  return statuses.slice(0, gatewayLimits.healthChecks).flatMap((entry: unknown): InstanceHealthCheckResult[] => {
    if (typeof entry !== 'object' || entry === null || !('type' in entry) || !('status' in entry)) return [];
    const status = (['OK', 'IMPAIRED', 'INSUFFICIENT_DATA', 'INITIALIZING'] as const).find(
      (one) => one === entry.status,
    );
    if (entry.type !== 'ContainerRuntime' || status === undefined) return [];
    const time = (value: unknown): number | undefined =>
      typeof value === 'number' ? Math.round(value * 1000) : undefined;
    return [
      {
        type: 'CONTAINER_RUNTIME',
        status,
        lastUpdated: 'lastUpdated' in entry ? time(entry.lastUpdated) : undefined,
        lastStatusChange: 'lastStatusChange' in entry ? time(entry.lastStatusChange) : undefined,
      },
    ];
  });
}
