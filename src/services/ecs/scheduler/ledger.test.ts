import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RowChange, Table } from '../../../store/index.ts';
import type { ContainerInstanceRecord } from '../records/container-instance.ts';
import { containerInstanceKey } from '../records/container-instance.ts';
import type { TaskRecord, TaskStatus } from '../records/task.ts';
import { taskKey, taskStatuses } from '../records/task.ts';
import type { LedgerTables } from './ledger.ts';
import { Ledger, groupOf } from './ledger.ts';

const scope = { account: '123456789012', region: 'us-east-1' };
const cluster = 'c';

function instanceRow(id: string, changes: Partial<ContainerInstanceRecord> = {}): ContainerInstanceRecord {
  return {
    ...scope,
    cluster,
    id,
    launchType: 'EC2',
    status: 'ACTIVE',
    registered: { cpuUnits: 2048, memoryMiB: 4096, tcpPorts: [22, 2375], udpPorts: [] },
    attributes: [],
    registeredAtMs: 0,
    version: 1,
    sequenceFloor: 0,
    tags: [],
    ...changes,
  };
}

function taskRow(id: string, changes: Partial<TaskRecord> = {}): TaskRecord {
  return {
    ...scope,
    cluster,
    id,
    family: 'web',
    revision: 1,
    launchType: 'EC2',
    desiredStatus: 'RUNNING',
    lastStatus: 'PENDING',
    resources: { cpuUnits: 256, memoryMiB: 512, tcpPorts: [], udpPorts: [] },
    containers: [],
    overrides: {},
    enableExecuteCommand: false,
    tags: [],
    version: 1,
    createdAtMs: 0,
    ...changes,
  };
}

const iKey = (id: string): string => containerInstanceKey(scope, cluster, id);
const tKey = (id: string): string => taskKey(scope, cluster, id);
const resources = (cpuUnits: number, tcpPorts: readonly number[] = []) => ({
  cpuUnits,
  memoryMiB: cpuUnits * 2,
  tcpPorts,
  udpPorts: [] as readonly number[],
});

function ledgerWith(...ids: readonly string[]): Ledger {
  const ledger = new Ledger();
  ledger.load(
    ids.map((id) => ({ key: iKey(id), row: instanceRow(id) })),
    [],
  );
  return ledger;
}

test('[PL-1] free is registered minus what live tasks hold, STOPPING ones included', () => {
  const ledger = ledgerWith('a');
  ledger.taskChanged({
    key: tKey('1'),
    after: taskRow('1', { instanceKey: iKey('a'), lastStatus: 'RUNNING', resources: resources(256, [80]) }),
  });
  ledger.taskChanged({
    key: tKey('2'),
    after: taskRow('2', { instanceKey: iKey('a'), lastStatus: 'STOPPING', desiredStatus: 'STOPPED' }),
  });
  ledger.taskChanged({ key: tKey('3'), after: taskRow('3', { instanceKey: iKey('a'), lastStatus: 'STOPPED' }) });
  ledger.taskChanged({ key: tKey('4'), after: taskRow('4', { lastStatus: 'PROVISIONING' }) });
  expect(ledger.available(iKey('a'))).toEqual({
    cpuUnits: 2048 - 512,
    memoryMiB: 4096 - 1024,
    tcpPorts: [22, 80, 2375],
    udpPorts: [],
    runningTasksCount: 2,
    pendingTasksCount: 0,
    connected: false,
  });
});

test('[PL-2] a committed row takes over from its reservation, whatever is released after', () => {
  const ledger = ledgerWith('a', 'b');
  const reserve = (id: string): void =>
    ledger.reserve({ taskKey: tKey('1'), instanceKey: iKey(id), resources: resources(100), group: 'g' });
  reserve('a');
  reserve('a');
  expect(ledger.available(iKey('a'))?.cpuUnits).toBe(1948);
  ledger.taskChanged({ key: tKey('1'), after: taskRow('1', { lastStatus: 'PROVISIONING' }) });
  expect(ledger.available(iKey('a'))?.cpuUnits).toBe(1948);
  ledger.taskChanged({ key: tKey('1'), after: taskRow('1', { instanceKey: iKey('b'), resources: resources(100) }) });
  ledger.release(tKey('1'));
  reserve('a');
  expect(ledger.available(iKey('a'))?.cpuUnits).toBe(2048);
  expect(ledger.available(iKey('b'))?.cpuUnits).toBe(1948);
});

