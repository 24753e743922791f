import { describe, expect, test } from 'vitest';
import { defined, fargate, inSubnet, joined, openTasks, type OpenedTasks } from '../contract/opened-tasks.ts';
import { fargatePoolCluster, platformAccount } from '../records/scope.ts';
import { containerInstances } from '../records/container-instance.ts';
import { tasks } from '../records/task.ts';
import { capacityWaitMs, placementController } from '../tasks/placement-controller.ts';
import { stoppedTaskCleanUp, stoppedTaskLifeMs } from '../tasks/stopped-clean-up.ts';
import { connectivityController, connectivityGraceMs, connectivityLookMs } from './connectivity-controller.ts';
import { leftInstanceCleanUp, leftInstanceLifeMs } from './left-clean-up.ts';
import { orphansController } from './orphans-controller.ts';

async function ready() {
  const ecs = await openTasks();
  await ecs.call('CreateCluster', { clusterName: 'web' });
  await defined(ecs, 'app', { containerDefinitions: [{ name: 'app', image: 'busybox', cpu: 10, memory: 16 }] });
  return ecs;
}

async function started(ecs: OpenedTasks, count: number): Promise<readonly string[]> {
  const arns: string[] = [];
  while (arns.length < count) {
    const answer = await ecs.call('RunTask', {
      cluster: 'web',
      taskDefinition: 'app',
      count: Math.min(10, count - arns.length),
    });
    arns.push(...(answer.tasks ?? []).map((task) => task.taskArn ?? ''));
  }
  for (const task of arns) await ecs.call('SubmitTaskStateChange', { task, status: 'RUNNING' });
  return arns;
}

const show = async (ecs: OpenedTasks, named: readonly string[]) =>
  (await ecs.call('DescribeTasks', { cluster: 'web', tasks: [...named] })).tasks ?? [];

describe('connectivity', () => {
  test('[TK-30] is DISCONNECTED after the agent was away for a minute, of all tasks, and CONNECTED when it is back', async () => {
    const ecs = await ready();
    const { arn } = await joined(ecs, 'web');
    const socket = await ecs.connect(arn);
    const named = await started(ecs, 80);
    const stop = ecs.run(connectivityController({ ...ecs.deps, connections: ecs.gateway }));
    const all = async () => new Set((await show(ecs, named)).map((task) => task.connectivity));
    await ecs.clock.advance(connectivityLookMs);
    expect(await all()).toEqual(new Set(['CONNECTED']));
    socket.close(1006, '');
    await ecs.clock.advance(connectivityGraceMs - 1_000);
    expect(await all()).toEqual(new Set(['CONNECTED']));
    await ecs.clock.advance(connectivityLookMs + 1_000);
    expect(await all()).toEqual(new Set(['DISCONNECTED']));
    await ecs.connect(arn);
    await ecs.clock.advance(connectivityLookMs);
    expect(await all()).toEqual(new Set(['CONNECTED']));
    stop();
  });

  test('[TK-30] a task that no agent reported on has none', async () => {
    const ecs = await ready();
    await joined(ecs, 'web');
    const { tasks: [task] = [] } = await ecs.call('RunTask', { cluster: 'web', taskDefinition: 'app' });
    const stop = ecs.run(connectivityController({ ...ecs.deps, connections: ecs.gateway }));
    await ecs.clock.advance(2 * connectivityGraceMs);
    expect((await show(ecs, [task?.taskArn ?? '']))[0]?.connectivity).toBeUndefined();
    stop();
  });
});

