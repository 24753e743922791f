import type { TargetGroupFacts, TargetGroupWeight } from '../ports.ts';
import { containerInstances, type ContainerInstanceRecord } from '../records/container-instance.ts';
import type { Scope } from '../records/scope.ts';
import {
  serviceDeploymentKey,
  serviceDeployments,
  type ServiceDeploymentRecord,
} from '../records/service-deployment.ts';
import {
  ofService,
  serviceRevisionKey,
  serviceRevisions,
  targetGroupsOf,
  type ServiceRevisionRecord,
} from '../records/service-revision.ts';
import { ownedBy, services, type ServiceRecord } from '../records/service.ts';
import { taskSets, type TaskSetRecord } from '../records/task-set.ts';
import type { InstancePool } from '../scheduler/instance-pool.ts';
import { belongsOn } from '../scheduler/place.ts';
import { primaryOf } from '../deployments/rollouts.ts';
import { rulesOf } from '../deployments/shifted-rules.ts';
import { shiftsTraffic } from '../deployments/strategy.ts';
import type { SchedulerDeps } from './deps.ts';
import { groupOfService, launchTypeOf, requirementsOf } from './launch.ts';
import { newId } from './new-id.ts';
import type { OpenTasks } from './open-tasks.ts';
import type { TaskFacts } from './task-facts.ts';
import { revisionOf, type ServiceView, type ViewedInstance, type ViewedTask, type WantedTarget } from './view.ts';

/** A view, and the revisions of the rows that must still be the same when what was decided is written. */
export interface ReadView {
  readonly view: ServiceView;
  readonly modRevision: number;
  readonly deploymentRevisions: ReadonlyMap<string, number>;
  /** By id. */
  readonly taskSetRevisions: ReadonlyMap<string, number>;
}

const noTargets: readonly WantedTarget[] = [];

/** Reads what deciding about a service needs; its cost grows with that service's tasks only. */
export function readView(deps: SchedulerDeps, open: OpenTasks, key: string): ReadView | undefined {
  const { db, clock, settings, ids } = deps;
  const found = db.get(services, key);
  if (found === undefined || found.row.status === 'INACTIVE') return undefined;
  const service = found.row;
  const { revisions, deployments, deploymentRevisions } = readRollouts(deps, service);
  const { taskSets, taskSetRevisions } = readTaskSets(deps, service);
  for (const set of taskSets) revisions.set(set.id, set);
  const pool = deps.ledger.pool(service, service.cluster);
  const groups = new Groups(deps, service);
  let zones: readonly string[] | undefined;
  const view: ServiceView = {
    service,
    revisions,
    serviceDeployments: deployments,
    taskSets,
    tasks: [...open.of(key).values()].map((facts) => viewedTask(facts, { service, revisions, pool, groups })),
    instances: service.schedulingStrategy === 'DAEMON' ? readInstances(deps, service, { revisions, pool }) : [],
    // Asked for only when everything else is in order, and then costs a look at every instance.
    get zones() {
      zones ??= readZones(deps, service, { revisions, pool });
      return zones;
    },
    traffic: readTraffic(deps, service, { revisions, deployments, groups }),
    alarming: readAlarms(deps, service),
    nowMs: clock.nowMs(),
    settings,
    newId: newId(ids),
  };
  return { view, modRevision: found.modRevision, deploymentRevisions, taskSetRevisions };
}

function readRollouts({ db }: SchedulerDeps, service: ServiceRecord) {
  const of = ownedBy(service);
  const revisions = new Map<string, ServiceRevisionRecord>();
  const deployments = new Map<string, ServiceDeploymentRecord>();
  const deploymentRevisions = new Map<string, number>();
  const wanted = service.deployments.map(({ revisionId }) => revisionId);
  for (const id of new Set([...wanted, service.completedRevisionId ?? ''])) {
    const row = id === '' ? undefined : db.get(serviceRevisions, serviceRevisionKey(of, id))?.row;
    if (row !== undefined) revisions.set(id, row);
  }
  for (const id of new Set(service.deployments.map(({ serviceDeploymentId }) => serviceDeploymentId))) {
    const found = db.get(serviceDeployments, serviceDeploymentKey(of, id));
    if (found === undefined) continue;
    deployments.set(id, found.row);
    deploymentRevisions.set(id, found.modRevision);
  }
  return { revisions, deployments, deploymentRevisions };
}

