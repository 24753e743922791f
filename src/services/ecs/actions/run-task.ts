import { InvalidArgument, Unavailable, Turns } from '../../../kernel/index.ts';
import type { Failure, RunTaskRequest } from '../../../protocol/generated/ecs.ts';
import type { Transaction } from '../../../store/index.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { invalidParameter } from '../errors.ts';
import { rememberToken, resourcesOfToken, type TokenUse } from '../idempotency.ts';
import { clientTokenKey } from '../records/client-token.ts';
import { containerInstanceArn } from '../records/container-instance.ts';
import { taskArnOfKey, taskKey, tasks, type TaskRecord } from '../records/task.ts';
import { activeCluster, presentRows, runnableTaskDefinition } from '../references.ts';
import { readConstraints } from '../scheduler/constraints.ts';
import { noContainerInstances } from '../scheduler/place.ts';
import { placeTasks, type PlacedTasks } from '../scheduler/place-tasks.ts';
import { readStrategies } from '../scheduler/strategies.ts';
import type { EcsHandler, TaskDeps } from '../tasks/deps.ts';
import { describedTask } from '../tasks/described.ts';
import { withInterface } from '../tasks/interface.ts';
import { checkNetworkConfiguration, launchPlan, spreadOverProviders, type LaunchPlan } from '../tasks/launch-plan.ts';
import { taskMaker, type TaskPlace, type TaskTemplate } from '../tasks/new-task.ts';
import { resourcesOf } from '../tasks/resources.ts';
import { takesTasks } from '../tasks/takes-tasks.ts';
import { taskTemplate } from '../tasks/template.ts';
import { checkVolume } from '../tasks/volume.ts';

const maxCount = 10;
/** Times that places are looked for when the instances chosen leave meanwhile. */
const maxPlacements = 5;

/**
 * FARGATE tasks are accepted and find their room afterwards (see tasks/placement-controller); for EC2 and EXTERNAL the room is found now,
 * and a task that does not fit is a failure of the answer.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
 */
