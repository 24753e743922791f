import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cluster, FleetStage } from './fleet-stage.ts';
import { answers, hasAws } from './has-aws.ts';
import { longshore, newDataDirectory } from './longshore-process.ts';

// Several machines: a control plane over TLS and agents in network namespaces, which share the machine's engine. Needs root, an engine, the Docker CLI and
// the aws CLI.

const canRun =
  process.getuid?.() === 0 &&
  hasAws &&
  answers('docker', '--version') &&
  answers('ip', '-V') &&
  answers('nsenter', '--version') &&
  spawnSync('ip', ['netns', 'list']).status === 0;
const size = ['--cpu', '1024', '--memory', '1024', '--availability-zone'];
const pollMs = { timeout: 60_000, interval: 300 };
/** A control plane takes an agent for gone when it left three heartbeats unanswered. */
const goneMs = { timeout: 180_000, interval: 500 };
let stage: FleetStage;

const runTask = async (more: readonly string[]) => {
  const answer = await stage.aws('ecs', 'run-task', ...cluster, '--task-definition', 'nap', ...more);
  return { on: stage.on(answer.tasks), tasks: answer.tasks, failures: answer.failures };
};
const strategy = (...items: readonly string[]) => ['--placement-strategy', ...items];
const times = (count: number, name: string) => Array.from({ length: count }, () => name);
const keysOf = () => ({
  AWS_ACCESS_KEY_ID: stage.rootKeys.id,
  AWS_SECRET_ACCESS_KEY: stage.rootKeys.secret,
});
const explain = async (...args: readonly string[]) => {
  const env = Object.entries(keysOf()).map(([name, value]) => `${name}=${value}`);
  const place = ['--endpoint', stage.endpoint, '--ca-file', stage.caFile, ...cluster];
  return longshore(['explain', 'placement', ...args, ...place], ['env', ...env]);
};

