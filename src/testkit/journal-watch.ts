import { toText } from '../kernel/index.ts';
import type { Clock } from '../kernel/index.ts';
import { taskArn, taskStatuses, type ContainerInstanceRecord, type TaskRecord } from '../services/ecs/index.ts';
import type { Store, StoreEvent, WatchBatch } from '../store/index.ts';

const taskPrefix = '/ecs/task/';
const instancePrefix = '/ecs/instance/';
const interfacePrefix = '/ec2/network-interface/';
/** Stopped tasks stay describable this long. */
const retentionMs = 60 * 60_000;

/**
 * Follows the journal itself, whatever control plane writes it, and holds every single transaction against what must always be true.
 * What is not true goes to `onViolation`.
 */
export class JournalWatch {
  readonly tasks = new Map<string, TaskRecord>();
  readonly instances = new Map<string, ContainerInstanceRecord>();
  readonly #interfaces = new Set<string>();
  /** Live tasks that have an interface. */
  #attached = 0;
  /** Keys of live tasks by instance. */
  readonly #onInstance = new Map<string, Set<string>>();
  readonly #clock: Clock;
  readonly #onViolation: (text: string) => void;
  /** ARNs of tasks whose record was deleted after its time. */
  readonly deleted = new Set<string>();
  transactions = 0;

  constructor(store: Store, options: { readonly clock: Clock; onViolation(text: string): void }) {
    this.#clock = options.clock;
    this.#onViolation = options.onViolation;
    store.watch('/', 0, {
      onBatch: (batch) => this.#batch(batch),
      onLost: (error) => this.#onViolation(`the journal was lost: ${error.message}`),
    });
  }

  /** Live tasks of an instance. */
  tasksOn(instanceKey: string): readonly TaskRecord[] {
    return [...(this.#onInstance.get(instanceKey) ?? [])].flatMap((key) => this.tasks.get(key) ?? []);
  }

  #batch({ events }: WatchBatch): void {
    this.transactions++;
    const touched = new Set<string>();
    const changed: string[] = [];
    for (const event of events) {
      const key = event.type === 'put' ? event.entry.key : event.key;
      if (key.startsWith(taskPrefix)) {
        changed.push(key);
        this.#taskEvent(key, read(event) as TaskRecord | undefined, touched);
      } else if (key.startsWith(instancePrefix)) {
        this.#instanceEvent(key, read(event) as ContainerInstanceRecord | undefined);
        touched.add(key);
      } else if (key.startsWith(interfacePrefix)) {
        const id = key.slice(key.lastIndexOf('/') + 1);
        if (event.type === 'put') this.#interfaces.add(id);
        else this.#interfaces.delete(id);
      }
    }
    for (const key of touched) this.#checkHolds(key);
    for (const key of changed) this.#checkInterface(key);
    this.#checkInterfaceCount();
  }

  #taskEvent(key: string, after: TaskRecord | undefined, touched: Set<string>): void {
    const before = this.tasks.get(key);
    this.#attached += Number(isAttached(after)) - Number(isAttached(before));
    if (after === undefined) {
      if (before !== undefined) {
        this.#checkDeletion(key, before);
        this.deleted.add(taskArn(before, before.cluster, before.id));
      }
      this.tasks.delete(key);
      return;
    }
    if (before !== undefined) this.#checkStep(key, before, after);
    else if (after.instanceKey !== undefined && this.instances.get(after.instanceKey)?.status !== 'ACTIVE')
      this.#onViolation(`${key} was placed on ${after.instanceKey}, which is not ACTIVE`);
    this.tasks.set(key, after);
    if (after.instanceKey === undefined) return;
    const set = this.#onInstance.get(after.instanceKey) ?? new Set();
    this.#onInstance.set(after.instanceKey, set);
    if (after.lastStatus === 'STOPPED') set.delete(key);
    else set.add(key);
    touched.add(after.instanceKey);
  }

