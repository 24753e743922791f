import { LongshoreError } from '../../../kernel/index.ts';
import { ApiError } from '../../../protocol/api/index.ts';
import type { AwsVpcConfiguration } from '../../../protocol/generated/ecs.ts';
import type { ServiceRevisionRecord } from '../records/service-revision.ts';
import { taskKey, type TaskRecord } from '../records/task.ts';
import { placeOn, type Placement, type PlacementFailure } from '../scheduler/place.ts';
import { placeTasks } from '../scheduler/place-tasks.ts';
import { newTask, type TaskPlace, type TaskTemplate } from '../tasks/new-task.ts';
import { nextProvider } from '../service-scheduler/capacity-providers.ts';
import type { Start } from './decision.ts';
import type { SchedulerDeps } from './deps.ts';
import { events } from './events.ts';
import { launchTypeOf, requirementsOf, serviceTemplate, strategiesOf } from './launch.ts';
import { taskIdOf } from './task-facts.ts';
import { revisionOf, type ServiceView } from './view.ts';

/** A task that is to be written. */
export interface PlannedTask {
  readonly key: string;
  readonly task: TaskRecord;
  readonly deploymentId: string;
  /** With an interface of its own. */
  readonly network?: AwsVpcConfiguration;
  /** Where its interface goes; absent: anywhere. */
  readonly zones?: readonly string[];
  /** FARGATE: it may go elsewhere when there is no address left. */
  readonly zonesPreferred?: true;
  /** Was started for balance, in this zone. */
  readonly balances?: string;
}

/** A start that cannot be done now. */
export interface NoRoom {
  readonly deploymentId: string;
  /** The event that says so. */
  readonly event: string;
}

export interface Plan {
  readonly planned: readonly PlannedTask[];
  /** The first start that found no room; those after it were not tried. */
  readonly noRoom?: NoRoom;
}

/** Finds places for what is to be started, and reserves them in the ledger: whoever does not commit them releases them by their keys. */
export function planStarts(deps: SchedulerDeps, view: ServiceView, starts: readonly Start[]): Plan {
  const planned: PlannedTask[] = [];
  for (const start of starts) {
    const made = planOne(deps, view, { start, before: planned });
    planned.push(...made.planned);
    // Instances of a DAEMON have nothing to do with one another.
    if (made.noRoom !== undefined && start.instanceKey === undefined) return { planned, noRoom: made.noRoom };
    if (made.noRoom !== undefined && start === starts.at(-1) && planned.length === 0) return made;
  }
  return { planned };
}

interface OneStart {
  readonly start: Start;
  readonly before: readonly PlannedTask[];
}

function planOne(deps: SchedulerDeps, view: ServiceView, one: OneStart): Plan {
  const { service } = view;
  const { deploymentId } = one.start;
  const revision = revisionOf(view, deploymentId);
  const fail = (why: string): Plan => ({
    planned: [],
    noRoom: { deploymentId, event: events.cannotStart(service.name, why) },
  });
  if (revision === undefined) return fail('the service revision is gone');
  try {
    const template = serviceTemplate(deps.db, service, { revision, deploymentId });
    if (template === undefined) return fail('TaskDefinition is inactive');
    return launchTypeOf(revision) === 'FARGATE'
      ? planFargate(deps, view, { ...one, revision, template })
      : planPlaced(deps, view, { ...one, revision, template });
  } catch (error) {
    if (error instanceof ApiError || error instanceof LongshoreError) return fail(error.message);
    throw error;
  }
}

interface Launch extends OneStart {
  readonly revision: ServiceRevisionRecord;
  readonly template: TaskTemplate;
}

/** FARGATE tasks find their machine afterwards (tasks/placement-controller); here only zone and provider are chosen. */
function planFargate(
  { ids, interfaces }: SchedulerDeps,
  view: ServiceView,
  { start, before, revision, template }: Launch,
): Plan {
  const { service } = view;
  const network = revision.networkConfiguration?.awsvpcConfiguration;
  const subnets = network?.subnets ?? [];
  const zones = new Map(subnets.flatMap((id) => zoneCount(interfaces.zone(service, id))));
  const providers = new Map<string, number>();
  const count = (counts: Map<string, number>, name: string | undefined): void => {
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  };
  for (const task of view.tasks) {
    if (!task.wanted || task.deploymentId !== start.deploymentId) continue;
    if (zones.has(task.zone ?? '')) count(zones, task.zone);
    count(providers, task.capacityProvider);
  }
  for (const { task, deploymentId, zones: chosen } of before) {
    if (deploymentId !== start.deploymentId) continue;
    if (zones.has(chosen?.[0] ?? '')) count(zones, chosen?.[0]);
    count(providers, task.capacityProviderName);
  }
  const planned: PlannedTask[] = [];
  for (let index = 0; index < start.count; index++) {
    const zone = start.zone ?? leastUsed(zones, ids.fraction());
    const capacityProviderName = nextProvider(revision.capacityProviderStrategy, providers);
    count(zones, zone);
    count(providers, capacityProviderName);
    const place: TaskPlace = {
      id: ids.hex(32),
      nowMs: view.nowMs,
      ...(capacityProviderName === undefined ? {} : { capacityProviderName }),
    };
    const task = newTask(template, place, ids);
    planned.push({
      key: taskKey(service, service.cluster, task.id),
      task,
      deploymentId: start.deploymentId,
      ...(network === undefined ? {} : { network }),
      ...(zone === undefined ? {} : { zones: [zone] }),
      ...(start.zone === undefined ? { zonesPreferred: true as const } : { balances: start.zone }),
    });
  }
  return { planned };
}

