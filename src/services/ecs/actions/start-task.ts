import type { Failure, StartTaskRequest } from '../../../protocol/generated/ecs.ts';
import type { Transaction } from '../../../store/index.ts';
import { findInstance, referredArn, type FoundInstance } from '../container-instances/find-instance.ts';
import { invalidParameter } from '../errors.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import type { ClusterRecord } from '../records/cluster.ts';
import { containerInstanceArn, containerInstances } from '../records/container-instance.ts';
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
import { taskTemplate } from '../tasks/template.ts';
import { checkVolume } from '../tasks/volume.ts';

const maxInstances = 10;

interface Request {
  readonly scope: Scope;
  readonly cluster: ClusterRecord;
  readonly definition: TaskDefinitionRecord;
  readonly input: StartTaskRequest;
  readonly nowMs: number;
}

/** A task with room reserved on the instance it was asked for. */
interface Reserved {
  readonly task: TaskRecord;
  readonly instanceKey: string;
  readonly zones: readonly string[];
}

/** Starts a task on each named instance, all that can be in one transaction. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StartTask.html */
export function startTask(deps: TaskDeps): EcsHandler<'StartTask'> {
  return async (input, context) => {
    const { db, ledger } = deps;
    const scope = scopeOf(context);
    const rows = presentRows(db);
    const cluster = activeCluster(rows, scope, input.cluster);
    const { containerInstances: references } = input;
    if (references.length === 0) throw invalidParameter('Container instances cannot be empty.');
    if (references.length > maxInstances)
      throw invalidParameter(`containerInstances can have at most ${maxInstances} items.`);
    const definition = runnableTaskDefinition(rows, scope, input.taskDefinition);
    checkNetworkConfiguration(input, definition, 'EC2');
    const request: Request = { scope, cluster, definition, input, nowMs: context.receivedMs };
    const failures: Failure[] = [];
    const reserved: Reserved[] = [];
    try {
      for (const reference of references) {
        const found = findInstance(rows, scope, cluster.name, reference);
        if (found === undefined) failures.push({ arn: referredArn(scope, cluster.name, reference), reason: 'MISSING' });
        else if (found.instance.status !== 'ACTIVE') failures.push(inactive(found.instance));
        else reserve(deps, request, { found, reserved, failures });
      }
      const { result } = await db.transact((tx) => write(tx, deps, request, reserved));
      return {
        tasks: result.started.map((task) => describedTask(task, { tags: true })),
        failures: [...failures, ...result.failures],
      };
    } finally {
      // What was written is the ledger's by its row; what was not gives its room back.
      for (const { task } of reserved) ledger.release(taskKey(task, task.cluster, task.id));
    }
  };
}

function inactive(instance: FoundInstance['instance']): Failure {
  return {
    arn: containerInstanceArn(instance, instance.cluster, instance.id),
    reason: 'INACTIVE',
    detail: `the container instance is ${instance.status}, not ACTIVE`,
  };
}

/** Finds out whether the instance can take the task, and holds its room. @throws InvalidParameterException, UnsupportedFeatureException of the request */
function reserve(
  { ledger, ids, volumes }: TaskDeps,
  { scope, cluster, definition, input, nowMs }: Request,
  into: { readonly found: FoundInstance; readonly reserved: Reserved[]; readonly failures: Failure[] },
): void {
  const { key: instanceKey, instance } = into.found;
  const { launchType } = instance;
  if (!definition.compatibilities.includes(launchType))
    throw invalidParameter(`Task definition does not support launch_type ${launchType}.`);
  const template = taskTemplate(scope, cluster, definition, { request: input, launchType });
  checkVolume(volumes, template.volume);
  const resources = resourcesOf(template.overridden);
  const placement = placeOn(
    {
      launchType,
      group: template.group,
      resources,
      requiresAttributes: definition.requiresAttributes,
      constraints: [],
    },
    ledger.pool(scope, cluster.name),
    instanceKey,
  );
  if ('failures' in placement) {
    const arn = containerInstanceArn(scope, cluster.name, instance.id);
    into.failures.push(...placement.failures.map(({ reason, detail }) => ({ arn, reason, detail })));
    return;
  }
  const { zones } = placement;
  const task = newTask(
    template,
    {
      id: ids.hex(32),
      nowMs,
      instanceKey,
      ...(zones[0] === undefined ? {} : { availabilityZone: zones[0] }),
    },
    ids,
  );
  ledger.reserve({ taskKey: taskKey(scope, cluster.name, task.id), instanceKey, resources, group: template.group });
  into.reserved.push({ task, instanceKey, zones });
}

function write(
  tx: Transaction,
  deps: TaskDeps,
  { scope, input }: Request,
  reserved: readonly Reserved[],
): { readonly started: readonly TaskRecord[]; readonly failures: readonly Failure[] } {
  // Read again inside: a cluster, revision or instance that left meanwhile must not get a task.
  activeCluster(tx, scope, input.cluster);
  runnableTaskDefinition(tx, scope, input.taskDefinition);
  const configuration = input.networkConfiguration?.awsvpcConfiguration;
  const started: TaskRecord[] = [];
  const failures: Failure[] = [];
  for (const { task, instanceKey, zones } of reserved) {
    const instance = tx.get(containerInstances, instanceKey);
    if (instance?.status !== 'ACTIVE') {
      if (instance !== undefined) failures.push(inactive(instance));
      continue;
    }
    const whole = configuration === undefined ? task : withInterface(tx, deps, task, { configuration, zones });
    tx.create(tasks, taskKey(task, task.cluster, task.id), whole);
    started.push(whole);
  }
  return { started, failures };
}
