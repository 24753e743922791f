import { describe, expect, test } from 'vitest';
import { inSubnet } from '../contract/opened-tasks.ts';
import { openShifting, worked, type OpenedShifting } from './contract/opened-shifting.ts';
import { schedulerSettings } from './settings.ts';

const of = { cluster: 'web', service: 'shop' } as const;

/** A service of four tasks that somebody else deploys. */
async function external(): Promise<OpenedShifting> {
  const ecs = await openShifting();
  await ecs.api('CreateService', {
    cluster: 'web',
    serviceName: 'shop',
    desiredCount: 4,
    deploymentController: { type: 'EXTERNAL' },
  });
  return ecs;
}

async function added(ecs: OpenedShifting, revision: number, value: number, group = ecs.groups.one): Promise<string> {
  const { taskSet } = await ecs.api('CreateTaskSet', {
    ...of,
    taskDefinition: `app:${revision}`,
    launchType: 'FARGATE',
    networkConfiguration: inSubnet,
    scale: { unit: 'PERCENT', value },
    loadBalancers: [{ targetGroupArn: group, containerName: 'app', containerPort: 80 }],
  });
  return taskSet?.id ?? '';
}

async function stability(ecs: OpenedShifting) {
  const { taskSets } = await ecs.api('DescribeTaskSets', of);
  return taskSets?.map(({ runningCount, stabilityStatus, status }) => [status, runningCount, stabilityStatus]);
}

describe('task sets', () => {
  test('[SVC-27] each has its share of the desired count, registered in its group, and is steady when its tasks are healthy', async () => {
    const ecs = await external();
    const blue = await added(ecs, 1, 100);
    await ecs.settle();
    expect(await stability(ecs)).toEqual([['ACTIVE', 0, 'STABILIZING']]);
    await worked(ecs);
    await ecs.api('UpdateServicePrimaryTaskSet', { ...of, primaryTaskSet: blue });
    await added(ecs, 2, 30, ecs.groups.two);
    await worked(ecs);
    expect(await stability(ecs)).toEqual([
      ['PRIMARY', 4, 'STEADY_STATE'],
      ['ACTIVE', 2, 'STEADY_STATE'],
    ]);
    const groups = ecs.live().map(({ revision, targets }) => [revision, targets?.[0]?.targetGroupArn]);
    expect(groups.filter(([revision]) => revision === 2)).toEqual([
      [2, ecs.groups.two],
      [2, ecs.groups.two],
    ]);
    const { services } = await ecs.api('DescribeServices', { cluster: 'web', services: ['shop'] });
    const told = services?.[0]?.events?.map(({ message }) => message) ?? [];
    expect(told).toContain(`(service shop, taskSet ${blue}) has reached a steady state.`);
    expect(told).toContain(`(service shop, taskSet ${blue}) registered 1 targets in (target-group ${ecs.groups.one})`);
    expect(told.some((text) => text?.startsWith(`(service shop, taskSet ${blue}) has started 4 tasks: (task `))).toBe(
      true,
    );
    expect(services?.[0]).toMatchObject({ runningCount: 6, taskSets: [{}, {}] });
  });

  test('[SVC-27] follows its scale and the desired count, and replaces what ends', async () => {
    const ecs = await external();
    const set = await added(ecs, 1, 50);
    await worked(ecs);
    expect(ecs.counts()).toEqual({ 1: 2 });
    await ecs.api('UpdateTaskSet', { ...of, taskSet: set, scale: { unit: 'PERCENT', value: 100 } });
    await ecs.settle();
    expect(await stability(ecs)).toEqual([['ACTIVE', 2, 'STABILIZING']]);
    await worked(ecs);
    expect(ecs.counts()).toEqual({ 1: 4 });
    await ecs.update({ desiredCount: 1 });
    await worked(ecs);
    expect(ecs.counts()).toEqual({ 1: 1 });
    const [task] = ecs.live();
    if (task !== undefined) await ecs.report(task, 'STOPPED');
    await worked(ecs);
    expect(await stability(ecs)).toEqual([['ACTIVE', 1, 'STEADY_STATE']]);
  });

  test('[SVC-27] tasks that cannot start are slowed down', async () => {
    const ecs = await external();
    await added(ecs, 1, 25);
    await ecs.work(
      () => false,
      () => true,
    );
    await ecs.settle();
    expect(ecs.service().backOff?.failures).toBe(1);
    expect(ecs.live()).toEqual([]);
    await ecs.clock.advance(schedulerSettings.firstBackOffMs);
    expect(ecs.live()).toHaveLength(1);
  });

  test('[SVC-28] one that drains goes with its last task', async () => {
    const ecs = await external();
    const blue = await added(ecs, 1, 50);
    await added(ecs, 2, 50);
    await worked(ecs);
    await ecs.api('DeleteTaskSet', { ...of, taskSet: blue, force: true });
    await ecs.settle();
    expect((await stability(ecs))?.map(([status]) => status)).toEqual(['DRAINING', 'ACTIVE']);
    await worked(ecs);
    expect(await stability(ecs)).toEqual([['ACTIVE', 2, 'STEADY_STATE']]);
    expect(ecs.counts()).toEqual({ 2: 2 });
  });

  test('[SVC-28] a deleted service takes its task sets along', async () => {
    const ecs = await external();
    await added(ecs, 1, 50);
    await worked(ecs);
    await ecs.api('DeleteService', { ...of, force: true });
    await ecs.settle();
    expect(ecs.service().status).toBe('DRAINING');
    ecs.restart();
    await worked(ecs);
    expect([ecs.service().status, ecs.live()]).toEqual(['INACTIVE', []]);
    const { services } = await ecs.api('DescribeServices', { cluster: 'web', services: ['shop'] });
    expect(services?.[0]?.taskSets).toEqual([]);
  });
});