  #instanceEvent(key: string, after: ContainerInstanceRecord | undefined): void {
    const before = this.instances.get(key);
    if (after === undefined) {
      this.instances.delete(key);
      return;
    }
    this.instances.set(key, after);
    if (before?.status === 'INACTIVE' && after.status !== 'INACTIVE')
      this.#onViolation(`${key} came back from INACTIVE`);
    if (before !== undefined && after.sequenceFloor < before.sequenceFloor)
      this.#onViolation(`the sequence numbers of ${key} went back`);
  }

  #checkStep(key: string, before: TaskRecord, after: TaskRecord): void {
    const fail = (what: string): void => this.#onViolation(`${key}: ${what}`);
    if (before.lastStatus === 'STOPPED' && (before.settled === true || after.settled !== true))
      fail('changed after it was STOPPED');
    if (taskStatuses.indexOf(after.lastStatus) < taskStatuses.indexOf(before.lastStatus))
      fail(`went back from ${before.lastStatus} to ${after.lastStatus}`);
    if (before.desiredStatus === 'STOPPED' && after.desiredStatus === 'RUNNING')
      fail('should run again after it should stop');
    if (before.instanceKey !== undefined && before.instanceKey !== after.instanceKey) fail('changed its instance');
    if (before.instanceKey === undefined && after.instanceKey !== undefined)
      if (this.instances.get(after.instanceKey)?.status !== 'ACTIVE')
        fail(`was placed on ${after.instanceKey}, which is not ACTIVE`);
    if (after.version <= before.version) fail(`changed without a new version (${before.version}, ${after.version})`);
    if (before.taskCredentialsId !== after.taskCredentialsId) fail('changed its credentials id');
    if (after.lastStatus === 'STOPPED') {
      if (after.desiredStatus !== 'STOPPED') fail('is STOPPED but should run');
      if (after.stopCode === undefined || (after.stoppedReason ?? '') === '') fail('stopped without a reason');
      if (after.stoppedAtMs === undefined || after.stoppingAtMs === undefined) fail('stopped without its times');
    }
  }

  #checkDeletion(key: string, task: TaskRecord): void {
    const age = this.#clock.nowMs() - (task.stoppedAtMs ?? Number.POSITIVE_INFINITY);
    if (task.lastStatus !== 'STOPPED' || age < retentionMs)
      this.#onViolation(`${key} was deleted ${age} ms after it stopped`);
  }

  /** No instance may hold more than it registered, nor a port twice. */
  #checkHolds(instanceKey: string): void {
    const instance = this.instances.get(instanceKey);
    if (instance === undefined) return;
    const held = this.tasksOn(instanceKey).map(({ resources }) => resources);
    const cpuUnits = held.reduce((sum, one) => sum + one.cpuUnits, 0);
    const memoryMiB = held.reduce((sum, one) => sum + one.memoryMiB, 0);
    if (cpuUnits > instance.registered.cpuUnits || memoryMiB > instance.registered.memoryMiB)
      this.#onViolation(`${instanceKey} holds ${cpuUnits} CPU units and ${memoryMiB} MiB, more than it registered`);
    const ports = [...instance.registered.tcpPorts, ...held.flatMap((one) => one.tcpPorts)];
    if (new Set(ports).size < ports.length) this.#onViolation(`${instanceKey} holds a port twice: ${ports.join(' ')}`);
  }

  #checkInterface(taskKey: string): void {
    const task = this.tasks.get(taskKey);
    if (task?.attachment === undefined) return;
    const there = this.#interfaces.has(task.attachment.networkInterfaceId);
    const live = task.lastStatus !== 'STOPPED';
    if (live && !there) this.#onViolation(`${taskKey} is ${task.lastStatus} but its interface is gone`);
    if (!live && there) this.#onViolation(`${taskKey} is STOPPED but its interface is still there`);
    if (!live && task.attachment.status !== 'DELETED')
      this.#onViolation(`${taskKey} is STOPPED but its attachment is ${task.attachment.status}`);
  }

  #checkInterfaceCount(): void {
    if (this.#attached !== this.#interfaces.size)
      this.#onViolation(`${this.#interfaces.size} interfaces for ${this.#attached} tasks that have one`);
  }
}

function isAttached(task: TaskRecord | undefined): boolean {
  return task?.attachment !== undefined && task.lastStatus !== 'STOPPED';
}

function read(event: StoreEvent): unknown {
  return event.type === 'put' ? JSON.parse(toText(event.entry.value)) : undefined;
}
