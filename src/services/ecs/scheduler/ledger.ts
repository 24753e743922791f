import type { RowChange, Table, Versioned } from '../../../store/index.ts';
import type { ContainerInstanceRecord, Resources } from '../records/container-instance.ts';
import type { Scope } from '../records/scope.ts';
import type { TaskRecord } from '../records/task.ts';
import type { Holding } from './candidate.ts';
import type { InstanceFacts } from './cluster-query/facts.ts';
import { InstancePool } from './instance-pool.ts';

/** What the ledger is fed from. */
export interface LedgerTables {
  readonly tasks: Table<TaskRecord, 'instanceLive'>;
  readonly containerInstances: Table<ContainerInstanceRecord, 'cluster'>;
}

/** What one container instance has left. */
export interface Available {
  readonly cpuUnits: number;
  readonly memoryMiB: number;
  /** In use or reserved, ascending. */
  readonly tcpPorts: readonly number[];
  readonly udpPorts: readonly number[];
  /** Tasks that reached RUNNING and are not STOPPED. */
  readonly runningTasksCount: number;
  /** Tasks before RUNNING, placements in flight among them. */
  readonly pendingTasksCount: number;
  readonly connected: boolean;
}

export interface Reservation {
  readonly taskKey: string;
  readonly instanceKey: string;
  readonly resources: Resources;
  readonly group: string;
}

interface HeldBy {
  readonly instanceKey: string;
  readonly holding: Holding;
  /** Decided but not committed. */
  inFlight: boolean;
}

const reachedRunning: ReadonlySet<TaskRecord['lastStatus']> = new Set([
  'RUNNING',
  'DEACTIVATING',
  'STOPPING',
  'DEPROVISIONING',
]);

/** The group that spread and distinctInstance count a task in. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement-constraints.html */
export function groupOf(task: Pick<TaskRecord, 'group' | 'family'>): string {
  return task.group ?? `family:${task.family}`;
}

/**
 * What is free on every container instance: what it registered minus what its live tasks, and placements in flight, hold. Kept in memory and derived
 * from the records alone, so a restart loses nothing but reservations, whose transactions were lost with it.
 */
export class Ledger {
  readonly #pools = new Map<string, InstancePool>();
  readonly #held = new Map<string, HeldBy>();
  readonly #connected = new Set<string>();
  readonly #connectListeners = new Set<(instanceKey: string) => void>();

  /** Loads both tables and keeps up with them. @returns stops keeping up */
  follow(tables: LedgerTables): () => void {
    this.load(rows(tables.containerInstances, 'cluster'), rows(tables.tasks, 'instanceLive'));
    const stopInstances = tables.containerInstances.onChange((change) => this.instanceChanged(change));
    const stopTasks = tables.tasks.onChange((change) => this.taskChanged(change));
    return () => {
      stopInstances();
      stopTasks();
    };
  }

  load(
    instances: Iterable<Pick<Versioned<ContainerInstanceRecord>, 'key' | 'row'>>,
    taskRows: Iterable<Pick<Versioned<TaskRecord>, 'key' | 'row'>>,
  ): void {
    for (const { key, row } of instances) this.#setInstance(key, row);
    for (const { key, row } of taskRows) this.#setTask(key, row);
  }

  instanceChanged(change: Pick<RowChange<ContainerInstanceRecord>, 'key' | 'after'>): void {
    this.#setInstance(change.key, change.after);
  }

  taskChanged(change: Pick<RowChange<TaskRecord>, 'key' | 'after'>): void {
    this.#setTask(change.key, change.after);
  }

