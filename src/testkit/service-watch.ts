import { toText, type Clock } from '../kernel/index.ts';
import {
  ownedBy,
  serviceDeploymentKey,
  serviceDeployments,
  serviceKey,
  services,
  type ServiceDeploymentRecord,
  type ServiceRecord,
  type TaskRecord,
} from '../services/ecs/index.ts';
import type { Store, StoreEvent, WatchBatch } from '../store/index.ts';
import { simPair, simRules, simTargetKey, simTargets, type SimRule, type SimTarget } from './sim-targets.ts';

const taskPrefix = '/ecs/task/';
/** A commit may take this long: what others change meanwhile, a decision has not seen. */
const commitMs = 60;

/** Follows the journal and holds what a service's scheduler does in each transaction against what it may do. */
export class ServiceWatch {
  readonly services = new Map<string, ServiceRecord>();
  trafficShifts = 0;
  readonly #tasks = new Map<string, Map<string, TaskRecord>>();
  readonly #targets = new Map<string, SimTarget>();
  /** By target: the task that is registered as it. */
  readonly #owners = new Map<string, string>();
  readonly #deployments = new Map<string, ServiceDeploymentRecord>();
  /** By group: percent of its rule's traffic, once that was changed. */
  readonly #weights = new Map<string, number>();
  /** When a service last lost a healthy task by somebody else's doing. */
  readonly #lostAtMs = new Map<string, number>();
  readonly #clock: Clock;
  readonly #onViolation: (text: string) => void;

