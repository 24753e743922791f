import type { EpochMs } from '../../../kernel/index.ts';
import type { Failure, StartTaskRequest } from '../../../protocol/generated/ecs.ts';
import { findInstance, referredArn } from '../container-instances/find-instance.ts';
import { clientException, invalidParameter } from '../errors.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import type { ClusterRecord } from '../records/cluster.ts';
import type { Scope } from '../records/scope.ts';
import type { TaskDefinitionRecord } from '../records/task-definition.ts';
import { taskKey, tasks, type TaskRecord } from '../records/task.ts';
import { activeCluster, presentRows, runnableTaskDefinition } from '../references.ts';
import { placeOn } from '../scheduler/place.ts';
import type { EcsHandler, TaskDeps } from '../tasks/deps.ts';
import { describedTask } from '../tasks/described.ts';
import { withInterface } from '../tasks/interface.ts';
import { checkNetworkConfiguration } from '../tasks/launch-plan.ts';
import { newTask } from '../tasks/new-task.ts';
import { resourcesOf } from '../tasks/resources.ts';
import { takesTasks } from '../tasks/takes-tasks.ts';
import { taskTemplate } from '../tasks/template.ts';

const maxInstances = 10;

/** Starts a task on each named instance. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StartTask.html */
export function startTask(deps: TaskDeps): EcsHandler<'StartTask'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    const rows = presentRows(deps.db);
    const cluster = activeCluster(rows, scope, input.cluster);
    const { containerInstances: references } = input;
    if (references.length === 0) throw invalidParameter('Container instances cannot be empty.');
    if (references.length > maxInstances)
      throw invalidParameter(`containerInstances can have at most ${maxInstances} items.`);
    const definition = runnableTaskDefinition(rows, scope, input.taskDefinition);
    if (!definition.compatibilities.includes('EC2') && !definition.compatibilities.includes('EXTERNAL')) {
      throw clientException(
        'StartTask is supported for the launch types EC2 and EXTERNAL; the task definition allows neither.',
      );
    }
    checkNetworkConfiguration(input, definition);
    const failures: Failure[] = [];
    const started: TaskRecord[] = [];
    for (const reference of references) {
      const start = { scope, cluster, definition, input, reference, nowMs: context.receivedMs };
      const outcome = await startOn(deps, start);
      if ('failures' in outcome) failures.push(...outcome.failures);
      else started.push(outcome.started);
    }
    return { tasks: started.map((task) => describedTask(task, { tags: true })), failures };
  };
}

interface Start {
  readonly scope: Scope;
  readonly cluster: ClusterRecord;
  readonly definition: TaskDefinitionRecord;
  readonly input: StartTaskRequest;
  /** Of the container instance. */
  readonly reference: string;
  readonly nowMs: EpochMs;
}

type Outcome = { readonly started: TaskRecord } | { readonly failures: readonly Failure[] };

/** One task on one instance, or why not. */
async function startOn(
  deps: TaskDeps,
  { scope, cluster, definition, input, reference, nowMs }: Start,
): Promise<Outcome> {
  const { db, ids, ledger } = deps;
  const found = findInstance(presentRows(db), scope, cluster.name, reference);
  const arn = referredArn(scope, cluster.name, reference);
  if (found === undefined) return { failures: [{ arn, reason: 'MISSING' }] };
  const { key: instanceKey, instance } = found;
  const { launchType } = instance;
  const template = taskTemplate(scope, cluster, definition, { request: input, launchType });
  const { group } = template;
  const resources = resourcesOf(template.overridden);
  const placement = placeOn(
    { launchType, group, resources, requiresAttributes: definition.requiresAttributes, constraints: [] },
    ledger.pool(scope, cluster.name),
    instanceKey,
  );
  if ('failures' in placement)
    return { failures: placement.failures.map(({ reason, detail }) => ({ arn, reason, detail })) };
  const [availabilityZone] = placement.zones;
  const zone = availabilityZone === undefined ? {} : { availabilityZone };
  const task = newTask(template, { id: ids.hex(32), nowMs, instanceKey, ...zone }, ids);
  const key = taskKey(scope, cluster.name, task.id);
  const configuration = input.networkConfiguration?.awsvpcConfiguration;
  ledger.reserve({ taskKey: key, instanceKey, resources, group });
  try {
    const { result } = await db.transact((tx) => {
      // Read again inside: a cluster or revision deleted meanwhile must not get a task.
      activeCluster(tx, scope, input.cluster);
      runnableTaskDefinition(tx, scope, input.taskDefinition);
      if (!takesTasks(tx, instanceKey)) return undefined;
      const written =
        configuration === undefined ? task : withInterface(tx, deps, task, { configuration, zones: placement.zones });
      tx.create(tasks, key, written);
      return written;
    });
    return result === undefined ? { failures: [{ arn, reason: 'INACTIVE' }] } : { started: result };
  } finally {
    ledger.release(key); // no effect once the task is committed
  }
}
