import type { Resources } from '../records/container-instance.ts';
import type { Candidate } from './candidate.ts';
import type { Constraint } from './constraints.ts';

/** What a task asks of a container instance. */
export interface Requirements {
  /** Instances of another launch type are no candidates. */
  readonly launchType: 'EC2' | 'EXTERNAL' | 'FARGATE';
  /** Task group: what spread and distinctInstance count. */
  readonly group: string;
  readonly resources: Resources;
  /** Of the task definition; without a value any will do. */
  readonly requiresAttributes: readonly { readonly name: string; readonly value?: string }[];
  readonly constraints: readonly Constraint[];
  /** Only instances in, or serving, one of these zones. */
  readonly zones?: readonly string[];
}

export interface Reason {
  /** AWS's word for it. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html */
  readonly reason: string;
  /** What was asked and what is there. */
  readonly detail: string;
}

/** One thing an instance must have to take a task. */
export interface Check {
  readonly name: string;
  /** Whether the answer may change with the instance's tasks; if not, it stays the same until the instance itself changes. */
  readonly dependsOnTasks: boolean;
  /** Whether the task asks for it at all; if not, `check` is true of every instance. */
  asks(task: Requirements): boolean;
  check(instance: Candidate, task: Requirements): boolean;
  /** Why `check` is false; asked for only when it is. */
  explain(instance: Candidate, task: Requirements): Reason;
}

const agent: Check = {
  name: 'agent',
  dependsOnTasks: false,
  asks: () => true,
  check: (instance) => instance.agentConnected,
  explain: () => ({ reason: 'AGENT', detail: 'the agent of the container instance is not connected' }),
};

const zones: Check = {
  name: 'zones',
  dependsOnTasks: false,
  asks: (task) => task.zones !== undefined,
  check: (instance, { zones: wanted }) => wanted === undefined || instance.zones.some((zone) => wanted.includes(zone)),
  explain: (instance, { zones: wanted = [] }) => ({
    reason: 'ATTRIBUTE',
    detail: `ecs.availability-zone is ${instance.zones.join(', ') || 'not set'}, the task may only be in ${wanted.join(', ')}`,
  }),
};

function missingAttribute(instance: Candidate, task: Requirements): { name: string; value?: string } | undefined {
  return task.requiresAttributes.find(({ name, value }) => {
    const has = instance.attributes.get(name);
    return has === undefined || (value !== undefined && value !== has);
  });
}

const attributes: Check = {
  name: 'attributes',
  dependsOnTasks: false,
  asks: (task) => task.requiresAttributes.length > 0,
  check: (instance, task) => missingAttribute(instance, task) === undefined,
  explain(instance, task) {
    const missing = missingAttribute(instance, task);
    const wanted = `${missing?.name ?? ''}${missing?.value === undefined ? '' : ` with the value ${missing.value}`}`;
    return { reason: 'ATTRIBUTE', detail: `the task definition requires the attribute ${wanted}` };
  },
};

function memberOf(name: string, ofTasks: boolean): Check {
  return {
    name,
    dependsOnTasks: ofTasks,
    asks: (task) => task.constraints.some((one) => one.kind === 'memberOf' && one.query.dependsOnTasks === ofTasks),
    check: (instance, task) => failedQuery(instance, task, ofTasks) === undefined,
    explain: (instance, task) => ({
      reason: 'MemberOf placement constraint unsatisfied.',
      detail: `the container instance does not satisfy ${failedQuery(instance, task, ofTasks) ?? ''}`,
    }),
  };
}

function failedQuery(instance: Candidate, task: Requirements, ofTasks: boolean): string | undefined {
  for (const constraint of task.constraints)
    if (
      constraint.kind === 'memberOf' &&
      constraint.query.dependsOnTasks === ofTasks &&
      !constraint.query.matches(instance)
    )
      return constraint.query.text;
  return undefined;
}

const distinctInstance: Check = {
  name: 'distinctInstance',
  dependsOnTasks: true,
  asks: (task) => task.constraints.some(({ kind }) => kind === 'distinctInstance'),
  check: (instance, task) => !distinctInstance.asks(task) || instance.countGroup(task.group) === 0,
  explain: (instance, task) => ({
    reason: 'DistinctInstance placement constraint unsatisfied.',
    detail: `${instance.countGroup(task.group)} tasks of the group ${task.group} are there already`,
  }),
};

const cpu: Check = {
  name: 'cpu',
  dependsOnTasks: true,
  asks: () => true,
  check: (instance, task) => instance.freeCpuUnits >= task.resources.cpuUnits,
  explain: (instance, task) => ({
    reason: 'RESOURCE:CPU',
    detail: `the task needs ${task.resources.cpuUnits} CPU units, ${Math.max(0, instance.freeCpuUnits)} are free`,
  }),
};

const memory: Check = {
  name: 'memory',
  dependsOnTasks: true,
  asks: () => true,
  check: (instance, task) => instance.freeMemoryMiB >= task.resources.memoryMiB,
  explain: (instance, task) => ({
    reason: 'RESOURCE:MEMORY',
    detail: `the task needs ${task.resources.memoryMiB} MiB, ${Math.max(0, instance.freeMemoryMiB)} MiB are free`,
  }),
};

function takenPort(instance: Candidate, { resources }: Requirements): string | undefined {
  const tcp = resources.tcpPorts.find((port) => instance.usesPort('tcp', port));
  if (tcp !== undefined) return `${tcp}/tcp`;
  const udp = resources.udpPorts.find((port) => instance.usesPort('udp', port));
  return udp === undefined ? undefined : `${udp}/udp`;
}

const ports: Check = {
  name: 'ports',
  dependsOnTasks: true,
  asks: ({ resources }) => resources.tcpPorts.length + resources.udpPorts.length > 0,
  check: (instance, task) => takenPort(instance, task) === undefined,
  explain: (instance, task) => ({
    reason: 'RESOURCE:PORTS',
    detail: `the host port ${takenPort(instance, task) ?? ''} is in use or reserved`,
  }),
};

/** All checks; the first that fails gives the instance's reason. Those that depend on tasks come last: the others' answers are remembered together. */
export const checks: readonly Check[] = [
  agent,
  zones,
  attributes,
  memberOf('memberOf', false),
  memberOf('memberOf of tasks', true),
  distinctInstance,
  cpu,
  memory,
  ports,
];