function zoneCount(zone: string | undefined): [string, number][] {
  return zone === undefined ? [] : [[zone, 0]];
}

function leastUsed(zones: ReadonlyMap<string, number>, chance: number): string | undefined {
  const least = Math.min(...zones.values());
  const best = [...zones].filter(([, count]) => count === least).map(([zone]) => zone);
  return best[Math.floor(chance * best.length)];
}

function planPlaced(deps: SchedulerDeps, view: ServiceView, { start, revision, template }: Launch): Plan {
  const { ids, ledger, db } = deps;
  const { service } = view;
  const scope = { account: service.account, region: service.region };
  const requirements = requirementsOf(db, service, revision);
  if (requirements === undefined) return { planned: [] };
  const request = { ...requirements, ...(start.zone === undefined ? {} : { zones: [start.zone] }) };
  const keys = Array.from({ length: start.count }, () => taskKey(scope, service.cluster, ids.hex(32)));
  const placed =
    start.instanceKey === undefined
      ? placeTasks(ledger, {
          scope,
          cluster: service.cluster,
          request: { ...request, strategies: strategiesOf(service) },
          tasks: keys.map((key) => ({ taskKey: key, chance: ids.fraction() })),
        })
      : placedOn(deps, keys, placeOn(request, ledger.pool(scope, service.cluster), start.instanceKey), request);
  const network = revision.networkConfiguration?.awsvpcConfiguration;
  const planned = placed.placed.map(({ taskKey: key, instanceKey, zones }): PlannedTask => {
    const [zone] = zones;
    const place = {
      id: taskIdOf(key),
      nowMs: view.nowMs,
      instanceKey,
      ...(zone === undefined ? {} : { availabilityZone: zone }),
    };
    return {
      key,
      task: newTask(template, place, ids),
      deploymentId: start.deploymentId,
      ...(network === undefined ? {} : { network, zones }),
      ...(start.zone === undefined ? {} : { balances: start.zone }),
    };
  });
  if (planned.length === keys.length) return { planned };
  const why = placed.noInstances
    ? 'Reason: No Container Instances were found in your cluster.'
    : closest(placed.failures);
  return { planned, noRoom: { deploymentId: start.deploymentId, event: events.noRoom(service.name, why) } };
}

/** The one task of a DAEMON's instance, reserved like any other. */
function placedOn(
  { ledger }: SchedulerDeps,
  keys: readonly string[],
  placement: Placement,
  { resources, group }: { readonly resources: TaskRecord['resources']; readonly group: string },
) {
  const [key] = keys;
  if (key === undefined || !('placed' in placement))
    return { placed: [], failures: 'failures' in placement ? placement.failures : [], noInstances: false };
  const { placed: instanceKey, zones } = placement;
  ledger.reserve({ taskKey: key, instanceKey, resources, group });
  return { placed: [{ taskKey: key, instanceKey, zones }], failures: [], noInstances: false };
}

/** What the instance lacks that came nearest: the checks run in a fixed order, so whoever failed at a later one is nearer. */
const lacks: readonly (readonly [RegExp, string])[] = [
  [/^RESOURCE:PORTS/, 'is already using a port required by your task.'],
  [/^RESOURCE:MEMORY/, 'has insufficient memory available.'],
  [/^RESOURCE:CPU/, 'has insufficient CPU units available.'],
  [/^ATTRIBUTE/, 'is missing an attribute required by your task.'],
];

function closest(failures: readonly PlacementFailure[]): string {
  for (const [pattern, text] of lacks) {
    const near = failures.find(({ reason }) => pattern.test(reason));
    if (near !== undefined) return `The closest matching (container-instance ${taskIdOf(near.instanceKey)}) ${text}`;
  }
  const [first] = failures;
  if (first === undefined) return '';
  return `The closest matching (container-instance ${taskIdOf(first.instanceKey)}) encountered error "${first.reason}".`;
}
