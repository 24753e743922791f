import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '../kernel/index.ts';
import { openDockerBridgeNetwork } from '../network/docker-bridge/index.ts';
import type { TaskNetwork } from '../network/index.ts';
import { Harness, fakeEngine } from './contract/harness.ts';
import { until } from './contract/real-time.ts';
import { taskPayload } from './contract/tasks.ts';

/** The agent on a network that makes each pause for its interface. */
let harness: Harness;
let network: TaskNetwork;

beforeEach(async () => {
  harness = new Harness(fakeEngine());
  harness.runtime.addImage('longshore/web:1');
  await harness.open();
  network = await openDockerBridgeNetwork({
    owner: `agent-test-${process.pid}`,
    runtime: harness.runtime,
    log: silentLog,
    missing: 'this is a test.',
    machine: { hasAddress: () => Promise.resolve(true), routes: () => Promise.resolve('') },
  });
});
afterEach(async () => {
  await network.destroy();
  await harness.close();
});

const eni = {
  attachmentArn: 'arn:aws:ecs:us-east-1:123456789012:attachment/a1',
  ec2Id: 'eni-0123456789abcdef0',
  macAddress: '0a:58:ac:1f:10:0a',
  ipv4Addresses: [{ primary: true, privateAddress: '172.31.16.10' }],
  subnetGatewayIpv4Address: '172.31.16.1/20',
  privateDnsName: 'ip-172-31-16-10.ec2.internal',
  domainNameServers: ['169.254.169.253'],
};
const awsvpc = (): Record<string, any> =>
  taskPayload(
    {
      networkMode: 'awsvpc',
      elasticNetworkInterfaces: [eni],
      longshore: { vpcPrefixes: ['172.31.0.0/16'] },
    },
    {},
  );
const has = (task: Record<string, any>, status: string) => () => harness.server.statuses(task['arn']).includes(status);
const pauses = () => harness.runtime.list({ 'longshore.internal': 'pause' });

test('a pause is made for the task, with its interface and names, and none is made in advance', async () => {
  await harness.start({ network, pausePoolSize: 2 });
  const task = awsvpc();
  harness.server.payload(task);
  await until('RUNNING', has(task, 'RUNNING'));
  expect(harness.server.statuses(task['arn'])).toEqual(['ATTACHED', 'RUNNING']);
  expect(await harness.runtime.list({ 'longshore.internal': 'pool' })).toEqual([]);
  const [pause] = await pauses();
  expect(await harness.runtime.inspect(pause?.id ?? '')).toMatchObject({
    networks: [{ network: 'longshore-172.31.16.0-20', address: '172.31.16.10', macAddress: '0a:58:ac:1f:10:0a' }],
  });
  const [app] = await harness.runtime.list({ 'com.amazonaws.ecs.task-arn': task['arn'] });
  expect((await harness.runtime.inspect(app?.id ?? ''))?.networkMode).toBe(`container:${pause?.id}`);
  harness.server.payload({ ...task, desiredStatus: 'STOPPED' });
  await until('STOPPED', has(task, 'STOPPED'));
  expect(await network.list()).toEqual([]);
  await expect.poll(pauses).toEqual([]);
});

test('an agent that is started again keeps the interface of its task', async () => {
  const first = await harness.start({ network });
  const task = awsvpc();
  harness.server.payload(task);
  await until('RUNNING', has(task, 'RUNNING'));
  const before = await pauses();
  await first.stop();
  await harness.start({ network });
  expect(await pauses()).toEqual(before);
  expect(await network.list()).toEqual([{ id: eni.ec2Id, address: '172.31.16.10' }]);
});

test('an address that is taken ends the task with the reason, and leaves no pause', async () => {
  await harness.start({ network });
  const first = awsvpc();
  harness.server.payload(first);
  await until('RUNNING', has(first, 'RUNNING'));
  const second = { ...awsvpc(), elasticNetworkInterfaces: [{ ...eni, ec2Id: 'eni-0123456789abcdef1' }] };
  harness.server.payload(second);
  await until('STOPPED', has(second as Record<string, any>, 'STOPPED'));
  const reports = harness.server.reports((second as Record<string, any>)['arn']);
  expect(JSON.stringify(reports)).toContain('address 172.31.16.10 belongs to eni-0123456789abcdef0');
  expect(await pauses()).toHaveLength(1);
});