  /** The agent of an instance connected or went away. Of an instance that is not (yet) known it is remembered. */
  setConnected(instanceKey: string, connected: boolean): void {
    if (connected) this.#connected.add(instanceKey);
    else this.#connected.delete(instanceKey);
    this.#pools.get(poolName(instanceKey))?.setConnected(instanceKey, connected);
    if (connected) for (const listener of this.#connectListeners) listener(instanceKey);
  }

  /** Calls back whenever an agent connected. @returns how to stop */
  onConnected(listener: (instanceKey: string) => void): () => void {
    this.#connectListeners.add(listener);
    return () => void this.#connectListeners.delete(listener);
  }

  /**
   * Holds resources for a placement that is decided but not committed. The committed row takes over by the task's key; without one, `release` must follow.
   * Reserving again moves the reservation; a task that is already committed keeps what its row says.
   */
  reserve(reservation: Reservation): void {
    const { taskKey, instanceKey, resources, group } = reservation;
    const held = this.#held.get(taskKey);
    if (held !== undefined && !held.inFlight) return;
    this.#hold(taskKey, { instanceKey, inFlight: true, holding: { resources, group, wanted: true, running: false } });
  }

  /** Gives a reservation back; no effect when there is none or its row was committed. */
  release(taskKey: string): void {
    if (this.#held.get(taskKey)?.inFlight === true) this.#letGo(taskKey);
  }

  /** Is a placement of the task decided, and not committed yet? */
  isReserved(taskKey: string): boolean {
    return this.#held.get(taskKey)?.inFlight === true;
  }

  /** What an instance has left; undefined when it is not known. */
  available(instanceKey: string): Available | undefined {
    const candidate = this.#pools.get(poolName(instanceKey))?.get(instanceKey);
    if (candidate?.record === undefined) return undefined;
    return {
      cpuUnits: candidate.freeCpuUnits,
      memoryMiB: candidate.freeMemoryMiB,
      tcpPorts: candidate.usedPorts('tcp'),
      udpPorts: candidate.usedPorts('udp'),
      runningTasksCount: candidate.runningTasksCount,
      pendingTasksCount: candidate.pendingTasksCount,
      connected: candidate.agentConnected,
    };
  }

  /** What a cluster query may ask of an instance; undefined when it is not known. */
  facts(instanceKey: string): InstanceFacts | undefined {
    const candidate = this.#pools.get(poolName(instanceKey))?.get(instanceKey);
    return candidate?.record === undefined ? undefined : candidate;
  }

  /** The candidates of a cluster as they are now; ask again for the next request. */
  pool(scope: Scope, cluster: string): InstancePool {
    return this.#pools.get(`${scope.account}/${scope.region}/${cluster}`) ?? new InstancePool();
  }

  #setInstance(key: string, row: ContainerInstanceRecord | undefined): void {
    // INACTIVE instances never come back, and their records outlive them.
    const record = row?.status === 'INACTIVE' ? undefined : row;
    this.#change(key, (pool) => {
      pool.setRecord(key, record);
      pool.setConnected(key, this.#connected.has(key));
    });
  }

  #setTask(key: string, row: TaskRecord | undefined): void {
    if (row === undefined || row.lastStatus === 'STOPPED') return this.#letGo(key);
    if (row.instanceKey === undefined) {
      // Its placement may be in flight just now.
      if (this.#held.get(key)?.inFlight === false) this.#letGo(key);
      return;
    }
    const holding: Holding = {
      resources: row.resources,
      group: groupOf(row),
      wanted: row.desiredStatus === 'RUNNING',
      running: reachedRunning.has(row.lastStatus),
    };
    const held = this.#held.get(key);
    if (held?.inFlight === true && held.instanceKey === row.instanceKey && holdsTheSame(held.holding, holding)) {
      // As it was reserved: nothing changes on the instance, and what the reservation shares with others of its request stays shared.
      held.inFlight = false;
      return;
    }
    this.#hold(key, { instanceKey: row.instanceKey, holding, inFlight: false });
  }

  #hold(taskKey: string, heldBy: HeldBy): void {
    const before = this.#held.get(taskKey);
    this.#held.set(taskKey, heldBy);
    // The new holding comes first: a candidate without record must not vanish in between.
    this.#change(heldBy.instanceKey, (pool) => pool.hold(heldBy.instanceKey, heldBy.holding));
    if (before !== undefined) this.#change(before.instanceKey, (pool) => pool.free(before.instanceKey, before.holding));
  }

  #letGo(taskKey: string): void {
    const held = this.#held.get(taskKey);
    if (held === undefined) return;
    this.#held.delete(taskKey);
    this.#change(held.instanceKey, (pool) => pool.free(held.instanceKey, held.holding));
  }

  #change(instanceKey: string, apply: (pool: InstancePool) => void): void {
    const name = poolName(instanceKey);
    const pool = this.#pools.get(name) ?? new InstancePool();
    this.#pools.set(name, pool);
    apply(pool);
    pool.dropIfGone(instanceKey);
    if (pool.size === 0) this.#pools.delete(name);
  }
}

function holdsTheSame(left: Holding, right: Holding): boolean {
  const same = (key: 'tcpPorts' | 'udpPorts'): boolean => {
    const ports = right.resources[key];
    return (
      left.resources[key].length === ports.length && left.resources[key].every((port, index) => port === ports[index])
    );
  };
  return (
    left.group === right.group &&
    left.wanted === right.wanted &&
    left.running === right.running &&
    left.resources.cpuUnits === right.resources.cpuUnits &&
    left.resources.memoryMiB === right.resources.memoryMiB &&
    same('tcpPorts') &&
    same('udpPorts')
  );
}

/** `account/region/cluster` of a container instance's key. */
function poolName(instanceKey: string): string {
  return instanceKey.slice('/ecs/instance/'.length, instanceKey.lastIndexOf('/'));
}

function* rows<Row, Index extends string>(table: Table<Row, Index>, index: Index): Iterable<Versioned<Row>> {
  for (const value of table.values(index))
    for (const key of table.keys(index, value)) {
      const row = table.get(key);
      if (row !== undefined) yield row;
    }
}
