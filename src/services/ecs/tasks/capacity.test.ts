import { beforeEach, expect, test } from 'vitest';
import type { Task } from '../../../protocol/generated/ecs.ts';
import { cluster, images, SimWorld, subnets, type SimHost } from '../../../testkit/index.ts';
import { poolAgentLostMs } from '../container-instances/lost-pool-controller.ts';
import { capacityWaitMs, sweepPauseMs } from './placement-controller.ts';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const minuteMs = 60_000;
/** Room for exactly two tasks of 256 CPU units. */
const forTwo = { cpuUnits: 512, memoryMiB: 1024 };

const opened: { world: SimWorld | undefined } = { world: undefined };

beforeEach(async () => {
  opened.world = await SimWorld.open(settle);
  await world().call('RegisterTaskDefinition', {
    family: 'web',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    containerDefinitions: [{ name: 'app', image: images.service }],
  });
});

function world(): SimWorld {
  if (opened.world === undefined) throw new Error('no world');
  return opened.world;
}

async function run(count: number): Promise<readonly string[]> {
  const { tasks } = await world().call('RunTask', {
    cluster,
    taskDefinition: 'web',
    launchType: 'FARGATE',
    count,
    networkConfiguration: { awsvpcConfiguration: { subnets } },
  });
  return (tasks ?? []).map(({ taskArn }) => taskArn ?? '');
}

async function describe(tasks: readonly string[]): Promise<readonly Task[]> {
  return (await world().call('DescribeTasks', { cluster, tasks })).tasks ?? [];
}

async function statuses(tasks: readonly string[]): Promise<readonly (string | undefined)[]> {
  return (await describe(tasks)).map(({ lastStatus }) => lastStatus);
}

async function sorted(tasks: readonly string[]): Promise<readonly (string | undefined)[]> {
  return (await statuses(tasks)).toSorted((a = '', b = '') => a.localeCompare(b));
}

function running({ machine }: SimHost): number {
  return machine.running.length;
}

test('[CA-1] tasks without room wait in PROVISIONING and run as soon as an agent joins', async () => {
  const tasks = await run(2);
  await world().pass(minuteMs);
  expect(await statuses(tasks)).toEqual(['PROVISIONING', 'PROVISIONING']);
  const host = world().addMachine('pool', { pool: true, size: forTwo });
  await world().pass(10_000);
  expect(await statuses(tasks)).toEqual(['RUNNING', 'RUNNING']);
  expect(running(host)).toBe(2);
  expect(world().violations).toEqual([]);
});

test('[CA-1] a task that stops makes room for one that waits', async () => {
  world().addMachine('pool', { pool: true, size: forTwo });
  await world().pass(5_000);
  const [first = '', ...others] = await run(3);
  await world().pass(10_000);
  expect(await sorted([first, ...others])).toEqual(['PROVISIONING', 'RUNNING', 'RUNNING']);
  const before = await describe([first, ...others]);
  const victim = before.find(({ lastStatus }) => lastStatus === 'RUNNING')?.taskArn ?? '';
  await world().call('StopTask', { cluster, task: victim });
  await world().pass(30_000);
  expect(await sorted([first, ...others])).toEqual(['RUNNING', 'RUNNING', 'STOPPED']);
});

test('[CA-2] a task that waited too long fails in the words of AWS, and its interface is gone', async () => {
  const tasks = await run(1);
  await world().pass(capacityWaitMs - 2 * sweepPauseMs);
  expect(await statuses(tasks)).toEqual(['PROVISIONING']);
  await world().pass(4 * sweepPauseMs);
  const [task] = await describe(tasks);
  expect(task).toMatchObject({
    lastStatus: 'STOPPED',
    desiredStatus: 'STOPPED',
    stopCode: 'TaskFailedToStart',
    stoppedReason: 'Capacity is unavailable at this time. Please try again later or in a different availability zone',
    attachments: [{ status: 'DELETED' }],
  });
  expect(world().violations).toEqual([]);
});

test('[CA-2] waiting goes on where it was after a crash of the control plane', async () => {
  const tasks = await run(1);
  await world().pass(capacityWaitMs / 2);
  world().crashServer();
  await world().pass(minuteMs);
  await world().startServer();
  await world().pass(capacityWaitMs / 2 - 2 * minuteMs);
  expect(await statuses(tasks)).toEqual(['PROVISIONING']);
  await world().pass(2 * minuteMs);
  expect(await statuses(tasks)).toEqual(['STOPPED']);
});

test('[CA-1] a task told to stop while it waits is STOPPED at once', async () => {
  const [task = ''] = await run(1);
  await world().call('StopTask', { cluster, task, reason: 'changed my mind' });
  expect((await describe([task]))[0]).toMatchObject({
    lastStatus: 'STOPPED',
    stopCode: 'UserInitiated',
    stoppedReason: 'changed my mind',
  });
  world().addMachine('pool', { pool: true, size: forTwo });
  await world().pass(minuteMs);
  expect(await statuses([task])).toEqual(['STOPPED']);
  expect(world().violations).toEqual([]);
});

test('[CA-3] a pool machine that stays away is given up and its tasks end; one that is back in time goes on', async () => {
  const host = world().addMachine('pool', { pool: true, size: forTwo });
  await world().pass(5_000);
  const tasks = await run(2);
  await world().pass(10_000);
  host.kill();
  await world().pass(poolAgentLostMs - minuteMs);
  expect(await statuses(tasks)).toEqual(['RUNNING', 'RUNNING']);
  host.restart();
  await world().pass(5 * minuteMs);
  expect(await statuses(tasks)).toEqual(['RUNNING', 'RUNNING']);
  host.kill();
  await world().pass(poolAgentLostMs + 10_000);
  const ended = await describe(tasks);
  for (const task of ended) expect(task).toMatchObject({ lastStatus: 'STOPPED', stopCode: 'InfrastructureHealth' });
  expect(world().violations).toEqual([]);
});

test('[CA-3] a machine that is back too late joins anew, and what it still runs is stopped', async () => {
  const host = world().addMachine('pool', { pool: true, size: forTwo });
  await world().pass(5_000);
  await run(2);
  await world().pass(10_000);
  host.kill();
  await world().pass(poolAgentLostMs + minuteMs);
  expect(running(host)).toBe(2);
  host.restart();
  await world().pass(minuteMs);
  expect(running(host)).toBe(0);
  const again = await run(2);
  await world().pass(10_000);
  expect(await statuses(again)).toEqual(['RUNNING', 'RUNNING']);
  expect(world().violations).toEqual([]);
});

test('[CA-3] the time a control plane was down does not count against its agents', async () => {
  const host = world().addMachine('pool', { pool: true, size: forTwo });
  await world().pass(5_000);
  const tasks = await run(2);
  await world().pass(10_000);
  world().crashServer();
  await world().pass(3 * poolAgentLostMs);
  await world().startServer();
  await world().pass(minuteMs);
  expect(await statuses(tasks)).toEqual(['RUNNING', 'RUNNING']);
  expect(running(host)).toBe(2);
  expect(world().violations).toEqual([]);
});
