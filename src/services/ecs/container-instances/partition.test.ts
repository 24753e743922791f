import { beforeEach, expect, test } from 'vitest';
import type { Task } from '../../../protocol/generated/ecs.ts';
import { cluster, images, SimWorld, subnets, type SimHost } from '../../../testkit/index.ts';
import { poolAgentLostMs } from './lost-pool-controller.ts';

// Machines that are cut off and come back, in the simulated world: nothing gets through, and neither end hears of it.

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const minuteMs = 60_000;
/** Three unanswered heartbeats, and a little. */
const noticedMs = 2.5 * minuteMs;
const size = { cpuUnits: 1024, memoryMiB: 2048 };

const opened: { world: SimWorld | undefined; hosts: readonly SimHost[] } = { world: undefined, hosts: [] };

function world(): SimWorld {
  if (opened.world === undefined) throw new Error('no world');
  return opened.world;
}

beforeEach(async () => {
  opened.world = await SimWorld.open(settle);
  const container = { name: 'app', image: images.service, cpu: 128, memory: 128 };
  await world().call('RegisterTaskDefinition', { family: 'web', containerDefinitions: [container] });
});

async function threeMachines(): Promise<readonly SimHost[]> {
  opened.hosts = ['a', 'b', 'c'].map((name) => world().addMachine(name, { pool: false, size }));
  await world().pass(10_000);
  return opened.hosts;
}

async function service(): Promise<void> {
  await world().call('CreateService', {
    cluster,
    serviceName: 'web',
    taskDefinition: 'web',
    desiredCount: 3,
    placementStrategy: [{ type: 'spread', field: 'instanceId' }],
    deploymentConfiguration: { minimumHealthyPercent: 0, maximumPercent: 200 },
  });
  await world().pass(minuteMs);
}

const running = ({ machine }: SimHost): readonly string[] => machine.running.map(({ arn }) => arn);
const arnOf = ({ machine }: SimHost): string => machine.disk.containerInstanceArn ?? '';

async function instance(host: SimHost) {
  const containerInstances = [arnOf(host)];
  return (await world().call('DescribeContainerInstances', { cluster, containerInstances })).containerInstances?.[0];
}

async function show(tasks: readonly string[]): Promise<readonly Task[]> {
  return (await world().call('DescribeTasks', { cluster, tasks })).tasks ?? [];
}

test('[FL-6] tasks of a machine that is cut off stay RUNNING however long, and are not replaced; its agent comes back to them', async () => {
  const [a, b, c] = (await threeMachines()) as [SimHost, SimHost, SimHost];
  await service();
  const before = running(c);
  expect(before).toHaveLength(1);
  c.cut();
  await world().pass(noticedMs);
  expect(await instance(c)).toMatchObject({ agentConnected: false, status: 'ACTIVE' });
  await world().pass(60 * minuteMs);
  expect(await show(before)).toMatchObject([{ lastStatus: 'RUNNING', connectivity: 'DISCONNECTED' }]);
  expect([running(a).length, running(b).length]).toEqual([1, 1]);
  const { tasks: more = [], failures } = await world().call('RunTask', { cluster, taskDefinition: 'web', count: 10 });
  expect(failures).toEqual([]);
  expect(more.map(({ containerInstanceArn }) => containerInstanceArn)).not.toContain(arnOf(c));
  c.mend();
  await world().pass(3 * minuteMs);
  expect((await instance(c))?.agentConnected).toBe(true);
  expect(running(c)).toEqual(before);
  expect(await show(before)).toMatchObject([{ lastStatus: 'RUNNING', connectivity: 'CONNECTED' }]);
  expect(world().violations).toEqual([]);
});

test('[FL-6] what is told to stop while its machine is cut off stops when it is back', async () => {
  const [, , c] = (await threeMachines()) as [SimHost, SimHost, SimHost];
  await service();
  const [task = ''] = running(c);
  c.cut();
  await world().pass(noticedMs);
  await world().call('StopTask', { cluster, task, reason: 'enough' });
  await world().pass(10 * minuteMs);
  expect(await show([task])).toMatchObject([{ desiredStatus: 'STOPPED', lastStatus: 'RUNNING' }]);
  expect(running(c)).toEqual([task]);
  c.mend();
  await world().pass(3 * minuteMs);
  expect(await show([task])).toMatchObject([{ lastStatus: 'STOPPED', stoppedReason: 'enough' }]);
  expect(world().violations).toEqual([]);
});

test('[FL-7] after its machine was deregistered by force a service’s tasks are replaced; the orphans run until the agent joins anew', async () => {
  const [a, b, c] = (await threeMachines()) as [SimHost, SimHost, SimHost];
  await service();
  const orphans = running(c);
  c.cut();
  await world().pass(noticedMs);
  await world().call('DeregisterContainerInstance', { cluster, containerInstance: arnOf(c), force: true });
  await world().pass(minuteMs);
  expect(await show(orphans)).toMatchObject([
    { lastStatus: 'STOPPED', stoppedReason: 'Container instance deregistration forced by user' },
  ]);
  expect(running(a).length + running(b).length).toBe(3);
  c.mend();
  await world().pass(5 * minuteMs);
  expect(running(c)).toEqual(orphans);
  c.kill();
  c.restart();
  await world().pass(minuteMs);
  expect(running(c)).toEqual([]);
  expect((await instance(c))?.agentConnected).toBe(true);
  expect(world().violations).toEqual([]);
});

test('[CA-3] FARGATE tasks of a machine that is cut off for too long are given up and replaced elsewhere', async () => {
  const pool = ['one', 'two'].map((name) => world().addMachine(name, { pool: true, size }));
  await world().pass(10_000);
  await world().call('RegisterTaskDefinition', {
    ...{ family: 'fg', networkMode: 'awsvpc', requiresCompatibilities: ['FARGATE'], cpu: '256', memory: '512' },
    containerDefinitions: [{ name: 'app', image: images.service }],
  });
  await world().call('CreateService', {
    ...{ cluster, serviceName: 'fg', taskDefinition: 'fg', desiredCount: 4, launchType: 'FARGATE' },
    networkConfiguration: { awsvpcConfiguration: { subnets } },
  });
  await world().pass(minuteMs);
  const [first, second] = pool.toSorted((a, b) => running(b).length - running(a).length) as [SimHost, SimHost];
  const lost = running(first);
  expect(lost.length).toBeGreaterThan(0);
  first.cut();
  await world().pass(poolAgentLostMs - minuteMs);
  expect(new Set((await show(lost)).map(({ lastStatus }) => lastStatus))).toEqual(new Set(['RUNNING']));
  await world().pass(5 * minuteMs);
  expect(new Set((await show(lost)).map(({ stopCode }) => stopCode))).toEqual(new Set(['InfrastructureHealth']));
  expect(running(second)).toHaveLength(4);
  expect(world().violations).toEqual([]);
});