describe('instances that left', () => {
  test('[CI-10] give up their tasks, however many, keeping why one was told to stop', async () => {
    const ecs = await ready();
    const { id } = await joined(ecs, 'web');
    const named = await started(ecs, 25);
    await ecs.call('StopTask', { cluster: 'web', task: named[0] ?? '', reason: 'enough' });
    const stop = ecs.run(orphansController(ecs.deps));
    await ecs.call('DeregisterContainerInstance', { cluster: 'web', containerInstance: id, force: true });
    await ecs.clock.advance(1_000);
    const [first, ...rest] = await show(ecs, named);
    expect(first).toMatchObject({ lastStatus: 'STOPPED', stoppedReason: 'enough', stopCode: 'UserInitiated' });
    for (const task of rest)
      expect(task).toMatchObject({
        lastStatus: 'STOPPED',
        stoppedReason: 'Container instance deregistration forced by user',
      });
    stop();
  });

  test('[CI-11] are forgotten after an hour, but not while they have a task', async () => {
    const ecs = await ready();
    const { id, key } = await joined(ecs, 'web');
    const [task = ''] = await started(ecs, 1);
    const stop = ecs.run(leftInstanceCleanUp(ecs.deps));
    await ecs.call('DeregisterContainerInstance', { cluster: 'web', containerInstance: id, force: true });
    await ecs.clock.advance(leftInstanceLifeMs);
    expect(ecs.db.get(containerInstances, key)?.row.status).toBe('INACTIVE');
    await ecs.call('SubmitTaskStateChange', { task, status: 'STOPPED' });
    await ecs.clock.advance(leftInstanceLifeMs);
    expect(ecs.db.get(containerInstances, key)).toBeUndefined();
    stop();
  });
});

describe('FARGATE', () => {
  const request = {
    cluster: 'web',
    taskDefinition: 'serverless',
    launchType: 'FARGATE',
    networkConfiguration: inSubnet,
  } as const;

  async function pooled() {
    const ecs = await ready();
    await defined(ecs, 'serverless', fargate);
    return ecs;
  }

  test('[TK-31] a task that finds no capacity in five minutes fails in ECS’s words', async () => {
    const ecs = await pooled();
    const stop = ecs.run(placementController(ecs.deps));
    const { tasks: [task] = [] } = await ecs.call('RunTask', request);
    await ecs.clock.advance(capacityWaitMs + 2_000);
    expect((await show(ecs, [task?.taskArn ?? '']))[0]).toMatchObject({
      lastStatus: 'STOPPED',
      stopCode: 'TaskFailedToStart',
      stoppedReason: expect.stringMatching(/^Capacity is unavailable at this time/) as string,
    });
    expect(ecs.interfaces.live.size).toBe(0);
    stop();
  });

  test('[TK-31] waiting tasks are placed as soon as a machine joins the pool, each where there is room', async () => {
    const ecs = await pooled();
    const stop = ecs.run(placementController(ecs.deps));
    await ecs.call('RunTask', { ...request, count: 3 });
    await ecs.clock.advance(5_000);
    expect(ecs.db.table(tasks).count('unplaced', 'all')).toBe(3);
    const { containerInstance } = await ecs.call(
      'RegisterContainerInstance',
      {
        cluster: fargatePoolCluster,
        totalResources: [
          { name: 'CPU', integerValue: 512 },
          { name: 'MEMORY', integerValue: 4096 },
        ],
        attributes: [{ name: 'longshore.zones', value: 'a,b,c' }],
      },
      platformAccount,
    );
    const id = containerInstance?.containerInstanceArn?.split('/').at(-1) ?? '';
    ecs.ledger.setConnected(`/ecs/instance/${platformAccount}/us-east-1/${fargatePoolCluster}/${id}`, true);
    await ecs.clock.advance(2_000);
    expect(ecs.db.table(tasks).count('unplaced', 'all')).toBe(1);
    stop();
  });
});

test('[TK-32] stopped tasks stay for an hour and are gone soon after, however many', async () => {
  const ecs = await ready();
  await joined(ecs, 'web');
  const named = await started(ecs, 70);
  for (const task of named) await ecs.call('SubmitTaskStateChange', { task, status: 'STOPPED' });
  const stop = ecs.run(stoppedTaskCleanUp(ecs.deps));
  await ecs.clock.advance(stoppedTaskLifeMs - 60_000);
  expect(await show(ecs, named)).toHaveLength(70);
  await ecs.clock.advance(4 * 60_000);
  expect(await show(ecs, named)).toHaveLength(0);
  stop();
});
