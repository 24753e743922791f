import { expect, test } from 'vitest';
import { aTask, openEcs, scope } from '../contract/opened-ecs.ts';
import { families, familyKey, taskDefinitionKey, taskDefinitions } from '../records/task-definition.ts';
import { tasks, taskKey } from '../records/task.ts';
import type { TaskRecord } from '../records/task.ts';
import { tableUses } from './definition-uses.ts';
import { definitionDeletion, mayDelete, useCheckPeriodMs } from './deletion.ts';

test.each([
  ['ACTIVE' as const, 0, 0, false],
  ['INACTIVE' as const, 0, 0, false],
  ['DELETE_IN_PROGRESS' as const, 1, 0, false],
  ['DELETE_IN_PROGRESS' as const, 0, 1, false],
  ['DELETE_IN_PROGRESS' as const, 0, 0, true],
])('[TD-22] %s with %i tasks and %i services may go: %s', (status, liveTasks, services, want) => {
  expect(mayDelete({ status }, { liveTasks, services })).toBe(want);
});

test('[TD-22] goes when its last task has, keeps its number, and disappears from the lists', async () => {
  const ecs = await openEcs();
  const register = () =>
    ecs.call('RegisterTaskDefinition', { family: 'web', containerDefinitions: [{ name: 'a', image: 'b', memory: 8 }] });
  await register();
  const uses = { now: { liveTasks: 1, services: 0 } };
  const controller = definitionDeletion({
    db: ecs.db,
    clock: { nowMs: () => ecs.nowMs, after: () => () => undefined },
    uses: { of: () => uses.now },
  });
  const keys: string[] = [];
  const stop = controller.watch((key) => keys.push(key));
  await ecs.call('DeregisterTaskDefinition', { taskDefinition: 'web:1' });
  expect(keys).toEqual([]);
  await ecs.call('DeleteTaskDefinitions', { taskDefinitions: ['web:1'] });
  const key = taskDefinitionKey(scope, 'web', 1);
  expect(keys).toEqual([key]);

  expect(await controller.reconcile(key)).toEqual({ wakeAtMs: ecs.nowMs + useCheckPeriodMs });
  expect((await ecs.call('ListTaskDefinitionFamilies', {})).families).toEqual(['web']);
  uses.now = { liveTasks: 0, services: 0 };
  expect(await controller.reconcile(key)).toEqual({});
  expect(ecs.db.get(taskDefinitions, key)).toBe(undefined);
  expect(await controller.reconcile(key)).toEqual({});
  expect((await ecs.call('ListTaskDefinitionFamilies', {})).families).toEqual([]);
  expect(ecs.db.get(families, familyKey(scope, 'web'))?.row.lastRevision).toBe(1);
  expect((await register()).taskDefinition?.revision).toBe(2);
  stop();

  const restarted: string[] = [];
  await ecs.call('DeregisterTaskDefinition', { taskDefinition: 'web:2' });
  await ecs.call('DeleteTaskDefinitions', { taskDefinitions: ['web:2'] });
  controller.watch((each) => restarted.push(each))();
  expect(restarted).toEqual([taskDefinitionKey(scope, 'web', 2)]);
});

test('[TD-22] uses are the tasks of the revision that are not STOPPED', async () => {
  const ecs = await openEcs();
  const put = (id: string, patch: Partial<TaskRecord>) =>
    ecs.db.transact((tx) => tx.put(tasks, taskKey(scope, 'web', id), aTask({ id, ...patch })));
  const live = () => tableUses(ecs.db).of({ ...scope, family: 'web', revision: 1 });
  await put('1', { lastStatus: 'STOPPING' });
  await put('2', { lastStatus: 'STOPPED' });
  await put('3', { revision: 2 });
  await put('4', { account: '999999999999' });
  expect(live()).toEqual({ liveTasks: 1, services: 0 });
  await put('1', { lastStatus: 'STOPPED' });
  expect(live()).toEqual({ liveTasks: 0, services: 0 });
});