test('[PL-2] a committed row holds what it says, whether or not that was reserved', () => {
  const ledger = ledgerWith('a');
  for (const id of ['1', '2'])
    ledger.reserve({ taskKey: tKey(id), instanceKey: iKey('a'), resources: resources(100, [80]), group: 'family:web' });
  const row = (id: string, cpuUnits: number): TaskRecord =>
    taskRow(id, { instanceKey: iKey('a'), lastStatus: 'PENDING', resources: resources(cpuUnits, [80]) });
  ledger.taskChanged({ key: tKey('1'), after: row('1', 100) });
  ledger.taskChanged({ key: tKey('2'), after: row('2', 300) });
  for (const id of ['1', '2']) ledger.release(tKey(id));
  expect(ledger.available(iKey('a'))).toMatchObject({ cpuUnits: 2048 - 400, pendingTasksCount: 2 });
  for (const id of ['1', '2']) ledger.taskChanged({ key: tKey(id), after: undefined });
  expect(ledger.available(iKey('a'))).toMatchObject({ cpuUnits: 2048, tcpPorts: [22, 2375], pendingTasksCount: 0 });
});

test('[PL-3] a released reservation is free again', () => {
  const ledger = ledgerWith('a');
  ledger.reserve({ taskKey: tKey('1'), instanceKey: iKey('a'), resources: resources(100, [80]), group: 'g' });
  expect(ledger.available(iKey('a'))).toMatchObject({ cpuUnits: 1948, tcpPorts: [22, 80, 2375], pendingTasksCount: 1 });
  ledger.release(tKey('1'));
  ledger.release(tKey('1'));
  expect(ledger.available(iKey('a'))).toMatchObject({ cpuUnits: 2048, tcpPorts: [22, 2375], pendingTasksCount: 0 });
});

test('an instance that comes back after its tasks still counts them', () => {
  const ledger = ledgerWith('a');
  ledger.taskChanged({ key: tKey('1'), after: taskRow('1', { instanceKey: iKey('a'), resources: resources(100) }) });
  ledger.instanceChanged({ key: iKey('a'), after: instanceRow('a', { status: 'INACTIVE' }) });
  expect(ledger.available(iKey('a'))).toBeUndefined();
  ledger.instanceChanged({ key: iKey('a'), after: instanceRow('a') });
  expect(ledger.available(iKey('a'))?.cpuUnits).toBe(1948);
});

test('connections are remembered for instances that are not known yet', () => {
  const ledger = new Ledger();
  ledger.setConnected(iKey('a'), true);
  ledger.instanceChanged({ key: iKey('a'), after: instanceRow('a') });
  expect(ledger.available(iKey('a'))?.connected).toBe(true);
  ledger.setConnected(iKey('a'), false);
  expect(ledger.available(iKey('a'))?.connected).toBe(false);
});

test('follow loads what is there and listens from then on', () => {
  const listeners: ((change: RowChange<TaskRecord>) => void)[] = [];
  const table = <Row, Index extends string>(present: ReadonlyMap<string, Row>, onChange: unknown): Table<Row, Index> =>
    ({
      values: () => ['all'],
      keys: () => present.keys(),
      get: (key: string) => ({ key, row: present.get(key), modRevision: 1 }),
      onChange,
    }) as unknown as Table<Row, Index>;
  const tables: LedgerTables = {
    containerInstances: table(new Map([[iKey('a'), instanceRow('a')]]), () => () => undefined),
    tasks: table(
      new Map([[tKey('1'), taskRow('1', { instanceKey: iKey('a'), resources: resources(100) })]]),
      (listener: (change: RowChange<TaskRecord>) => void) => {
        listeners.push(listener);
        return () => listeners.splice(0);
      },
    ),
  };
  const ledger = new Ledger();
  const stop = ledger.follow(tables);
  expect(ledger.available(iKey('a'))?.cpuUnits).toBe(1948);
  for (const listener of listeners) listener({ key: tKey('1'), revision: 2, before: undefined, after: undefined });
  expect(ledger.available(iKey('a'))?.cpuUnits).toBe(2048);
  stop();
  expect(listeners).toEqual([]);
});

