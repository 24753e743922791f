import { InvalidArgument } from '../../../kernel/index.ts';
import type { Failure, RunTaskRequest } from '../../../protocol/generated/ecs.ts';
import type { Transaction } from '../../../store/index.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { invalidParameter } from '../errors.ts';
import { rememberToken, resourcesOfToken, type TokenUse } from '../idempotency.ts';
import { containerInstanceArn, containerInstances } from '../records/container-instance.ts';
import { taskKey, tasks, type TaskRecord } from '../records/task.ts';
import { activeCluster, presentRows, runnableTaskDefinition } from '../references.ts';
import { readConstraints } from '../scheduler/constraints.ts';
import { noContainerInstances } from '../scheduler/place.ts';
import { placeTasks, type PlacedTasks } from '../scheduler/place-tasks.ts';
import { readStrategies } from '../scheduler/strategies.ts';
import type { EcsHandler, TaskDeps } from '../tasks/deps.ts';
import { describedTask } from '../tasks/described.ts';
import { withInterface } from '../tasks/interface.ts';
import { checkNetworkConfiguration, launchPlan, spreadOverProviders, type LaunchPlan } from '../tasks/launch-plan.ts';
import { newTask, type TaskPlace, type TaskTemplate } from '../tasks/new-task.ts';
import { resourcesOf } from '../tasks/resources.ts';
import { taskTemplate } from '../tasks/template.ts';

const maxCount = 10;

/**
 * FARGATE tasks are accepted and find their room afterwards (see tasks/placement-controller); for EC2 and EXTERNAL the room is found now,
 * and a task that does not fit is a failure of the answer.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
 */
export function runTask(deps: TaskDeps): EcsHandler<'RunTask'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    const rows = presentRows(deps.db);
    const cluster = activeCluster(rows, scope, input.cluster);
    const count = input.count ?? 1;
    if (count < 1 || count > maxCount)
      throw invalidParameter(`count should be between 1 and ${maxCount}, but was ${count}`);
    const definition = runnableTaskDefinition(rows, scope, input.taskDefinition);
    const plan = launchPlan(input, cluster, definition);
    checkNetworkConfiguration(input, definition, plan.launchType);
    const template = taskTemplate(scope, cluster, definition, {
      request: input,
      ...plan,
      platformVersion: input.platformVersion,
    });
    const token: TokenUse | undefined =
      input.clientToken === undefined || input.clientToken === ''
        ? undefined
        : {
            scope,
            operation: 'RunTask',
            token: input.clientToken,
            request: { ...input, cluster: cluster.name },
            nowMs: context.receivedMs,
          };
    const run = new TaskLaunch(deps, { input, plan, template, token, nowMs: context.receivedMs });
    const { launched, failures } = await run.go(count);
    return { tasks: launched.map((task) => describedTask(task, { tags: true })), failures };
  };
}

interface Launch {
  readonly input: RunTaskRequest;
  readonly plan: LaunchPlan;
  readonly template: TaskTemplate;
  readonly token: TokenUse | undefined;
  readonly nowMs: number;
}

interface Launched {
  readonly launched: readonly TaskRecord[];
  readonly failures: readonly Failure[];
}

/** The tasks an earlier request with the same token made, or what this one wrote and the instances that had left. */
type Written =
  | { readonly earlier: readonly string[] }
  | { readonly written: readonly TaskRecord[]; readonly left: readonly string[] };

const inactive = { reason: 'INACTIVE', detail: 'the container instance left while the task was being placed' } as const;

class TaskLaunch {
  readonly #deps: TaskDeps;
  readonly #launch: Launch;

  constructor(deps: TaskDeps, launch: Launch) {
    this.#deps = deps;
    this.#launch = launch;
  }

