import { describe, expect, it } from 'vitest';
import { MemoryStore, openDatabase, type Versioned } from '../../../store/index.ts';
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
    for (const tags of [true, false])
      expect(describedRow({ row: task, kept }, { tags })).toEqual(describedTask(task, { tags }));
  });

  it('is made once for a row that the tables keep, and anew when the row changed', async () => {
    const db = await openDatabase(new MemoryStore(), [tasks], { log: silentLog, freezeRows: true });
    const key = taskKey(scope, task.cluster, task.id);
    const found = (): Versioned<TaskRecord> => db.get(tasks, key) ?? expect.fail('the task is gone');
    await db.transact((tx) => tx.put(tasks, key, task));
    for (let read = 0; read < 2; read++) found(); // kept from the second time on
    const before = describedRow(found(), { tags: false });
    expect(describedRow(found(), { tags: false })).toBe(before);
    await db.transact((tx) => tx.put(tasks, key, { ...task, lastStatus: 'RUNNING', version: 2 }));
    expect(describedRow(found(), { tags: false })).toMatchObject({ lastStatus: 'RUNNING', version: 2 });
    expect(before).toMatchObject({ lastStatus: 'PENDING', version: 1 });
  });

  it('is not remembered for a row that the tables do not keep', () => {
    const row = { ...task };
    const described = describedRow({ row, kept: false }, { tags: false });
    expect(describedRow({ row, kept: false }, { tags: false })).not.toBe(described);
  });
});
