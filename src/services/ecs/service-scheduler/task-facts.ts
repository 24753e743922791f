import { serviceOf, type TaskRecord, type TaskStatus, type TaskTarget } from '../records/task.ts';
import { serviceKey } from '../records/service.ts';
import { taskHealth } from '../tasks/described.ts';

/** A port of a container on its machine. */
export interface Binding {
  readonly container: string;
  readonly containerPort: number;
  readonly hostPort: number;
}

/** What the scheduler keeps of a task in memory. */
export interface TaskFacts {
  readonly key: string;
  /** The deployment that started it. */
  readonly deploymentId: string;
  /** Is to run, as far as anybody has decided. */
  readonly wanted: boolean;
  readonly status: TaskStatus;
  readonly instanceKey?: string;
  readonly zone?: string;
  readonly capacityProvider?: string;
  readonly createdAtMs: number;
  readonly startedAtMs?: number;
  /** NONE: no essential container has a check. */
  readonly containerHealth: 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN' | 'NONE';
  readonly healthyAtMs?: number;
  readonly protectedUntilMs?: number;
  readonly stopCode?: TaskRecord['stopCode'];
  readonly targets: readonly TaskTarget[];
  readonly address?: string;
  readonly bindings: readonly Binding[];
}

const noTargets: readonly TaskTarget[] = [];
const noBindings: readonly Binding[] = [];

/** Key of the service a task is of; undefined for a task that no service started. */
export function serviceKeyOf(task: TaskRecord): string | undefined {
  const name = serviceOf(task);
  return name === undefined ? undefined : serviceKey(task, task.cluster, name);
}

export function factsOf(key: string, task: TaskRecord): TaskFacts {
  const checked = task.containers.some((container) => container.essential && container.checked);
  const optional: { -readonly [Name in keyof TaskFacts]?: TaskFacts[Name] } = {};
  if (task.instanceKey !== undefined) optional.instanceKey = task.instanceKey;
  if (task.availabilityZone !== undefined) optional.zone = task.availabilityZone;
  if (task.capacityProviderName !== undefined) optional.capacityProvider = task.capacityProviderName;
  if (task.startedAtMs !== undefined) optional.startedAtMs = task.startedAtMs;
  if (task.healthyAtMs !== undefined) optional.healthyAtMs = task.healthyAtMs;
  if (task.protectedUntilMs !== undefined) optional.protectedUntilMs = task.protectedUntilMs;
  if (task.stopCode !== undefined) optional.stopCode = task.stopCode;
  if (task.attachment !== undefined) optional.address = task.attachment.privateIpv4Address;
  return {
    key,
    deploymentId: task.startedBy ?? '',
    wanted: task.desiredStatus === 'RUNNING',
    status: task.lastStatus,
    createdAtMs: task.createdAtMs,
    containerHealth: checked ? taskHealth(task) : 'NONE',
    targets: task.targets ?? noTargets,
    bindings: bindingsOf(task),
    ...optional,
  };
}

function bindingsOf(task: TaskRecord): readonly Binding[] {
  const bindings = task.containers.flatMap(({ name, networkBindings }) =>
    networkBindings.flatMap(({ containerPort, hostPort }) =>
      containerPort === undefined || hostPort === undefined ? [] : [{ container: name, containerPort, hostPort }],
    ),
  );
  return bindings.length === 0 ? noBindings : bindings;
}

/** The task's id, at the end of its key. */
export function taskIdOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}