  async go(count: number): Promise<Launched> {
    const { ids, db, ledger } = this.#deps;
    const { template, plan, token, nowMs } = this.#launch;
    const names = Array.from({ length: count }, () => ids.hex(32));
    const earlier = token === undefined ? undefined : (await db.transact((tx) => resourcesOfToken(tx, token))).result;
    if (earlier !== undefined) return this.#repeated(earlier);
    const providers = spreadOverProviders(plan.strategy, count);
    const placed = plan.launchType === 'FARGATE' ? undefined : this.#place(names);
    const places: readonly (TaskPlace & { readonly zones?: readonly string[] })[] =
      placed === undefined
        ? names.map((id, index) => ({
            id,
            nowMs,
            ...(providers[index] === undefined ? {} : { capacityProviderName: providers[index] }),
          }))
        : placed.placed.map(({ taskKey: key, instanceKey, zones }) => ({
            id: key.slice(key.lastIndexOf('/') + 1),
            nowMs,
            instanceKey,
            zones,
            ...(zones[0] === undefined ? {} : { availabilityZone: zones[0] }),
          }));
    const failures = placed === undefined ? [] : this.#failures(placed, count);
    if (places.length === 0) return { launched: [], failures };
    const fresh = places.map((place) => newTask(template, place, ids));
    let written: Written = { written: [], left: [] };
    try {
      ({ result: written } = await db.transact((tx) => this.#write(tx, fresh, places)));
    } finally {
      // What was written is the ledger's by its row; what was not gives its room back.
      for (const task of fresh) ledger.release(taskKey(task, task.cluster, task.id));
    }
    if ('earlier' in written) return this.#repeated(written.earlier);
    return {
      launched: written.written.map((task) => this.#present(task)),
      failures: [...failures, ...written.left.map((instanceKey) => this.#failure(instanceKey, inactive))],
    };
  }

  /** What an earlier request with the same token made, as it is now. */
  #repeated(keys: readonly string[]): Launched {
    const launched = keys.flatMap((key) => this.#deps.db.get(tasks, key)?.row ?? []);
    return { launched, failures: [] };
  }

  #present(task: TaskRecord): TaskRecord {
    return this.#deps.db.get(tasks, taskKey(task, task.cluster, task.id))?.row ?? task;
  }

  /** A task whose instance left while it was being placed is not written. */
  #write(
    tx: Transaction,
    fresh: readonly TaskRecord[],
    places: readonly { readonly zones?: readonly string[] }[],
  ): Written {
    const { token, input, template } = this.#launch;
    const earlier = token === undefined ? undefined : resourcesOfToken(tx, token);
    if (earlier !== undefined) return { earlier };
    // Read again inside: a cluster or revision deleted meanwhile must not get a task.
    activeCluster(tx, template.scope, input.cluster);
    runnableTaskDefinition(tx, template.scope, input.taskDefinition);
    const configuration = input.networkConfiguration?.awsvpcConfiguration;
    const written: TaskRecord[] = [];
    const left: string[] = [];
    fresh.forEach((task, index) => {
      if (task.instanceKey !== undefined && tx.get(containerInstances, task.instanceKey)?.status !== 'ACTIVE') {
        left.push(task.instanceKey);
        return;
      }
      const whole =
        configuration === undefined
          ? task
          : withInterface(tx, this.#deps, task, { configuration, zones: places[index]?.zones });
      tx.create(tasks, taskKey(task, task.cluster, task.id), whole);
      written.push(whole);
    });
    if (token !== undefined && written.length > 0)
      rememberToken(
        tx,
        token,
        written.map((task) => taskKey(task, task.cluster, task.id)),
      );
    return { written, left };
  }

  #place(names: readonly string[]): PlacedTasks {
    const { ledger, ids } = this.#deps;
    const { template, input } = this.#launch;
    const { scope, cluster, definition } = template;
    try {
      return placeTasks(ledger, {
        scope,
        cluster,
        request: {
          launchType: template.launchType,
          group: template.group,
          resources: resourcesOf(template.overridden),
          requiresAttributes: definition.requiresAttributes,
          constraints: readConstraints([
            ...(definition.definition.placementConstraints ?? []),
            ...(input.placementConstraints ?? []),
          ]),
          strategies: readStrategies(input.placementStrategy ?? []),
        },
        tasks: names.map((id) => ({ taskKey: taskKey(scope, cluster, id), chance: ids.fraction() })),
      });
    } catch (error) {
      if (error instanceof InvalidArgument) throw invalidParameter(error.message);
      throw error;
    }
  }

  #failures(placed: PlacedTasks, count: number): readonly Failure[] {
    if (placed.placed.length >= count) return [];
    if (placed.noInstances) throw invalidParameter(noContainerInstances);
    return placed.failures.map(({ instanceKey, reason, detail }) => this.#failure(instanceKey, { reason, detail }));
  }

  #failure(instanceKey: string, why: Pick<Failure, 'reason' | 'detail'>): Failure {
    const { scope, cluster } = this.#launch.template;
    return { arn: containerInstanceArn(scope, cluster, instanceKey.slice(instanceKey.lastIndexOf('/') + 1)), ...why };
  }
}
