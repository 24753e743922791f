import { describe, expect, test } from 'vitest';
import { silentLog, type Clock } from '../../../kernel/index.ts';
import { MemoryStore, openDatabase, type OpenDatabase } from '../../../store/index.ts';
import { FakeRegistrar } from '../contract/fake-registrar.ts';
import { FakeTargets } from '../contract/fake-targets.ts';
import { FakeVolumes } from '../contract/fake-volumes.ts';
import { aTask } from '../contract/opened-ecs.ts';
import type { TaskInterfaces } from '../ports.ts';
import { taskKey, tasks, type TaskRecord } from '../records/task.ts';
import { liveTaskCount, stopEverything } from './stop-everything.ts';

const instanceKey = '/ecs/container-instance/000000000000/us-east-1/fargate/1';
const reason = 'Stopped by longshore down';

/** A clock that stands still until the test moves it. */
class StillClock implements Clock {
  readonly #due: (() => void)[] = [];
  #nowMs = 1_000;
  nowMs(): number {
    return this.#nowMs;
  }
  after(_delayMs: number, run: () => void): () => void {
    this.#due.push(run);
    return () => void this.#due.splice(this.#due.indexOf(run), 1);
  }
  passAll(ms: number): void {
    this.#nowMs += ms;
    for (const run of [...this.#due]) run();
  }
  get waiting(): number {
    return this.#due.length;
  }
}

const interfaces: TaskInterfaces = {
  create: () => {
    throw new Error('no interface is made here');
  },
  zone: () => undefined,
  remove: () => undefined,
};
const targets = new FakeTargets();
const registrar = new FakeRegistrar();
const volumes = new FakeVolumes();
const awayInstance = `${instanceKey}-away`;
/** Every agent has a session but one. */
const connections = { quietSinceMs: (key: string) => (key === awayInstance ? 0 : undefined) };

async function opened(...rows: readonly TaskRecord[]): Promise<{ db: OpenDatabase; clock: StillClock }> {
  const db = await openDatabase(new MemoryStore(), [tasks], { log: silentLog, freezeRows: true });
  for (const row of rows) await db.transact((tx) => tx.put(tasks, taskKey(row, row.cluster, row.id), row));
  return { db, clock: new StillClock() };
}

function many(count: number, patch: Partial<TaskRecord>): TaskRecord[] {
  return Array.from({ length: count }, (_, at) => aTask({ id: String(at).padStart(32, '0'), ...patch }));
}

describe('stopEverything', () => {
  test('is done at once where nothing lives', async () => {
    const { db, clock } = await opened(aTask({ lastStatus: 'STOPPED', desiredStatus: 'STOPPED' }));
    const deps = { db, clock, interfaces, volumes, targets, registrar, connections };
    expect(await stopEverything(deps, { reason, withinMs: 10, connectedWithinMs: 5 })).toEqual({
      told: 0,
      left: 0,
      unreachable: 0,
    });
    expect(clock.waiting).toBe(0);
  });

  test('tells the tasks of every account, gives up those nobody runs, and waits for the agents', async () => {
    const running = [...many(12, { instanceKey }), aTask({ account: '111122223333', instanceKey })];
    const unplaced = aTask({ id: 'f'.repeat(32), lastStatus: 'PROVISIONING' });
    const { db, clock } = await opened(...running, unplaced);
    const deps = { db, clock, interfaces, volumes, targets, registrar, connections };
    expect(liveTaskCount(deps)).toBe(14);
    const done = stopEverything(deps, { reason, withinMs: 10, connectedWithinMs: 5 });
    await expect.poll(() => liveTaskCount(deps)).toBe(13);
    await expect
      .poll(() => running.map((row) => db.get(tasks, taskKey(row, row.cluster, row.id))?.row.desiredStatus))
      .toEqual(running.map(() => 'STOPPED'));
    for (const row of running) {
      const key = taskKey(row, row.cluster, row.id);
      expect(db.get(tasks, key)?.row).toMatchObject({ stoppedReason: reason, stopCode: 'UserInitiated' });
      // What the agent's report does.
      await db.transact((tx) => tx.put(tasks, key, { ...tx.get(tasks, key)!, lastStatus: 'STOPPED' }));
    }
    expect(await done).toEqual({ told: 14, left: 0, unreachable: 0 });
    expect(clock.waiting).toBe(0);
  });

  test('says how many are left when the time is over, and tells nobody twice', async () => {
    const told = { desiredStatus: 'STOPPED', stoppedReason: 'enough', stopCode: 'UserInitiated', instanceKey } as const;
    const { db, clock } = await opened(...many(2, told));
    const deps = { db, clock, interfaces, volumes, targets, registrar, connections };
    const done = stopEverything(deps, { reason, withinMs: 10, connectedWithinMs: 5 });
    await expect.poll(() => clock.waiting).toBe(1);
    clock.passAll(10);
    expect(await done).toEqual({ told: 0, left: 2, unreachable: 0 });
    const row = aTask({ id: '0'.repeat(32), ...told });
    expect(db.get(tasks, taskKey(row, row.cluster, row.id))?.row.stoppedReason).toBe('enough');
  });

  test('does not wait for agents that are not there, once the others are done', async () => {
    const [reached] = many(1, { instanceKey });
    const { db, clock } = await opened(reached!, aTask({ id: 'e'.repeat(32), instanceKey: awayInstance }));
    const deps = { db, clock, interfaces, volumes, targets, registrar, connections };
    let over = false;
    const done = stopEverything(deps, { reason, withinMs: 1_000, connectedWithinMs: 5 }).finally(() => (over = true));
    await expect.poll(() => clock.waiting).toBe(1);
    clock.passAll(10);
    await Promise.resolve();
    expect(over).toBe(false);
    const key = taskKey(reached!, reached!.cluster, reached!.id);
    await db.transact((tx) => tx.put(tasks, key, { ...tx.get(tasks, key)!, lastStatus: 'STOPPED' }));
    expect(over).toBe(false);
    clock.passAll(10);
    expect(await done).toEqual({ told: 2, left: 1, unreachable: 1 });
    expect(clock.waiting).toBe(0);
  });
});
