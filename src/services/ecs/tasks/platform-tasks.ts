import { platformAccount } from '../records/scope.ts';
import { taskDefinitionKey, taskDefinitions, type TaskDefinitionRecord } from '../records/task-definition.ts';
import { taskKey, tasks, type TaskAttachment, type TaskRecord } from '../records/task.ts';
import type { Transaction } from '../../../store/index.ts';
import type { TaskDeps } from './deps.ts';
import { taskMaker } from './new-task.ts';
import { overridden } from './overridden.ts';
import { toldToStop } from './stopped.ts';
import { writeTask } from './write-task.ts';

/** Of the platform account; the tasks that Longshore runs for other services. */
const platformCluster = 'platform';

/** One container that runs as a task of the platform's own, with an interface that somebody else made and keeps. */
export interface PlatformTask {
  readonly region: string;
  readonly family: string;
  /** Higher than that of any earlier task of the family. */
  readonly revision: number;
  readonly image: string;
  readonly entryPoint: readonly string[];
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly mount: { readonly sourcePath: string; readonly containerPath: string };
  readonly stopTimeoutSeconds: number;
  readonly port: number;
  readonly cpuUnits: number;
  readonly memoryMiB: number;
  /** What is kept free for it of its machine's processors. */
  readonly reservedCpuUnits: number;
  readonly interface: Omit<TaskAttachment, 'id' | 'status'>;
}

export interface PlatformTaskView {
  readonly status: 'starting' | 'running' | 'stopping' | 'stopped';
  readonly reason?: string;
}

/** What other services have run as tasks on the hidden pool: nobody sees them, everything that is true of FARGATE tasks is true of them. */
export interface PlatformTasks {
  /** Writes a task in `tx`; what ran before of its family must have stopped. @returns its key */
  start(tx: Transaction, task: PlatformTask): string;
  /** Tells a task to stop in `tx`; no error when it is over. */
  stop(tx: Transaction, key: string, reason: string): void;
  /** Undefined: over for long, or never there. */
  get(key: string): PlatformTaskView | undefined;
  /** Forgets a family whose last task has stopped. */
  forget(tx: Transaction, last: Pick<PlatformTask, 'region' | 'family' | 'revision'>): void;
  /** Calls back with the family of a task that changed. @returns how to stop */
  onChange(listener: (family: string) => void): () => void;
}

export function platformTasks(deps: TaskDeps): PlatformTasks {
  const { db, clock } = deps;
  return {
    start: (tx, task) => start(tx, deps, task),
    stop(tx, key, reason) {
      const task = tx.get(tasks, key);
      if (task === undefined || task.desiredStatus === 'STOPPED') return;
      const why = { stopCode: 'ServiceSchedulerInitiated', reason, nowMs: clock.nowMs(), atOnce: true } as const;
      writeTask(tx, deps, toldToStop(task, why));
    },
    get(key) {
      const task = db.get(tasks, key)?.row;
      return task && { status: statusOf(task), ...reasonOf(task) };
    },
    forget(tx, { region, family, revision }) {
      tx.delete(taskDefinitions, taskDefinitionKey({ account: platformAccount, region }, family, revision));
    },
    onChange: (listener) =>
      db.table(tasks).onChange(({ before, after }) => {
        const task = after ?? before;
        if (task?.account === platformAccount && task.cluster === platformCluster) listener(task.family);
      }),
  };
}

function start(tx: Transaction, deps: TaskDeps, given: PlatformTask): string {
  const { clock, ids } = deps;
  const { family, revision, region } = given;
  const scope = { account: platformAccount, region };
  const nowMs = clock.nowMs();
  const definition: TaskDefinitionRecord = {
    ...scope,
    family,
    revision,
    status: 'ACTIVE',
    definition: definitionOf(given),
    compatibilities: ['FARGATE'],
    requiresAttributes: [],
    registeredAtMs: nowMs,
    registeredBy: platformAccount,
    tags: [],
  };
  const make = taskMaker(
    {
      scope,
      cluster: platformCluster,
      definition,
      overridden: overridden(definition.definition, {}),
      overrides: {},
      launchType: 'FARGATE',
      group: `family:${family}`,
      tags: [],
    },
    ids,
  );
  const { interface: own } = given;
  const made = make({ id: ids.hex(32), nowMs, availabilityZone: own.availabilityZone });
  const task: TaskRecord = {
    ...made,
    resources: { ...made.resources, cpuUnits: given.reservedCpuUnits },
    attachment: { id: ids.uuid(), status: 'PRECREATED', ...own },
  };
  const key = taskKey(scope, platformCluster, task.id);
  tx.delete(taskDefinitions, taskDefinitionKey(scope, family, revision - 1));
  tx.create(taskDefinitions, taskDefinitionKey(scope, family, revision), definition);
  tx.create(tasks, key, task);
  return key;
}

function definitionOf(given: PlatformTask): TaskDefinitionRecord['definition'] {
  return {
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: String(given.cpuUnits),
    memory: String(given.memoryMiB),
    volumes: [{ name: 'data', host: { sourcePath: given.mount.sourcePath } }],
    containerDefinitions: [
      {
        name: 'main',
        image: given.image,
        essential: true,
        entryPoint: given.entryPoint,
        command: given.command,
        environment: Object.entries(given.environment).map(([name, value]) => ({ name, value })),
        portMappings: [{ containerPort: given.port, protocol: 'tcp' }],
        mountPoints: [{ sourceVolume: 'data', containerPath: given.mount.containerPath, readOnly: false }],
        stopTimeout: given.stopTimeoutSeconds,
      },
    ],
  };
}

function statusOf({ lastStatus, desiredStatus }: TaskRecord): PlatformTaskView['status'] {
  if (lastStatus === 'STOPPED') return 'stopped';
  if (desiredStatus === 'STOPPED') return 'stopping';
  return lastStatus === 'RUNNING' ? 'running' : 'starting';
}

function reasonOf({ stoppedReason, containers }: TaskRecord): Pick<PlatformTaskView, 'reason'> {
  if (stoppedReason === undefined) return {};
  const [container] = containers;
  const more = [
    container?.exitCode === undefined ? [] : `exit code ${container.exitCode}`,
    container?.reason ?? [],
  ].flat();
  return { reason: [stoppedReason, ...more].join('; ') };
}