describe.skipIf(!canRun)('several machines', () => {
  beforeAll(async () => {
    stage = await FleetStage.open();
    const attributes = (stack: string) => [`ECS_INSTANCE_ATTRIBUTES={"stack":"${stack}"}`];
    await stage.join('a', [...size, 'us-east-1a'], attributes('prod'));
    await stage.join('b', [...size, 'us-east-1a', '--reserved-ports', '9000-9001'], attributes('prod'));
    await stage.join('c', [...size, 'us-east-1b'], attributes('test'));
    const container = { name: 'nap', image: 'longshore/web:1', cpu: 128, memory: 256, stopTimeout: 2 };
    for (const [family, more] of [
      ['nap', { networkMode: 'none' }],
      ['nap-external', { networkMode: 'none', requiresCompatibilities: ['EXTERNAL'] }],
      ['port', { networkMode: 'host' }],
    ] as const) {
      const ports = family === 'port' ? { portMappings: [{ containerPort: 9000, hostPort: 9000 }] } : {};
      const definition = { family, ...more, containerDefinitions: [{ ...container, ...ports }] };
      await stage.aws('ecs', 'register-task-definition', '--cli-input-json', JSON.stringify(definition));
    }
  }, 180_000);
  afterAll(() => stage?.close(), 120_000);

  test('[FL-1] agents join from other machines with the keys of a user that may what an instance role may', async () => {
    const arns = [...stage.agents.values()].map(({ arn }) => arn);
    const shown = await stage.aws(
      ...['ecs', 'describe-container-instances', ...cluster, '--include', 'CONTAINER_INSTANCE_HEALTH'],
      ...['--container-instances', ...arns],
    );
    const facts = shown.containerInstances.map((one: any) => ({
      on: stage.on([one])[0],
      connected: one.agentConnected,
      status: one.status,
      cpu: one.registeredResources.find(({ name }: { name: string }) => name === 'CPU').integerValue,
      zone: one.attributes.find(({ name }: { name: string }) => name === 'ecs.availability-zone').value,
    }));
    const want = { connected: true, status: 'ACTIVE', cpu: 1024 };
    expect(facts.sort((x: { on: string }, y: { on: string }) => x.on.localeCompare(y.on))).toEqual([
      { on: 'a', ...want, zone: 'us-east-1a' },
      { on: 'b', ...want, zone: 'us-east-1a' },
      { on: 'c', ...want, zone: 'us-east-1b' },
    ]);
    // Health is told by telemetry, which may come after the agent is ready.
    await expect.poll(async () => (await stage.instance('a'))?.healthStatus?.overallStatus, pollMs).toBe('OK');
  });

  test('[FL-2] strategies place as documented: spread, binpack, random, and chained', async () => {
    const zones = await runTask(['--count', '2', ...strategy('type=spread,field=attribute:ecs.availability-zone')]);
    expect(zones.on.filter((name) => name === 'c')).toHaveLength(1);
    await stage.clear();
    expect((await runTask(['--count', '3', ...strategy('type=spread,field=instanceId')])).on).toEqual(['a', 'b', 'c']);
    await stage.clear();
    // Four of 256 MiB fit on one machine of 1024.
    const packed = await runTask(['--count', '4', ...strategy('type=binpack,field=memory')]);
    expect(new Set(packed.on).size).toBe(1);
    expect((await runTask(strategy('type=binpack,field=memory'))).on).not.toEqual(packed.on.slice(0, 1));
    await stage.clear();
    expect((await runTask(['--count', '3', ...strategy('type=random')])).on).toHaveLength(3);
    await stage.clear();
    const chained = await runTask([
      ...['--count', '4'],
      ...strategy('type=spread,field=attribute:ecs.availability-zone', 'type=binpack,field=cpu'),
    ]);
    const inZoneA = chained.on.filter((name) => name !== 'c');
    expect([inZoneA.length, new Set(inZoneA).size]).toEqual([2, 1]);
    await stage.clear();
  }, 180_000);

  test('[FL-3] constraints place as documented, and the failures say why', async () => {
    const distinct = await runTask(['--count', '4', '--placement-constraints', 'type=distinctInstance']);
    expect(distinct.on).toEqual(['a', 'b', 'c']);
    expect(distinct.failures).toHaveLength(3);
    expect(distinct.failures[0].reason).toBe('DistinctInstance placement constraint unsatisfied.');
    await stage.clear();
    const memberOf = (expression: string) => [
      '--placement-constraints',
      JSON.stringify([{ type: 'memberOf', expression }]),
    ];
    expect((await runTask(['--count', '4', ...memberOf('attribute:stack == test')])).on).toEqual(times(4, 'c'));
    const away = await runTask([
      '--count',
      '2',
      ...memberOf('not(task:group == family:nap) and attribute:stack exists'),
    ]);
    expect(away.on).toEqual(['a', 'b']);
    await stage.clear();
    const nowhere = await runTask(memberOf('attribute:ecs.availability-zone in [us-east-1d, us-east-1e]'));
    expect(nowhere.failures.map(({ reason }: { reason: string }) => reason)).toEqual(
      times(3, 'MemberOf placement constraint unsatisfied.'),
    );
    const { stdout, code } = await explain(
      'nap',
      '--constraint',
      'attribute:stack == test',
      '--strategy',
      'binpack:cpu',
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/YES {2}\w{32} {2}i-\w+ {2}us-east-1b {2}here \(binpack:cpu 1024\)/);
    expect(stdout.match(/MemberOf placement constraint unsatisfied/g)).toHaveLength(2);
  }, 120_000);

  test('[FL-4] each agent of a machine has its share of cpu, memory and ports', async () => {
    const placed = await stage.aws('ecs', 'run-task', ...cluster, '--task-definition', 'port', '--count', '3');
    expect(stage.on(placed.tasks)).toEqual(['a', 'c']);
    expect(placed.failures.map(({ reason }: { reason: string }) => reason)).toEqual(times(3, 'RESOURCE:PORTS'));
    await stage.clear();
  }, 60_000);

  test('[FL-5] a DRAINING machine loses its tasks by the percents of their service, and gets no new ones', async () => {
    await stage.aws(
      ...['ecs', 'create-service', ...cluster, '--service-name', 'web', '--task-definition', 'nap'],
      ...['--desired-count', '3', '--placement-strategy', 'type=spread,field=instanceId'],
      ...['--deployment-configuration', 'minimumHealthyPercent=100,maximumPercent=200'],
    );
    const running = async () => {
      const tasks = await stage.tasksOf('web');
      return stage.on(tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING'));
    };
    await expect.poll(running, pollMs).toEqual(['a', 'b', 'c']);
    const state = ['ecs', 'update-container-instances-state', ...cluster, '--container-instances'];
    await stage.aws(...state, stage.agents.get('b')?.arn ?? '', '--status', 'DRAINING');
    let least = 3;
    const drained = async () => {
      const on = await running();
      least = Math.min(least, on.length);
      return on.includes('b') ? 'not yet' : on.length;
    };
    await expect.poll(drained, pollMs).toBe(3);
    expect(least).toBe(3);
    expect((await explain('web')).stdout).toContain('INACTIVE: the container instance is DRAINING, not ACTIVE');
    await stage.aws(...state, stage.agents.get('b')?.arn ?? '', '--status', 'ACTIVE');
    const update = ['ecs', 'update-service', ...cluster, '--service', 'web', '--desired-count'];
    await stage.aws(...update, '0');
    await expect.poll(running, pollMs).toEqual([]);
    await stage.aws(...update, '3');
    await expect.poll(running, pollMs).toEqual(['a', 'b', 'c']);
  }, 180_000);

  test('[FL-6] tasks of a machine that is cut off run on and are not replaced; it gets no new ones; what was told meanwhile happens at its return', async () => {
    const { aws } = stage;
    await expect.poll(async () => (await stage.tasksOf('web')).length, pollMs).toBe(3);
    const inService = (await stage.tasksOf('web')).find((task) => stage.on([task])[0] === 'c');
    const [mine] = (
      await aws(
        ...['ecs', 'start-task', ...cluster, '--task-definition', 'nap'],
        ...['--container-instances', stage.agents.get('c')?.arn ?? ''],
      )
    ).tasks;
    await expect.poll(async () => (await stage.task(mine.taskArn))?.lastStatus, pollMs).toBe('RUNNING');
    const before = stage.containers(inService?.taskArn ?? '');
    expect(before).toHaveLength(1);
    stage.agents.get('c')?.machine.cut();
    await expect.poll(async () => (await stage.instance('c'))?.agentConnected, goneMs).toBe(false);
    expect((await stage.instance('c'))?.status).toBe('ACTIVE');
    const placed = await runTask(['--count', '3', ...strategy('type=spread,field=instanceId')]);
    expect(placed.on).not.toContain('c');
    const refused = await aws(
      ...['ecs', 'start-task', ...cluster, '--task-definition', 'nap'],
      ...['--container-instances', stage.agents.get('c')?.arn ?? ''],
    );
    expect(refused.failures[0].reason).toBe('AGENT');
    await aws('ecs', 'stop-task', ...cluster, '--task', mine.taskArn, '--reason', 'while away');
    expect(await stage.task(mine.taskArn)).toMatchObject({ desiredStatus: 'STOPPED', lastStatus: 'RUNNING' });
    const [service] = (await aws('ecs', 'describe-services', ...cluster, '--services', 'web')).services;
    expect([service.runningCount, service.pendingCount]).toEqual([3, 0]);
    expect((await stage.task(inService?.taskArn ?? ''))?.lastStatus).toBe('RUNNING');
    stage.agents.get('c')?.machine.mend();
    await expect.poll(async () => (await stage.instance('c'))?.agentConnected, goneMs).toBe(true);
    await expect.poll(async () => (await stage.task(mine.taskArn))?.lastStatus, pollMs).toBe('STOPPED');
    expect((await stage.task(mine.taskArn))?.stoppedReason).toBe('while away');
    expect((await stage.task(inService?.taskArn ?? ''))?.lastStatus).toBe('RUNNING');
    expect(stage.containers(inService?.taskArn ?? '')).toEqual(before);
    for (const { taskArn } of placed.tasks) await stage.ecs.stopTask({ cluster: 'fleet', task: taskArn });
  }, 480_000);

  test('[FL-7] a machine that is cut off and deregistered by force: its tasks are replaced, orphans run on there until its agent joins anew', async () => {
    const c = stage.agents.get('c');
    if (c === undefined) throw new Error('no machine c');
    const lost = (await stage.tasksOf('web')).find((task) => stage.on([task])[0] === 'c');
    const containers = stage.containers(lost?.taskArn ?? '');
    c.machine.cut();
    const deregister = ['ecs', 'deregister-container-instance', ...cluster, '--container-instance', c.arn];
    expect((await stage.aws.raw(...deregister)).stderr).toContain('Found running tasks on the instance.');
    await stage.aws(...deregister, '--force');
    const task = async () => stage.task(lost?.taskArn ?? '');
    await expect.poll(async () => (await task())?.lastStatus, pollMs).toBe('STOPPED');
    expect((await task())?.stoppedReason).toBe('Container instance deregistration forced by user');
    await expect
      .poll(
        async () => stage.on((await stage.tasksOf('web')).filter((one) => one.lastStatus === 'RUNNING')).length,
        pollMs,
      )
      .toBe(3);
    expect(stage.on(await stage.tasksOf('web'))).not.toContain(c.arn);
    expect(stage.containers(lost?.taskArn ?? '')).toEqual(containers);
    c.machine.mend();
    await expect.poll(() => c.process.log(), goneMs).toContain('was deregistered');
    expect(stage.containers(lost?.taskArn ?? '')).toEqual(containers);
    await c.process.stop();
    c.process = await stage.start(c, [...size, 'us-east-1b']);
    const earlier = c.arn;
    c.arn = (await stage.newest()) ?? '';
    expect(c.arn).not.toBe(earlier);
    await expect.poll(() => stage.containers(lost?.taskArn ?? ''), pollMs).toEqual([]);
    expect((await stage.instance('c'))?.agentConnected).toBe(true);
    await stage.aws('ecs', 'delete-service', ...cluster, '--service', 'web', '--force');
    await stage.clear();
  }, 480_000);

  test('[FL-8] of two agents with one identity the first stays, and the second says so and ends', async () => {
    const { tasks } = await runTask([]);
    const arn = tasks[0].taskArn as string;
    await expect.poll(async () => (await stage.task(arn))?.lastStatus, pollMs).toBe('RUNNING');
    const [holder] = stage.on(tasks);
    const first = stage.agents.get(holder ?? '');
    const copy = newDataDirectory();
    cpSync(first?.directory ?? '', copy, { recursive: true });
    const other = stage.agents.get(holder === 'a' ? 'b' : 'a');
    if (first === undefined || other === undefined) throw new Error('no such machines');
    await expect(stage.start({ machine: other.machine, directory: copy }, [...size, 'us-east-1a'])).rejects.toThrow(
      /InstanceInUseException: The container instance \S+ is in use: another agent, at 10\.213\.77\.\d+/,
    );
    expect((await stage.task(arn))?.lastStatus).toBe('RUNNING');
    expect((await stage.instance(holder ?? ''))?.agentConnected).toBe(true);
    rmSync(copy, { recursive: true, force: true });
    await stage.clear();
  }, 120_000);

  test('[FL-9] a machine without keys joins with an activation, as EXTERNAL, under its id as a managed node', async () => {
    const { aws } = stage;
    const trust = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'ssm.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    };
    const role = ['--role-name', 'ecsAnywhereRole'];
    await aws('iam', 'create-role', ...role, '--assume-role-policy-document', JSON.stringify(trust));
    for (const name of ['AmazonSSMManagedInstanceCore', 'service-role/AmazonEC2ContainerServiceforEC2Role'])
      await aws('iam', 'attach-role-policy', ...role, '--policy-arn', `arn:aws:iam::aws:policy/${name}`);
    const made = await aws('ssm', 'create-activation', '--iam-role', 'ecsAnywhereRole', '--registration-limit', '1');
    const activation = ['--activation-id', made.ActivationId, '--activation-code', made.ActivationCode];
    const d = await stage.join('d', [...activation, ...size, 'edge-1']);
    const shown = await stage.instance('d');
    expect(shown?.ec2InstanceId).toMatch(/^mi-[0-9a-f]{17}$/);
    const { InstanceInformationList: nodes } = await aws('ssm', 'describe-instance-information');
    expect(nodes).toMatchObject([
      { InstanceId: shown?.ec2InstanceId, PingStatus: 'Online', IPAddress: d.machine.address },
    ]);
    const external = ['ecs', 'run-task', ...cluster, '--task-definition', 'nap-external', '--launch-type', 'EXTERNAL'];
    const { tasks } = await aws(...external);
    expect(stage.on(tasks)).toEqual(['d']);
    await expect.poll(async () => (await stage.task(tasks[0].taskArn))?.lastStatus, pollMs).toBe('RUNNING');
    expect((await runTask(['--count', '3', ...strategy('type=spread,field=instanceId')])).on).not.toContain('d');
    // The code is used up, and not needed again.
    await d.process.stop();
    d.process = await stage.start(d, [...size, 'edge-1', '--activation-id', 'x', '--activation-code', 'x']);
    await expect.poll(async () => (await stage.instance('d'))?.agentConnected, pollMs).toBe(true);
    expect((await stage.task(tasks[0].taskArn))?.lastStatus).toBe('RUNNING');
    await expect(stage.join('e', [...activation, ...size, 'edge-1'])).rejects.toThrow('ActivationLimitExceeded');
    const wrong = ['--activation-id', made.ActivationId, '--activation-code', '0'.repeat(20)];
    await expect(stage.join('f', [...wrong, ...size, 'edge-1'])).rejects.toThrow('InvalidActivation');
    await stage.clear();
  }, 240_000);
});