const noTraffic: ServiceView['traffic'] = new Map();

function readTraffic(
  { targets }: SchedulerDeps,
  service: ServiceRecord,
  {
    revisions,
    deployments,
    groups,
  }: Pick<ServiceView, 'revisions'> & {
    readonly deployments: ServiceView['serviceDeployments'];
    readonly groups: Groups;
  },
): ServiceView['traffic'] {
  const primary = primaryOf(service);
  const row = deployments.get(primary?.serviceDeploymentId ?? '');
  if (primary?.rolloutState !== 'IN_PROGRESS' || row === undefined || !shiftsTraffic(row.deploymentConfiguration))
    return noTraffic;
  const traffic = new Map<string, readonly TargetGroupWeight[]>();
  for (const revision of revisions.values())
    for (const { ruleArn, pair } of rulesOf(revision)) {
      if (groups.get(pair.to) === undefined || groups.get(pair.from) === undefined) continue;
      const weights = targets.weights(groups.scope, ruleArn);
      if (weights !== undefined) traffic.set(ruleArn, weights);
    }
  return traffic;
}

function readTaskSets({ db }: SchedulerDeps, service: ServiceRecord) {
  const sets: TaskSetRecord[] = [];
  const taskSetRevisions = new Map<string, number>();
  if (service.deploymentController !== 'ECS')
    for (const key of db.table(taskSets).keys('service', ofService(ownedBy(service)))) {
      const found = db.get(taskSets, key);
      if (found === undefined) continue;
      sets.push(found.row);
      taskSetRevisions.set(found.row.id, found.modRevision);
    }
  return { taskSets: sets, taskSetRevisions };
}

interface TaskContext {
  readonly service: ServiceRecord;
  readonly revisions: ReadonlyMap<string, ServiceRevisionRecord>;
  readonly pool: InstancePool;
  readonly groups: Groups;
}

function viewedTask(facts: TaskFacts, context: TaskContext): ViewedTask {
  const { service, revisions, pool } = context;
  const instance = facts.instanceKey === undefined ? undefined : pool.get(facts.instanceKey)?.record;
  const revision = revisionOf({ service, revisions }, facts.deploymentId);
  const running = facts.wanted && facts.status === 'RUNNING';
  return {
    ...facts,
    onDrainingInstance: instance?.status === 'DRAINING',
    wantedTargets:
      running && revision !== undefined && revision.loadBalancers.length > 0
        ? wantedTargets(facts, revision, { groups: context.groups, machine: instance })
        : noTargets,
  };
}

/** Target groups as they are in this look. */
class Groups {
  readonly #deps: SchedulerDeps;
  readonly scope: Scope;
  readonly #found = new Map<string, TargetGroupFacts | undefined>();

  constructor(deps: SchedulerDeps, { account, region }: Scope) {
    this.#deps = deps;
    this.scope = { account, region };
  }

