import { expect, test } from 'vitest';
import { serviceEvents } from '../records/service-event.ts';
import { openShifting, worked, type OpenedShifting } from './contract/opened-shifting.ts';
import { events } from './events.ts';

/** What a service's events say, oldest first, from a number on; ids of tasks as `T`. */
function said(ecs: OpenedShifting, from = 0): readonly string[] {
  const { account, region, cluster, name, incarnation } = ecs.service();
  const keys = ecs.db.table(serviceEvents).keys('service', `${account}/${region}/${cluster}/${name}/${incarnation}`);
  return [...keys]
    .flatMap((key) => ecs.db.get(serviceEvents, key)?.row ?? [])
    .toSorted((left, right) => left.number - right.number)
    .filter(({ number }) => number > from)
    .map(({ message }) => message.replaceAll(/\(task [0-9a-f]+\)/g, '(task T)'));
}

test('[SVC-30] a rolling update: what the earlier deployment drains is told with its id', async () => {
  const ecs = await openShifting();
  await ecs.create({ strategy: 'ROLLING' });
  await worked(ecs);
  const [old] = ecs.service().deployments;
  const { lastEvent } = ecs.service();
  await ecs.update({ taskDefinition: 'app:2' });
  await worked(ecs);
  const [primary] = ecs.service().deployments;
  expect(said(ecs, lastEvent)).toEqual([
    '(service shop) has started 2 tasks: (task T) (task T).',
    `(service shop) registered 1 targets in (target-group ${ecs.groups.one})`,
    `(service shop) registered 1 targets in (target-group ${ecs.groups.one})`,
    '(service shop) has stopped 2 running tasks: (task T) (task T).',
    `(service shop) deregistered 2 targets in (target-group ${ecs.groups.one})`,
    `(service shop, taskSet ${old?.id}) has begun draining connections on 2 tasks.`,
    `(service shop) (deployment ${primary?.id}) deployment completed.`,
    '(service shop) has reached a steady state.',
  ]);
});

test('[SVC-30] scaling in: its own tasks drain without an id, and those that never ran are pending', async () => {
  const ecs = await openShifting();
  await ecs.create({ strategy: 'ROLLING' });
  await worked(ecs);
  await ecs.update({ desiredCount: 3 });
  await ecs.settle();
  const { lastEvent } = ecs.service();
  await ecs.update({ desiredCount: 1 });
  await worked(ecs);
  expect(said(ecs, lastEvent)).toEqual([
    '(service shop) has stopped 1 running tasks: (task T).',
    '(service shop) stopped 1 pending tasks.',
    `(service shop) deregistered 1 targets in (target-group ${ecs.groups.one})`,
    '(service shop) has begun draining connections on 1 tasks.',
    '(service shop) has reached a steady state.',
  ]);
});

test('[SVC-30] sentences with more than one shape', () => {
  const target = { taskKey: '/x/7', port: 80, group: 'arn', reason: 'Health checks failed with these codes: [503].' };
  expect(events.unhealthyTarget('web', target)).toBe(
    '(service web) (task 7) (port 80) is unhealthy in (target-group arn) due to (reason Health checks failed with these codes: [503]).',
  );
  expect(events.unhealthyTarget('web', { ...target, instance: 'i-1', reason: 'Request timed out' })).toBe(
    '(service web) (task 7) (instance i-1) (port 80) is unhealthy in (target-group arn) due to (reason Request timed out).',
  );
  const zones = new Map([
    ['b', 1],
    ['c', 3],
    ['a', 1],
  ]);
  expect(events.unbalanced('web', zones)).toBe(
    '(service web) is not AZ balanced with 3 tasks in c, 1 tasks in a, 1 tasks in b. AZ Rebalancing in progress.',
  );
});
