import type { DeploymentConfiguration } from '../../../../protocol/generated/ecs.ts';
import type { TargetGroupWeight } from '../../ports.ts';
import type { ServiceDeploymentRecord } from '../../records/service-deployment.ts';
import type { ServiceRevisionRecord } from '../../records/service-revision.ts';
import type { DeploymentRecord, ServiceRecord } from '../../records/service.ts';
import { decide } from '../decide.ts';
import type { Decision } from '../decision.ts';
import { judge, type Judged } from '../health.ts';
import { schedulerSettings } from '../settings.ts';
import type { ServiceView, ViewedInstance, ViewedTask } from '../view.ts';

export const startMs = 1_000_000;
const of = { account: '123456789012', region: 'us-east-1', cluster: 'c', service: 'web', incarnation: '1' };

export type Mutable<Shape> = { -readonly [Name in keyof Shape]: Shape[Name] };

/** A world of one service for tests of decisions: tasks do what the test says, decisions are applied as the controller would. */
export class Model {
  service: ServiceRecord;
  readonly revisions = new Map<string, ServiceRevisionRecord>();
  readonly serviceDeployments = new Map<string, ServiceDeploymentRecord>();
  tasks: Mutable<ViewedTask>[] = [];
  instances: ViewedInstance[] = [];
  zones: string[] = [];
  alarming: string[] = [];
  readonly traffic = new Map<string, readonly TargetGroupWeight[]>();
  readonly events: string[] = [];
  nowMs = startMs;
  #made = 0;

  constructor(desiredCount: number, configuration: DeploymentConfiguration = {}, patch: Partial<ServiceRecord> = {}) {
    this.service = {
      ...of,
      name: 'web',
      status: 'ACTIVE',
      schedulingStrategy: 'REPLICA',
      deploymentController: 'ECS',
      desiredCount,
      deploymentConfiguration: {
        minimumHealthyPercent: 100,
        maximumPercent: 200,
        strategy: 'ROLLING',
        ...configuration,
      },
      availabilityZoneRebalancing: 'DISABLED',
      placementConstraints: [],
      placementStrategies: [],
      enableEcsManagedTags: false,
      propagateTags: 'NONE',
      enableExecuteCommand: false,
      fingerprint: '',
      tags: [],
      createdBy: 'test',
      createdAtMs: startMs,
      deployments: [],
      steady: false,
      lastEvent: 0,
      ...patch,
    };
    this.deploy();
  }

  /** Begins a deployment, as the API does. @returns its id */
  deploy(): string {
    const number = ++this.#made;
    const [revisionId, serviceDeploymentId, id] = [`r${number}`, `d${number}`, `ecs-svc/${number}`];
    const at = { createdAtMs: this.nowMs, updatedAtMs: this.nowMs };
    this.revisions.set(revisionId, {
      ...of,
      id: revisionId,
      family: 'web',
      revision: number,
      launchType: 'FARGATE',
      capacityProviderStrategy: [],
      loadBalancers: [],
      createdAtMs: this.nowMs,
    });
    const { deploymentConfiguration: configuration } = this.service;
    this.serviceDeployments.set(serviceDeploymentId, {
      ...of,
      ...at,
      id: serviceDeploymentId,
      status: 'PENDING',
      sources: [],
      target: { revisionId, requestedTaskCount: this.service.desiredCount },
      deploymentConfiguration: configuration,
      hooks: [],
      failureCount: 0,
      circuitBreaker: configuration.deploymentCircuitBreaker?.enable === true ? 'MONITORING' : 'DISABLED',
      alarms: configuration.alarms?.enable === true ? 'MONITORING' : 'DISABLED',
      triggeredAlarmNames: [],
    });
    const primary: DeploymentRecord = {
      ...at,
      id,
      status: 'PRIMARY',
      revisionId,
      serviceDeploymentId,
      desiredCount: this.service.desiredCount,
      failedTasks: 0,
      rolloutState: 'IN_PROGRESS',
      rolloutStateReason: `ECS deployment ${id} in progress.`,
    };
    const { backOff: _over, ...rest } = this.service;
    const earlier = this.service.deployments.map((one) => ({ ...one, status: 'ACTIVE' as const }));
    this.service = { ...rest, steady: false, deployments: [primary, ...earlier] };
    return id;
  }

  get primary(): DeploymentRecord {
    const [primary] = this.service.deployments;
    if (primary === undefined) throw new Error('there is no deployment');
    return primary;
  }

  serviceDeployment(of: DeploymentRecord = this.primary): ServiceDeploymentRecord {
    const row = this.serviceDeployments.get(of.serviceDeploymentId);
    if (row === undefined) throw new Error(`there is no service deployment ${of.serviceDeploymentId}`);
    return row;
  }