  get(arn: string): TargetGroupFacts | undefined {
    if (!this.#found.has(arn)) this.#found.set(arn, this.#deps.targets.targetGroup(this.scope, arn));
    return this.#found.get(arn);
  }

  withHealth(target: WantedTarget): WantedTarget {
    const { targetGroupArn, id, port } = target;
    const health = this.#deps.targets.health(this.scope, targetGroupArn, { id, port });
    return health === undefined ? target : { ...target, health };
  }
}

/**
 * The targets a running task should be: of a group of addresses its own address and the container's port, of a group of instances its machine and the
 * port it has there.
 */
function wantedTargets(
  facts: TaskFacts,
  revision: ServiceRevisionRecord,
  { groups, machine }: { readonly groups: Groups; readonly machine: Machine | undefined },
): readonly WantedTarget[] {
  const arns = targetGroupsOf(revision);
  return revision.loadBalancers.flatMap(({ containerName, containerPort }, index): WantedTarget[] => {
    const targetGroupArn = arns[index];
    if (targetGroupArn === undefined || containerPort === undefined) return [];
    const group = groups.get(targetGroupArn);
    const zone = facts.zone === undefined ? {} : { zone: facts.zone };
    if (group === undefined) return [{ targetGroupArn, id: facts.address ?? '', port: containerPort, lost: true }];
    const bound = facts.bindings.find((one) => one.container === containerName && one.containerPort === containerPort);
    const own = group.targetType === 'ip' ? facts.address : machine?.ec2InstanceId;
    if (own === undefined) return [];
    if (group.targetType === 'ip')
      return [groups.withHealth({ targetGroupArn, id: own, port: containerPort, ...zone })];
    const at = machine?.address === undefined ? {} : { address: machine.address };
    return [groups.withHealth({ targetGroupArn, id: own, port: bound?.hostPort ?? containerPort, ...zone, ...at })];
  });
}

type Machine = Pick<ContainerInstanceRecord, 'ec2InstanceId' | 'address'>;

interface PoolContext {
  readonly revisions: ReadonlyMap<string, ServiceRevisionRecord>;
  readonly pool: InstancePool;
}

function readInstances(
  deps: SchedulerDeps,
  service: ServiceRecord,
  { revisions, pool }: PoolContext,
): readonly ViewedInstance[] {
  const revision = revisions.get(primaryOf(service)?.revisionId ?? '');
  const requirements = revision === undefined ? undefined : requirementsOf(deps.db, service, revision);
  if (requirements === undefined) return [];
  const group = groupOfService(service.name);
  return [...pool.candidates()].map((candidate) => ({
    key: candidate.key,
    connected: candidate.agentConnected,
    // One that never connects is no place for a task; one that is away for a while keeps what it has.
    takesTasks:
      (candidate.agentConnected || candidate.countGroup(group) > 0) && belongsOn(requirements, pool, candidate.key),
  }));
}

function readZones(
  { db, interfaces }: SchedulerDeps,
  service: ServiceRecord,
  { revisions, pool }: PoolContext,
): readonly string[] {
  const revision = revisions.get(primaryOf(service)?.revisionId ?? '');
  if (revision === undefined) return [];
  if (launchTypeOf(revision) === 'FARGATE') {
    const subnets = revision.networkConfiguration?.awsvpcConfiguration?.subnets ?? [];
    return [...new Set(subnets.flatMap((subnet) => interfaces.zone(service, subnet) ?? []))].sort();
  }
  const [first] = service.placementStrategies;
  const spreads = first === undefined || first.field === 'attribute:ecs.availability-zone';
  const requirements = spreads ? requirementsOf(db, service, revision) : undefined;
  if (requirements === undefined) return [];
  const usable = [...pool.candidates()].filter(({ key }) => belongsOn(requirements, pool, key));
  return [...new Set(usable.flatMap(({ zones }) => zones))].sort();
}

function readAlarms({ alarms }: SchedulerDeps, service: ServiceRecord): readonly string[] {
  const watched = service.deploymentConfiguration.alarms;
  if (watched?.enable !== true) return [];
  const scope = { account: service.account, region: service.region };
  return watched.alarmNames.filter((name) => alarms.state(scope, name) === 'ALARM');
}

/** Key of the container instance's cluster, as the indexes of services have it. */
export function homeOf(instanceKey: string): string {
  return instanceKey.slice(containerInstances.prefix.length, instanceKey.lastIndexOf('/'));
}
