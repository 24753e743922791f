import type { Failure } from '../../../protocol/generated/ecs.ts';
import { clientException, invalidParameter } from '../errors.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { containerInstanceArn, containerInstanceKey, containerInstances } from '../records/container-instance.ts';
import { taskKey, tasks, type TaskRecord } from '../records/task.ts';
import { activeCluster, presentRows, resourceIdOf, runnableTaskDefinition } from '../references.ts';
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
    const { db, ids, ledger } = deps;
    const scope = scopeOf(context);
    const rows = presentRows(db);
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
      const id = resourceIdOf(scope, { type: 'container-instance', cluster: cluster.name, reference });
      const instanceKey = containerInstanceKey(scope, cluster.name, id ?? '');
      const instance = id === undefined ? undefined : db.get(containerInstances, instanceKey)?.row;
      if (instance === undefined) {
        failures.push({
          arn: reference.startsWith('arn:') ? reference : containerInstanceArn(scope, cluster.name, reference),
          reason: 'MISSING',
        });
        continue;
      }
      const template = taskTemplate(scope, cluster, definition, { request: input, launchType: instance.launchType });
      const resources = resourcesOf(template.overridden);
      const placement = placeOn(
        {
          launchType: instance.launchType,
          group: template.group,
          resources,
          requiresAttributes: definition.requiresAttributes,
          constraints: [],
        },
        ledger.pool(scope, cluster.name),
        instanceKey,
      );
      if ('failures' in placement) {
        failures.push(
          ...placement.failures.map(({ reason, detail }) => ({
            arn: containerInstanceArn(scope, cluster.name, instance.id),
            reason,
            detail,
          })),
        );
        continue;
      }
      const arn = containerInstanceArn(scope, cluster.name, instance.id);
      const task = newTask(template, { id: ids.hex(32), nowMs: context.receivedMs, instanceKey }, ids);
      const key = taskKey(scope, cluster.name, task.id);
      ledger.reserve({ taskKey: key, instanceKey, resources, group: template.group });
      const configuration = input.networkConfiguration?.awsvpcConfiguration;
      try {
        const { result } = await db.transact((tx) => {
          if (!takesTasks(tx, instanceKey)) return undefined;
          const written =
            configuration === undefined
              ? task
              : withInterface(tx, deps, task, { configuration, zones: placement.zones });
          tx.create(tasks, key, written);
          return written;
        });
        if (result === undefined) failures.push({ arn, reason: 'INACTIVE' });
        else started.push(result);
      } finally {
        ledger.release(key); // no effect once the task is committed
      }
    }
    return { tasks: started.map((task) => describedTask(task, { tags: true })), failures };
  };
}