// A model: rows and reservations as they stand; everything is computed from them anew.
const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q', 'r'];
const instanceIds = fc.constantFrom(...ids);
const taskIds = fc.integer({ min: 0, max: 30 }).map(String);
const someResources = fc.record({
  cpuUnits: fc.integer({ min: 0, max: 500 }),
  memoryMiB: fc.integer({ min: 0, max: 500 }),
  tcpPorts: fc.uniqueArray(fc.constantFrom(80, 443, 22), { maxLength: 2 }),
  udpPorts: fc.uniqueArray(fc.constantFrom(53, 80), { maxLength: 1 }),
});
const groups = fc.constantFrom('service:x', 'service:y', 'family:z');
const operations = fc.oneof(
  fc.record({
    kind: fc.constant('instance' as const),
    id: instanceIds,
    status: fc.constantFrom('ACTIVE' as const, 'DRAINING' as const, 'INACTIVE' as const, 'gone' as const),
    zone: fc.constantFrom('a', 'b', ''),
    connected: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('task' as const),
    id: taskIds,
    instance: fc.option(instanceIds, { nil: undefined }),
    lastStatus: fc.constantFrom<TaskStatus | 'gone'>(...taskStatuses, 'gone'),
    desiredStatus: fc.constantFrom('RUNNING' as const, 'STOPPED' as const),
    resources: someResources,
    group: groups,
  }),
  fc.record({
    kind: fc.constant('reserve' as const),
    id: taskIds,
    instance: instanceIds,
    resources: someResources,
    group: groups,
  }),
  fc.record({ kind: fc.constant('release' as const), id: taskIds }),
);

type Operation = typeof operations extends fc.Arbitrary<infer T> ? T : never;

class Model {
  readonly instances = new Map<string, ContainerInstanceRecord>();
  readonly tasks = new Map<string, TaskRecord>();
  readonly reservations = new Map<string, { instance: string; resources: TaskRecord['resources']; group: string }>();
  readonly connected = new Set<string>();

  apply(operation: Operation, ledger: Ledger): void {
    if (operation.kind === 'instance') this.#instance(operation, ledger);
    else if (operation.kind === 'task') this.#task(operation, ledger);
    else if (operation.kind === 'reserve') {
      const row = this.tasks.get(operation.id);
      const committed = row?.instanceKey !== undefined && row.lastStatus !== 'STOPPED';
      if (!committed) this.reservations.set(operation.id, operation);
      ledger.reserve({
        taskKey: tKey(operation.id),
        instanceKey: iKey(operation.instance),
        resources: operation.resources,
        group: operation.group,
      });
    } else {
      this.reservations.delete(operation.id);
      ledger.release(tKey(operation.id));
    }
  }

