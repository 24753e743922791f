import { describe, expect, it } from 'vitest';
import { MemoryStore, openDatabase } from '../../../store/index.ts';
import { silentLog } from '../../../kernel/index.ts';
import { taskKey, tasks, type TaskRecord } from '../records/task.ts';
import { describedRow, describedTask } from './described.ts';

const scope = { account: '123456789012', region: 'us-east-1' };
const task: TaskRecord = {
  ...scope,
  cluster: 'default',
  id: '0123456789abcdef0123456789abcdef',
  family: 'web',
  revision: 1,
  launchType: 'EC2',
  desiredStatus: 'RUNNING',
  lastStatus: 'PENDING',
  resources: { cpuUnits: 10, memoryMiB: 64, tcpPorts: [], udpPorts: [] },
  containers: [],
  overrides: {},
  enableExecuteCommand: false,
  tags: [{ key: 'team', value: 'shop' }],
  version: 1,
  createdAtMs: 1_790_000_000_000,
};

describe('describedRow', () => {
  it.each([true, false])('says what describedTask says, with and without tags (kept: %s)', (kept) => {
    for (const tags of [true, false]) expect(describedRow(task, { tags, kept })).toEqual(describedTask(task, { tags }));
  });

  it('is made once for a row that the tables keep, and anew when the row changed', async () => {
    const db = await openDatabase(new MemoryStore(), [tasks], { log: silentLog, freezeRows: true });
    const key = taskKey(scope, task.cluster, task.id);
    const describe = () => {
      const { row } = db.get(tasks, key) ?? expect.fail('the task is gone');
      return describedRow(row, { tags: false, kept: db.table(tasks).keeps(key) });
    };
    await db.transact((tx) => tx.put(tasks, key, task));
    for (let read = 0; read < 2; read++) describe(); // kept from the second time on
    const before = describe();
    expect(describe()).toBe(before);
    await db.transact((tx) => tx.put(tasks, key, { ...task, lastStatus: 'RUNNING', version: 2 }));
    expect(describe()).toMatchObject({ lastStatus: 'RUNNING', version: 2 });
    expect(before).toMatchObject({ lastStatus: 'PENDING', version: 1 });
  });

  it('is not remembered for a row that the tables do not keep', () => {
    const row = { ...task };
    const described = describedRow(row, { tags: false, kept: false });
    expect(describedRow(row, { tags: false, kept: false })).not.toBe(described);
  });
});