  /** A task that is there already; RUNNING and healthy unless told otherwise. */
  add(patch: Partial<ViewedTask> = {}): Mutable<ViewedTask> {
    const up = patch.status === 'PENDING' ? {} : { startedAtMs: this.nowMs - 90_000, healthyAtMs: this.nowMs - 80_000 };
    const task: Mutable<ViewedTask> = {
      key: `/ecs/task/123456789012/us-east-1/c/t${++this.#made}`,
      deploymentId: this.primary.id,
      wanted: true,
      status: 'RUNNING',
      createdAtMs: this.nowMs - 100_000,
      ...up,
      containerHealth: 'NONE',
      targets: [],
      bindings: [],
      wantedTargets: [],
      onDrainingInstance: false,
      ...patch,
    };
    this.tasks.push(task);
    return task;
  }

  view(): ServiceView {
    return {
      service: this.service,
      revisions: this.revisions,
      serviceDeployments: this.serviceDeployments,
      taskSets: [],
      tasks: this.tasks,
      instances: this.instances,
      zones: this.zones,
      traffic: this.traffic,
      alarming: this.alarming,
      nowMs: this.nowMs,
      settings: schedulerSettings,
      newId: '9'.repeat(19),
    };
  }

  judged(): readonly Judged[] {
    const graceSeconds = this.service.healthCheckGracePeriodSeconds ?? 0;
    return this.tasks.map((task) => judge(task, { nowMs: this.nowMs, settings: schedulerSettings, graceSeconds }));
  }

  count(state: Judged['state']): number {
    return this.judged().filter((one) => one.state === state).length;
  }

  /** One look, decided and applied. */
  turn(): Decision {
    const decision = decide(this.view());
    this.apply(decision);
    return decision;
  }

  /** Turns until nothing is to be done at this time. */
  settle(): void {
    for (let turns = 0; turns < 200; turns++) {
      const before = this.service;
      if (isNothing(this.turn()) && this.service === before) return;
    }
    throw new Error('the scheduler does not come to rest');
  }

  apply(decision: Decision): void {
    this.service = decision.service;
    for (const row of decision.serviceDeployments) this.serviceDeployments.set(row.id, row);
    this.events.push(...decision.events);
    for (const { ruleArn, weights } of decision.shifts) this.traffic.set(ruleArn, weights);
    const settled = new Set(decision.settled);
    this.tasks = this.tasks.filter(({ key }) => !settled.has(key));
    const byKey = new Map(this.tasks.map((task) => [task.key, task]));
    for (const key of decision.healthy) Object.assign(byKey.get(key) ?? {}, { healthyAtMs: this.nowMs });
    for (const { taskKey, targets } of decision.registrations) {
      const task = byKey.get(taskKey);
      if (task === undefined) continue;
      task.targets = targets;
      task.wantedTargets = targets.map((target) => ({ ...target, health: { state: 'initial' } }));
    }
    for (const { taskKey } of decision.stops)
      Object.assign(byKey.get(taskKey) ?? {}, { wanted: false, stopCode: 'ServiceSchedulerInitiated' });
    for (const { deploymentId, count, instanceKey, zone } of decision.starts)
      for (let index = 0; index < count; index++)
        this.add({
          deploymentId,
          status: 'PENDING',
          createdAtMs: this.nowMs,
          ...(instanceKey === undefined ? {} : { instanceKey }),
          ...(zone === undefined ? {} : { zone }),
        });
  }

  /** What agents do with every task: PENDING ones run, or fail to start; those that stop have stopped. */
  agents(fails: (task: ViewedTask) => boolean = () => false): void {
    for (const task of this.tasks) {
      if (task.status === 'STOPPED') continue;
      if (!task.wanted) task.status = 'STOPPED';
      else if (task.status === 'PENDING' && fails(task)) this.end(task, 'TaskFailedToStart');
      else if (task.status === 'PENDING') {
        task.status = 'RUNNING';
        task.startedAtMs = this.nowMs;
      }
    }
  }

  end(task: Mutable<ViewedTask>, stopCode: ViewedTask['stopCode']): void {
    Object.assign(task, { status: 'STOPPED', wanted: false, stopCode });
  }

  pass(ms: number): void {
    this.nowMs += ms;
  }

  /** Agents work and time passes until the service is steady or `rounds` are over. */
  run(rounds: number, fails: (task: ViewedTask) => boolean = () => false): void {
    for (let round = 0; round < rounds; round++) {
      this.settle();
      this.agents(fails);
      this.pass(schedulerSettings.healthyAfterMs);
    }
    this.settle();
  }
}

function isNothing({ shifts, settled, healthy, registrations, stops, starts, more }: Decision): boolean {
  return (
    shifts.length + settled.length + healthy.length + registrations.length + stops.length + starts.length === 0 && !more
  );
}