  #instance(operation: Extract<Operation, { kind: 'instance' }>, ledger: Ledger): void {
    const attributes = operation.zone === '' ? [] : [{ name: 'ecs.availability-zone', value: operation.zone }];
    const row =
      operation.status === 'gone' ? undefined : instanceRow(operation.id, { status: operation.status, attributes });
    if (row === undefined || row.status === 'INACTIVE') this.instances.delete(operation.id);
    else this.instances.set(operation.id, row);
    if (operation.connected) this.connected.add(operation.id);
    else this.connected.delete(operation.id);
    ledger.setConnected(iKey(operation.id), operation.connected);
    ledger.instanceChanged({ key: iKey(operation.id), after: row });
  }

  #task(operation: Extract<Operation, { kind: 'task' }>, ledger: Ledger): void {
    const { id, lastStatus, instance, desiredStatus, group } = operation;
    if (lastStatus === 'gone') {
      this.tasks.delete(id);
      this.reservations.delete(id);
      return ledger.taskChanged({ key: tKey(id), after: undefined });
    }
    const placed = instance === undefined ? {} : { instanceKey: iKey(instance) };
    const row = taskRow(id, { lastStatus, desiredStatus, group, resources: operation.resources, ...placed });
    this.tasks.set(id, row);
    if (instance !== undefined || lastStatus === 'STOPPED') this.reservations.delete(id);
    ledger.taskChanged({ key: tKey(id), after: row });
  }

  expected(id: string) {
    const record = this.instances.get(id);
    if (record === undefined) return undefined;
    const live = [...this.tasks.values()].filter((row) => row.instanceKey === iKey(id) && row.lastStatus !== 'STOPPED');
    const inFlight = [...this.reservations.values()].filter(({ instance }) => instance === id);
    const held = [...live, ...inFlight].map((each) => each.resources);
    const sum = (amount: (one: TaskRecord['resources']) => number): number =>
      held.reduce((total, one) => total + amount(one), 0);
    const ports = (one: (of: TaskRecord['resources']) => readonly number[]): readonly number[] =>
      [...new Set([...one(record.registered), ...held.flatMap(one)])].sort((a, b) => a - b);
    const running = live.filter(
      (row) => taskStatuses.indexOf(row.lastStatus) >= taskStatuses.indexOf('RUNNING'),
    ).length;
    return {
      available: {
        cpuUnits: record.registered.cpuUnits - sum((one) => one.cpuUnits),
        memoryMiB: record.registered.memoryMiB - sum((one) => one.memoryMiB),
        tcpPorts: ports((one) => one.tcpPorts),
        udpPorts: ports((one) => one.udpPorts),
        runningTasksCount: running,
        pendingTasksCount: held.length - running,
        connected: this.connected.has(id),
      },
      groups: [
        ...live.filter((row) => row.desiredStatus === 'RUNNING').map(groupOf),
        ...inFlight.map(({ group }) => group),
      ].sort(),
    };
  }
}

test('[PL-4] after any history the ledger and its columns are what the rows and reservations say', () => {
  fc.assert(
    fc.property(fc.array(operations, { maxLength: 80 }), (history) => {
      const ledger = new Ledger();
      const model = new Model();
      for (const operation of history) {
        model.apply(operation, ledger);
        // Columns asked for early must be kept right by what follows.
        ledger.pool(scope, cluster).groupColumn('service:x');
        ledger.pool(scope, cluster).attributeColumn('ecs.availability-zone');
      }
      const pool = ledger.pool(scope, cluster);
      for (const id of ids) {
        const want = model.expected(id);
        expect(ledger.available(iKey(id))).toEqual(want?.available);
        if (want === undefined) continue;
        const candidate = pool.get(iKey(id))!;
        const { slot } = candidate;
        const count = (group: string): number => want.groups.filter((one) => one === group).length;
        expect(pool.freeCpuUnits[slot]).toBe(want.available.cpuUnits);
        expect(pool.freeMemoryMiB[slot]).toBe(want.available.memoryMiB);
        expect(pool.readiness[slot]).toBe(model.instances.get(id)?.status === 'ACTIVE' ? 1 : 0);
        expect(pool.groupColumn('service:x')[slot]).toBe(count('service:x'));
        expect([...candidate.taskGroups].sort()).toEqual([...new Set(want.groups)].sort());
        expect(candidate.countGroup('service:y')).toBe(count('service:y'));
        const zones = pool.attributeColumn('ecs.availability-zone');
        expect(zones.numbers[slot]).toBe(zones.values.get(candidate.attributes.get('ecs.availability-zone') ?? ''));
      }
      // Nothing is kept of instances that have neither a record nor tasks.
      const named = ids.filter(
        (id) =>
          model.instances.has(id) ||
          [...model.tasks.values()].some((row) => row.instanceKey === iKey(id) && row.lastStatus !== 'STOPPED') ||
          [...model.reservations.values()].some(({ instance }) => instance === id),
      );
      expect(pool.size).toBe(named.length);
    }),
    { numRuns: 500 },
  );
});