  constructor(store: Store, options: { readonly clock: Clock; onViolation(text: string): void }) {
    this.#clock = options.clock;
    this.#onViolation = options.onViolation;
    store.watch('/', 0, { onBatch: (batch) => this.#batch(batch), onLost: () => undefined });
  }

  /** Tasks of a service that are not STOPPED. */
  live(key: string): readonly TaskRecord[] {
    return [...(this.#tasks.get(key)?.values() ?? [])].filter(({ lastStatus }) => lastStatus !== 'STOPPED');
  }

  /** Healthy, as the service itself and its targets say. */
  healthy(key: string): number {
    return this.live(key).filter((task) => this.#isHealthy(task)).length;
  }

  targetsOf(task: TaskRecord): readonly (SimTarget | undefined)[] {
    return (task.targets ?? []).map((target) => this.#targets.get(simTargetKey(target.targetGroupArn, target)));
  }

  #isHealthy(task: TaskRecord): boolean {
    if (task.lastStatus !== 'RUNNING' || task.desiredStatus !== 'RUNNING' || task.healthyAtMs === undefined)
      return false;
    return this.targetsOf(task).every((target) => target?.state === 'healthy');
  }

  #batch({ events }: WatchBatch): void {
    const touched = new Set<string>();
    const before = new Map<string, number>();
    const note = (key: string): void => {
      if (!touched.has(key)) before.set(key, this.healthy(key));
      touched.add(key);
    };
    const born: string[] = [];
    const stopped: string[] = [];
    for (const event of events) {
      const key = event.type === 'put' ? event.entry.key : event.key;
      if (key.startsWith(services.prefix)) {
        note(key);
        const row = read(event) as ServiceRecord | undefined;
        if (row !== undefined) this.services.set(key, row);
      } else if (key.startsWith(serviceDeployments.prefix)) {
        const row = read(event) as ServiceDeploymentRecord | undefined;
        if (row !== undefined) this.#deployments.set(key, row);
      } else if (key.startsWith(simTargets.prefix)) this.#targetEvent(key, read(event) as SimTarget | undefined, note);
      else if (key.startsWith(taskPrefix))
        this.#taskEvent(key, read(event) as TaskRecord | undefined, { note, born, stopped });
    }
    for (const service of born) this.#checkMax(service);
    for (const key of touched) this.#check(key, { before: before.get(key) ?? 0, stopped: stopped.includes(key) });
    this.#checkTargets(events);
    for (const event of events)
      if (event.type === 'put' && event.entry.key.startsWith(simRules.prefix)) this.#checkRule(read(event) as SimRule);
  }

  /** Does a deployment shift traffic, or take it back? Such a one has all tasks of two revisions. */
  #shifts(service: ServiceRecord): boolean {
    const [primary] = service.deployments;
    if (primary?.rolloutState !== 'IN_PROGRESS') return false;
    const key = serviceDeploymentKey(ownedBy(service), primary.serviceDeploymentId);
    return (this.#deployments.get(key)?.deploymentConfiguration.strategy ?? 'ROLLING') !== 'ROLLING';
  }

  /** Shares sum to 100, and traffic begins to go where something is healthy, or back to where it was. */
  #checkRule({ arn, weights }: SimRule): void {
    this.trafficShifts += 1;
    if (weights.reduce((sum, { weight }) => sum + weight, 0) !== 100)
      this.#onViolation(`the weights of ${arn} are ${JSON.stringify(weights)}`);
    const [key, service] = [...this.services].find(([, { name }]) => simPair(name).rule === arn) ?? [];
    const [primary] = service?.deployments ?? [];
    for (const { targetGroupArn, weight } of weights) {
      const before =
        this.#weights.get(targetGroupArn) ?? (simPair(service?.name ?? '').groups[0] === targetGroupArn ? 100 : 0);
      this.#weights.set(targetGroupArn, weight);
      if (before > 0 || weight === 0 || key === undefined || primary === undefined) continue;
      const forward = this.live(key).some(
        (task) => task.startedBy === primary.id && task.targets?.some((one) => one.targetGroupArn === targetGroupArn),
      );
      const back = service?.completedRevisionId === primary.revisionId && primary.rolloutState === 'IN_PROGRESS';
      const healthy = this.live(key).filter(
        (task) => this.#isHealthy(task) && task.targets?.some((one) => one.targetGroupArn === targetGroupArn),
      ).length;
      if (forward && !back && healthy === 0 && service?.desiredCount !== 0)
        this.#onViolation(`traffic of ${key} begins to go to ${targetGroupArn}, where nothing is healthy`);
    }
  }

  #targetEvent(key: string, target: SimTarget | undefined, note: (service: string) => void): void {
    const owner = this.#owners.get(key);
    for (const [service, tasks] of this.#tasks) if (owner !== undefined && tasks.has(owner)) note(service);
    if (target === undefined) this.#targets.delete(key);
    else this.#targets.set(key, target);
  }

  #taskEvent(
    key: string,
    task: TaskRecord | undefined,
    told: { note(service: string): void; readonly born: string[]; readonly stopped: string[] },
  ): void {
    const group = task?.group;
    if (task === undefined) {
      for (const tasks of this.#tasks.values()) tasks.delete(key);
      return;
    }
    if (group?.startsWith('service:') !== true) return;
    const service = serviceKey(task, task.cluster, group.slice('service:'.length));
    told.note(service);
    const tasks = this.#tasks.get(service) ?? new Map<string, TaskRecord>();
    this.#tasks.set(service, tasks);
    const before = tasks.get(key);
    if (before === undefined) told.born.push(service);
    const byScheduler = task.stopCode === 'ServiceSchedulerInitiated';
    if (before !== undefined && before.desiredStatus === 'RUNNING' && task.desiredStatus === 'STOPPED' && byScheduler)
      if (this.#isHealthy(before)) told.stopped.push(service);
    tasks.set(key, task);
    for (const target of task.targets ?? []) this.#owners.set(simTargetKey(target.targetGroupArn, target), key);
  }

  #checkMax(key: string): void {
    const service = this.services.get(key);
    if (service === undefined) return this.#onViolation(`a task was started for ${key}, which is not there`);
    if (service.status !== 'ACTIVE') this.#onViolation(`a task was started for ${key}, which is ${service.status}`);
    const { maximumPercent = 200 } = service.deploymentConfiguration;
    // Two whole revisions, and for a moment a third that was overtaken.
    if (this.#shifts(service)) return;
    const max = Math.floor((service.desiredCount * maximumPercent) / 100);
    const live = this.live(key);
    if (live.length > max)
      this.#onViolation(`${key} has ${live.length} live tasks after a start, of ${max} that it may have`);
    for (const { startedBy } of live)
      if (!service.deployments.some(({ id }) => id === startedBy))
        this.#onViolation(`${key} has a live task of ${startedBy}, which is no deployment of it`);
  }

  /** The scheduler may not stop healthy tasks below the minimum; what others take away meanwhile is not its doing. */
  #check(key: string, { before, stopped }: { readonly before: number; readonly stopped: boolean }): void {
    const service = this.services.get(key);
    if (service === undefined) return;
    const after = this.healthy(key);
    const nowMs = this.#clock.nowMs();
    if (!stopped) {
      if (after < before) this.#lostAtMs.set(key, nowMs);
      return;
    }
    const recently = nowMs - (this.#lostAtMs.get(key) ?? 0) < commitMs;
    const { minimumHealthyPercent = 100 } = service.deploymentConfiguration;
    const desired = service.status === 'ACTIVE' ? service.desiredCount : 0;
    const min = Math.ceil((desired * minimumHealthyPercent) / 100);
    // A revision without traffic goes whole.
    if (after < min && !recently && !this.#shifts(service) && service.schedulingStrategy === 'REPLICA')
      this.#onViolation(`the scheduler left ${key} with ${after} healthy tasks of ${before}; ${min} must stay`);
  }

  /** What is in a group and takes traffic is a task that runs; what stops takes none. */
  #checkTargets(events: readonly StoreEvent[]): void {
    for (const event of events) {
      const key = event.type === 'put' ? event.entry.key : event.key;
      if (key.startsWith(simTargets.prefix)) {
        const target = this.#targets.get(key);
        if (target === undefined || target.state === 'draining') continue;
        const owner = this.#find(this.#owners.get(key));
        if (owner?.lastStatus !== 'RUNNING' || owner.desiredStatus !== 'RUNNING')
          this.#onViolation(`${key} is registered, but its task is ${owner?.lastStatus ?? 'not there'}`);
      } else if (key.startsWith(taskPrefix)) {
        const task = this.#find(key);
        if (task === undefined || task.lastStatus === 'RUNNING') continue;
        for (const target of this.targetsOf(task))
          if (target !== undefined && target.state !== 'draining')
            this.#onViolation(
              `${key} is ${task.lastStatus}, but its target ${target.id}:${target.port} is ${target.state}`,
            );
        if (task.lastStatus === 'STOPPING' && (task.targets ?? []).length > 0)
          this.#onViolation(`${key} is STOPPING with targets that have not left`);
      }
    }
  }

  #find(key: string | undefined): TaskRecord | undefined {
    if (key === undefined) return undefined;
    for (const tasks of this.#tasks.values()) {
      const task = tasks.get(key);
      if (task !== undefined) return task;
    }
    return undefined;
  }
}

function read(event: StoreEvent): unknown {
  return event.type === 'put' ? JSON.parse(toText(event.entry.value)) : undefined;
}