export function runTask(deps: TaskDeps): EcsHandler<'RunTask'> {
  const turns = new Turns();
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
    checkVolume(deps.volumes, template.volume);
    const token: TokenUse | undefined =
      input.clientToken === undefined || input.clientToken === ''
        ? undefined
        : {
            scope,
            operation: 'RunTask',
            token: input.clientToken,
            request: { ...input, cluster: cluster.name },
            nowMs: context.receivedMs,
            arnOf: taskArnOfKey,
          };
    const run = new TaskLaunch(deps, { input, plan, template, token, nowMs: context.receivedMs });
    // A retry that comes while the first request is still at work waits for it, lest it finds no room beside it.
    const { launched, failures } =
      token === undefined
        ? await run.go(count)
        : await turns.take(clientTokenKey(scope, token.operation, token.token), () => run.go(count));
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

type Place = TaskPlace & { readonly zones?: readonly string[] };

type Written =
  | { readonly kind: 'written'; readonly rows: readonly TaskRecord[] }
  /** An earlier request with the same token was faster. */
  | { readonly kind: 'earlier'; readonly keys: readonly string[] }
  /** An instance stopped taking tasks after it was chosen. */
  | { readonly kind: 'moved' };

interface Launched {
  readonly launched: readonly TaskRecord[];
  readonly failures: readonly Failure[];
}

class TaskLaunch {
  readonly #deps: TaskDeps;
  readonly #launch: Launch;

  constructor(deps: TaskDeps, launch: Launch) {
    this.#deps = deps;
    this.#launch = launch;
  }

  async go(count: number): Promise<Launched> {
    const { token } = this.#launch;
    const earlier =
      token === undefined ? undefined : (await this.#deps.db.transact((tx) => resourcesOfToken(tx, token))).result;
    if (earlier !== undefined) return this.#repeated(earlier);
    for (let attempt = 1; attempt <= maxPlacements; attempt++) {
      const launched = await this.#attempt(count);
      if (launched !== 'moved') return launched;
    }
    throw new Unavailable(
      `the container instances chosen for the tasks left the cluster ${maxPlacements} times in a row`,
    );
  }

  /** Places and writes all tasks, or none. @returns `moved` when an instance stopped taking tasks in between */
  async #attempt(count: number): Promise<Launched | 'moved'> {
    const { ids, db } = this.#deps;
    const { template, plan } = this.#launch;
    // In order, because rows of one revision stand in every index by their keys: each then goes to the end of its lists.
    const names = Array.from({ length: count }, () => ids.hex(32)).sort();
    const placed = plan.launchType === 'FARGATE' ? undefined : this.#place(names);
    let written: Written = { kind: 'moved' };
    try {
      const failures = placed === undefined ? [] : this.#failures(placed, count);
      const places = this.#places(names, placed);
      if (places.length === 0) return { launched: [], failures };
      const fresh = places.map(taskMaker(template, ids));
      written = (await db.transact((tx) => this.#write(tx, fresh, places))).result;
      if (written.kind === 'earlier') return this.#repeated(written.keys);
      if (written.kind === 'moved') return 'moved';
      return { launched: written.rows, failures };
    } finally {
      // What was reserved and not written; a committed row has taken over its reservation.
      if (written.kind !== 'written')
        for (const { taskKey: key } of placed?.placed ?? []) this.#deps.ledger.release(key);
    }
  }

  #places(names: readonly string[], placed: PlacedTasks | undefined): readonly Place[] {
    const { plan, nowMs } = this.#launch;
    if (placed === undefined) {
      const providers = spreadOverProviders(plan.strategy, names.length);
      return names.map((id, index) => {
        const capacityProviderName = providers[index];
        return { id, nowMs, ...(capacityProviderName === undefined ? {} : { capacityProviderName }) };
      });
    }
    return placed.placed.map(({ taskKey: key, instanceKey, zones }) => ({
      id: key.slice(key.lastIndexOf('/') + 1),
      nowMs,
      instanceKey,
      zones,
      ...(zones[0] === undefined ? {} : { availabilityZone: zones[0] }),
    }));
  }

  /** What an earlier request with the same token made, as it is now. */
  #repeated(keys: readonly string[]): Launched {
    const launched = keys.flatMap((key) => this.#deps.db.get(tasks, key)?.row ?? []);
    return { launched, failures: [] };
  }

  #write(tx: Transaction, fresh: readonly TaskRecord[], places: readonly Place[]): Written {
    const { token, input, template } = this.#launch;
    const earlier = token === undefined ? undefined : resourcesOfToken(tx, token);
    if (earlier !== undefined) return { kind: 'earlier', keys: earlier };
    const instances = new Set(places.flatMap(({ instanceKey }) => instanceKey ?? []));
    for (const instanceKey of instances) if (!takesTasks(tx, instanceKey)) return { kind: 'moved' };
    // Read again inside: a cluster or revision deleted meanwhile must not get a task.
    activeCluster(tx, template.scope, input.cluster);
    runnableTaskDefinition(tx, template.scope, input.taskDefinition);
    const configuration = input.networkConfiguration?.awsvpcConfiguration;
    const rows =
      configuration === undefined
        ? fresh
        : fresh.map((task, index) =>
            withInterface(tx, this.#deps, task, { configuration, zones: places[index]?.zones }),
          );
    const keys = rows.map((task) => taskKey(task, task.cluster, task.id));
    rows.forEach((task, index) => tx.create(tasks, keys[index] ?? '', task));
    if (token !== undefined) rememberToken(tx, token, keys);
    return { kind: 'written', rows };
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
    const { template } = this.#launch;
    if (placed.placed.length >= count) return [];
    if (placed.noInstances) throw invalidParameter(noContainerInstances);
    return placed.failures.map(({ instanceKey, reason, detail }) => ({
      arn: containerInstanceArn(template.scope, template.cluster, instanceKey.slice(instanceKey.lastIndexOf('/') + 1)),
      reason,
      detail,
    }));
  }
}