test('what ended while the engine was away is why the task stops, not that its pause is gone as well', async () => {
  await harness.start({ network });
  const task = awsvpc();
  harness.server.payload(task);
  await until('RUNNING', has(task, 'RUNNING'));
  const [app] = await harness.runtime.list({
    'com.amazonaws.ecs.task-arn': task['arn'],
    'com.amazonaws.ecs.container-name': 'app',
  });
  const [pause] = await pauses();
  const inspect = harness.runtime.inspect.bind(harness.runtime);
  harness.runtime.inspect = async (id) => {
    if (id === app?.id) await new Promise((resolve) => setTimeout(resolve, 100));
    return inspect(id);
  };
  harness.runtime.goDown();
  harness.runtime.exit(app?.id ?? '', 7);
  harness.runtime.exit(pause?.id ?? '', 0);
  harness.runtime.comeBack();
  await until('STOPPED', has(task, 'STOPPED'));
  const report = harness.server.reports(task['arn']).at(-1);
  expect(report).toMatchObject({ reason: '', containers: [{ containerName: 'app', exitCode: 7 }] });
});

test('a task that ended, its record older than its container: the next agent ships its output and says why it ended', async () => {
  harness.runtime.addImage('job:1', {
    output: [{ atMs: 0, stream: 'stdout', text: 'began\n' }],
    exitAfterMs: 50,
    exitCode: 7,
  });
  const runtime = harness.runtime;
  const create = runtime.create.bind(runtime);
  const folder = join(harness.dataDir, 'tasks');
  const records = (): readonly string[] => readdirSync(folder).filter((name) => name.endsWith('.json'));
  const old = new Map<string, string>();
  runtime.create = async (spec) => {
    if (!spec.name.startsWith('ecs-')) return create(spec);
    for (let waited = 0; records().length === 0 && waited < 100; waited += 1)
      await new Promise((done) => setTimeout(done, 10));
    for (const name of records()) if (!old.has(name)) old.set(name, readFileSync(join(folder, name), 'utf8'));
    return create(spec);
  };
  const settings = { cleanupWaitMs: 60_000 };
  const first = await harness.start({ settings });
  const awslogs = { 'awslogs-group': '/ecs/test', 'awslogs-region': 'us-east-1', 'awslogs-stream': 'job' };
  const task = taskPayload(
    { networkMode: 'awsvpc', elasticNetworkInterfaces: [eni] },
    { image: 'job:1', hostConfig: { LogConfig: { Type: 'awslogs', Config: awslogs } } },
  );
  harness.server.payload(task);
  await until('STOPPED', has(task, 'STOPPED'));
  await first.stop();
  // As if it had been killed before it wrote or shipped anything of this.
  expect(JSON.stringify([...old.values()])).not.toContain('dockerId');
  for (const [name, text] of old) writeFileSync(join(folder, name), text);
  rmSync(join(harness.dataDir, 'logs'), { recursive: true });
  harness.server.logs.clear();
  const told = harness.server.reports(task['arn']).length;
  const inspect = runtime.inspect.bind(runtime);
  runtime.inspect = async (reference) => {
    const info = await inspect(reference);
    if (info?.labels['com.amazonaws.ecs.container-name'] === 'app') await new Promise((done) => setTimeout(done, 200));
    return info;
  };
  // The engine answers for its events when the tasks are read, and the containers are not looked at yet.
  const events = runtime.events.bind(runtime);
  runtime.events = (labels, onEvent) =>
    events(labels, (event) => {
      if (event.type === 'resync') setTimeout(() => onEvent(event), 50);
      else onEvent(event);
    });
  await harness.start({ settings });
  await until('STOPPED again', () =>
    harness.server
      .reports(task['arn'])
      .slice(told)
      .some(({ status }) => status === 'STOPPED'),
  );
  expect(harness.server.reports(task['arn']).at(-1)).toMatchObject({ reason: '', containers: [{ exitCode: 7 }] });
  await until(
    'its output',
    () => harness.server.logs.get('/ecs/test job')?.some(({ message }) => message === 'began') === true,
  );
});
