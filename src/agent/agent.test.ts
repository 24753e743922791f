import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { labels } from '../agent-protocol/index.ts';
import { clusterArn, instanceArn } from './contract/ecs-server.ts';
import { Harness, fakeEngine } from './contract/harness.ts';
import { until } from './contract/real-time.ts';
import { taskPayload } from './contract/tasks.ts';
import { startAgent } from './index.ts';

const image = 'longshore/web:1';
let harness: Harness;

beforeEach(async () => {
  harness = new Harness(fakeEngine());
  await harness.open();
});
afterEach(async () => {
  await harness.close();
});

const has = (task: Record<string, any>, status: string) => () => harness.server.statuses(task['arn']).includes(status);
const frames = (type: string) =>
  harness.server.frames.filter((frame) => frame.type === type).map((frame) => frame.message);
const containersOf = (task: Record<string, any>) => harness.runtime.list({ [labels.taskArn]: task['arn'] });

test('[ECR-23] registers what it can, connects signed, and answers heartbeats', async () => {
  harness.runtime.addImage(image);
  await harness.start({ attributes: { stack: 'test' }, tags: { team: 'sea' } });
  const [request] = harness.server.calledWith('RegisterContainerInstance');
  expect(request).toMatchObject({ cluster: 'default', tags: [{ key: 'team', value: 'sea' }] });
  const names = request?.['attributes'].map((attribute: { name: string }) => attribute.name);
  expect(names).toEqual(
    expect.arrayContaining([
      'stack',
      'ecs.capability.task-eni',
      'com.amazonaws.ecs.capability.logging-driver.awslogs',
      'com.amazonaws.ecs.capability.ecr-auth',
      'ecs.capability.execution-role-ecr-pull',
    ]),
  );
  expect(request?.['totalResources'].map((one: { name: string }) => one.name)).toEqual([
    'CPU',
    'MEMORY',
    'PORTS',
    'PORTS_UDP',
  ]);
  await until('the heartbeat is acknowledged', () => frames('HeartbeatAckRequest').length > 0);
  await until('both sockets are open', () => harness.server.upgrades.length === 2);
  for (const { headers } of harness.server.upgrades) {
    expect(headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDTEST\/\d{8}\/us-east-1\/ecs\/aws4_request, SignedHeaders=host;x-amz-date, Signature=[0-9a-f]{64}$/,
    );
    expect(headers['x-amz-content-sha256']).toBeUndefined();
  }
  const acs = harness.server.upgrades.find(({ url }) => url.startsWith('/acs/ws?'));
  expect(new URL(acs?.url ?? '', 'http://x').searchParams.get('sendCredentials')).toBe('true');
  await until('metrics came up', () => frames('PublishMetricsRequest').length > 0);
  expect(frames('PublishMetricsRequest')[0]).toMatchObject({ metadata: { idle: true, fin: true, cluster: 'default' } });
  expect(harness.server.frames.find((frame) => frame.session === 'tcs')?.block).toMatch(
    /^Authorization: AWS4.*\r\nHost: .*\r\nX-Amz-Date: \d{8}T\d{6}Z\r\n\r\n$/,
  );
});

test('an essential exit stops the others and is reported with every exit code', async () => {
  harness.runtime.addImage('short:1', { exitAfterMs: 150, exitCode: 3 });
  harness.runtime.addImage('long:1', { stopExitCode: 143 });
  await harness.start();
  const task = taskPayload({}, { name: 'app', image: 'short:1' }, { name: 'side', image: 'long:1', essential: false });
  harness.server.payload(task);
  await until('STOPPED', has(task, 'STOPPED'));
  expect(harness.server.statuses(task['arn'])).toEqual(['RUNNING', 'STOPPED']);
  const [, stopped] = harness.server.reports(task['arn']);
  expect(stopped).toMatchObject({
    reason: '',
    containers: [
      { containerName: 'app', exitCode: 3 },
      { containerName: 'side', exitCode: 143 },
    ],
  });
  expect(stopped?.['executionStoppedAt']).toBeGreaterThan(1e9);
});

test.each([
  {
    name: 'pull',
    program: { failPull: 'manifest unknown' },
    remote: true,
    reason: 'CannotPullContainerError: Error response from daemon: manifest unknown',
  },
  {
    name: 'create',
    program: { failCreate: 'no space' },
    remote: false,
    reason: 'CannotCreateContainerError: Error response from daemon: no space',
  },
  {
    name: 'start',
    program: { failStart: 'exec: "/no": not found' },
    remote: false,
    reason: 'CannotStartContainerError: Error response from daemon: exec: "/no": not found',
  },
])('a failed $name is the reason of the container', async ({ program, remote, reason }) => {
  harness.runtime.addImage('bad:1', program, { remote });
  await harness.start();
  const task = taskPayload({}, { image: 'bad:1' });
  harness.server.payload(task);
  await until('STOPPED', has(task, 'STOPPED'));
  expect(harness.server.statuses(task['arn'])).toEqual(['STOPPED']);
  expect(harness.server.reports(task['arn'])[0]?.['containers']).toMatchObject([
    { containerName: 'app', status: 'STOPPED', reason },
  ]);
});

test.each([
  { image: 'an image of the machine', program: {}, remote: false, status: 'RUNNING' },
  { image: 'a pulled one', program: { pullMs: 50 }, remote: true, status: 'RUNNING' },
  { image: 'one that is not to be had', program: { failPull: 'manifest unknown' }, remote: true, status: 'STOPPED' },
])('[AG-40] from when to when it was pulled is reported of $image', async ({ program, remote, status }) => {
  harness.runtime.addImage('timed:1', program, { remote });
  await harness.start();
  const beforeS = Date.now() / 1000;
  const task = taskPayload({}, { image: 'timed:1' });
  harness.server.payload(task);
  await until(status, has(task, status));
  const report = harness.server.reports(task['arn']).find((one) => one['status'] === status);
  const { pullStartedAt, pullStoppedAt } = report as { pullStartedAt: number; pullStoppedAt: number };
  expect(pullStartedAt).toBeGreaterThanOrEqual(beforeS);
  expect(pullStoppedAt).toBeGreaterThanOrEqual(pullStartedAt);
  expect(pullStoppedAt).toBeLessThanOrEqual(Date.now() / 1000);
});

test('a payload with a task it cannot read is not acknowledged; the good task runs, the bad one is STOPPED', async () => {
  harness.runtime.addImage(image);
  await harness.start();
  const good = taskPayload({}, {});
  const bad = taskPayload({}, { portMappings: [{ containerPort: 1, protocol: 'sctp' }] });
  const messageId = harness.server.payload(good, bad);
  await until('the good one runs', has(good, 'RUNNING'));
  await until('the bad one is refused', has(bad, 'STOPPED'));
  expect(harness.server.reports(bad['arn'])[0]?.['reason']).toBe(
    'UnrecogniedTaskError: Error loading task - TransportProtocol must be "tcp" or "udp"; Got "sctp"',
  );
  expect(frames('AckRequest').map((ack) => ack['messageId'])).not.toContain(messageId);
});

test('stopping a task it does not know is reported at once, and a start after that is ignored', async () => {
  harness.runtime.addImage(image);
  await harness.start();
  const task = taskPayload({}, {});
  harness.server.payload({ ...task, desiredStatus: 'STOPPED' });
  await until('STOPPED', has(task, 'STOPPED'));
  const messageId = harness.server.payload(task);
  await until('the start is acknowledged', () => frames('AckRequest').some((ack) => ack['messageId'] === messageId));
  expect(await containersOf(task)).toEqual([]);
});

test('the same task sent twice makes one container', async () => {
  harness.runtime.addImage(image);
  await harness.start();
  const task = taskPayload({}, {});
  harness.server.payload(task);
  harness.server.payload(task);
  await until('RUNNING', has(task, 'RUNNING'));
  expect(await containersOf(task)).toHaveLength(1);
});

test('role credentials are acknowledged, never written to disk, and served under their id', async () => {
  harness.runtime.addImage(image);
  await harness.start();
  const credentials = {
    credentialsId: 'cred-1',
    roleArn: 'arn:aws:iam::123456789012:role/task',
    accessKeyId: 'ASIA1',
    secretAccessKey: 'very-secret',
    sessionToken: 'tok',
    expiration: '2030-01-01T00:00:00Z',
  };
  const task = taskPayload({ roleCredentials: credentials }, {});
  harness.server.payload(task);
  await until('RUNNING', has(task, 'RUNNING'));
  expect(frames('IAMRoleCredentialsAckRequest')).toEqual([
    expect.objectContaining({ credentialsId: 'cred-1', expiration: '2030-01-01T00:00:00Z' }),
  ]);
  harness.server.send('IAMRoleCredentialsMessage', {
    messageId: 'refresh',
    taskArn: task['arn'],
    taskClusterArn: clusterArn,
    roleType: 'TaskApplication',
    roleCredentials: credentials,
  });
  await until('the refresh is acknowledged', () => frames('IAMRoleCredentialsAckRequest').length === 2);
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  const folder = join(harness.dataDir, 'tasks');
  for (const name of await readdir(folder))
    expect(await readFile(join(folder, name), 'utf8')).not.toContain('very-secret');
});

test('a manifest stops what is not listed, after the control plane confirmed it; an older one is dropped', async () => {
  harness.runtime.addImage(image);
  await harness.start();
  const [kept, gone] = [taskPayload({}, {}), taskPayload({}, {})];
  harness.server.payload(kept, gone);
  await until('both run', () => has(kept, 'RUNNING')() && has(gone, 'RUNNING')());
  const listed = [{ taskArn: kept['arn'], taskClusterArn: clusterArn, desiredStatus: 'RUNNING' }];
  const manifest = { clusterArn, containerInstanceArn: instanceArn, generatedAt: 1, tasks: listed };
  harness.server.send('TaskManifestMessage', { ...manifest, messageId: 'old', timeline: 0 });
  harness.server.send('TaskManifestMessage', { ...manifest, messageId: 'm1', timeline: harness.server.nextSequence() });
  await until('it asks', () => frames('TaskStopVerificationMessage').length > 0);
  expect(frames('TaskStopVerificationMessage')).toEqual([
    {
      messageId: 'm1',
      stopCandidates: [{ taskArn: gone['arn'], taskClusterArn: clusterArn, desiredStatus: 'STOPPED' }],
    },
  ]);
  harness.server.send('TaskStopVerificationAck', {
    messageId: 'm1',
    generatedAt: 1,
    stopTasks: [{ taskArn: gone['arn'] }, { taskArn: kept['arn'] }],
  });
  await until('it stops', has(gone, 'STOPPED'));
  expect(harness.server.statuses(kept['arn'])).toEqual(['RUNNING']);
});

test('health goes up within a second of its change', async () => {
  harness.runtime.addImage('checked:1', {
    health: [
      { atMs: 100, status: 'healthy' },
      { atMs: 700, status: 'unhealthy', output: 'no answer' },
    ],
  });
  await harness.start();
  const task = taskPayload(
    {},
    { image: 'checked:1', healthCheckType: 'docker', config: { Healthcheck: { Test: ['CMD', 'true'] } } },
  );
  harness.server.payload(task);
  const health = () => frames('PublishHealthRequest').map((message) => message['tasks'][0].containers[0]);
  await until('HEALTHY', () => health().some((one) => one.healthStatus === 'HEALTHY'), 2_000);
  await until('UNHEALTHY', () => health().some((one) => one.healthStatus === 'UNHEALTHY'), 2_000);
  expect(health().at(-1)).toMatchObject({ containerName: 'app', statusMessage: 'no answer' });
});

test('reports wait out a control plane that fails, in order, and a state refused for good is dropped', async () => {
  harness.runtime.addImage('short:1', { exitAfterMs: 50, exitCode: 1 });
  await harness.start();
  const task = taskPayload({}, { image: 'short:1' });
  const dropped = taskPayload({}, { image: 'short:1' });
  const when = (of: Record<string, any>) => (body: Record<string, any>) => body['task'] === of['arn'];
  for (let count = 0; count < 4; count += 1)
    harness.server.refusals.push({
      operation: 'SubmitTaskStateChange',
      status: 500,
      type: 'ServerException',
      message: 'later',
      when: when(task),
    });
  harness.server.refusals.push({
    operation: 'SubmitTaskStateChange',
    status: 400,
    type: 'InvalidParameterException',
    message: 'unknown task',
    when: when(dropped),
  });
  harness.server.payload(task, dropped);
  await until('STOPPED', has(task, 'STOPPED'));
  expect(harness.server.statuses(task['arn'])).toEqual(['RUNNING', 'STOPPED']);
  expect(harness.server.statuses(dropped['arn'])).toEqual(['STOPPED']);
});

test('a dropped connection is made anew, and says that credentials need not be sent', async () => {
  await harness.start();
  await until('both sockets are open', () => harness.server.upgrades.length === 2);
  harness.server.drop(1000);
  await until('it is back', () => harness.server.upgrades.filter(({ url }) => url.startsWith('/acs')).length === 2);
  const again = harness.server.upgrades.filter(({ url }) => url.startsWith('/acs'))[1];
  expect(new URL(again?.url ?? '', 'http://x').searchParams.get('sendCredentials')).toBe('false');
});

test('after a restart of the agent running tasks go on, ended ones are reported, and none starts twice', async () => {
  harness.runtime.addImage(image, { stopExitCode: 0 });
  const first = await harness.start();
  const [stays, ends, vanishes] = [taskPayload({}, {}), taskPayload({}, {}), taskPayload({}, {})];
  harness.server.payload(stays, ends, vanishes);
  await until('all run', () => [stays, ends, vanishes].every((task) => has(task, 'RUNNING')()));
  await first.stop();
  const idOf = async (task: Record<string, any>) => (await containersOf(task))[0]?.id ?? '';
  harness.runtime.exit(await idOf(ends), 9);
  await harness.runtime.remove(await idOf(vanishes));
  const before = await idOf(stays);
  await harness.start();
  expect(harness.server.calledWith('RegisterContainerInstance')[1]).toMatchObject({
    containerInstanceArn: instanceArn,
  });
  harness.server.payload(stays, ends, vanishes);
  await until('the ended one is reported', has(ends, 'STOPPED'));
  await until('the vanished one is reported', has(vanishes, 'STOPPED'));
  expect(harness.server.reports(ends['arn']).at(-1)?.['containers'][0]).toMatchObject({ exitCode: 9 });
  expect(harness.server.reports(vanishes['arn']).at(-1)?.['containers'][0]).toMatchObject({
    reason: 'ContainerVanishedError: No container matching saved ID found',
  });
  expect((await containersOf(stays)).map(({ id, status }) => ({ id, status }))).toEqual([
    { id: before, status: 'running' },
  ]);
  // Twice when the first agent stopped before it heard that RUNNING was accepted.
  expect(new Set(harness.server.statuses(stays['arn']))).toEqual(new Set(['RUNNING']));
});

test('an engine that was away is looked at when it is back', async () => {
  harness.runtime.addImage(image);
  await harness.start();
  const task = taskPayload({}, {});
  harness.server.payload(task);
  await until('RUNNING', has(task, 'RUNNING'));
  const [container] = await containersOf(task);
  harness.runtime.goDown();
  harness.runtime.exit(container?.id ?? '', 17);
  harness.runtime.comeBack();
  await until('STOPPED', has(task, 'STOPPED'));
  expect(harness.server.reports(task['arn']).at(-1)?.['containers'][0]).toMatchObject({ exitCode: 17 });
});

test('a task that does not fit waits until there is room', async () => {
  harness.runtime.addImage('short:1', { exitAfterMs: 300 });
  await harness.start({ resources: { cpuUnits: 1024, memoryMiB: 512 } });
  const [first, second] = [
    taskPayload({ memory: 512 }, { image: 'short:1' }),
    taskPayload({ memory: 512 }, { image: 'short:1' }),
  ];
  harness.server.payload(first, second);
  await until('the second runs', has(second, 'RUNNING'));
  expect(has(first, 'STOPPED')()).toBe(true);
});

test('an awsvpc task is wired through a pause of the pool, reported ATTACHED, and unwired before STOPPED', async () => {
  harness.runtime.addImage(image);
  await harness.start({ pausePoolSize: 2 });
  await until('the pool is ready', () => harness.runtime !== undefined);
  const eni = {
    attachmentArn: 'arn:aws:ecs:us-east-1:123456789012:attachment/a1',
    ec2Id: 'eni-1',
    macAddress: '0a:58:00:00:00:01',
    ipv4Addresses: [{ primary: true, privateAddress: '172.31.16.10' }],
    subnetGatewayIpv4Address: '172.31.16.1/20',
  };
  const task = taskPayload({ networkMode: 'awsvpc', elasticNetworkInterfaces: [eni] }, {});
  harness.server.payload(task);
  await until('RUNNING', has(task, 'RUNNING'));
  expect(harness.server.statuses(task['arn'])).toEqual(['ATTACHED', 'RUNNING']);
  expect(harness.network.attached.get('eni-1')).toMatchObject({
    address: '172.31.16.10',
    prefixLength: 20,
    gateway: '172.31.16.1',
  });
  const [container] = await containersOf(task);
  const info = await harness.runtime.inspect(container?.id ?? '');
  expect(info?.networkMode).toMatch(/^container:/);
  harness.server.payload({ ...task, desiredStatus: 'STOPPED' });
  await until('STOPPED', has(task, 'STOPPED'));
  expect(harness.network.history).toEqual(['attach eni-1', 'detach eni-1']);
});

test('an interface announced before its task is attached and reported at once', async () => {
  harness.runtime.addImage(image);
  await harness.start();
  const eni = {
    attachmentArn: 'arn:aws:ecs:us-east-1:123456789012:attachment/a2',
    ec2Id: 'eni-2',
    macAddress: '0a:58:00:00:00:02',
    ipv4Addresses: [{ primary: true, privateAddress: '172.31.16.11' }],
    subnetGatewayIpv4Address: '172.31.16.1/20',
  };
  const task = taskPayload({ networkMode: 'awsvpc', elasticNetworkInterfaces: [eni] }, {});
  harness.server.send('AttachTaskNetworkInterfacesMessage', {
    clusterArn,
    containerInstanceArn: instanceArn,
    taskArn: task['arn'],
    taskClusterArn: clusterArn,
    messageId: 'attach-1',
    generatedAt: 1,
    waitTimeoutMs: 1000,
    elasticNetworkInterfaces: [eni],
  });
  await until('ATTACHED', has(task, 'ATTACHED'));
  harness.server.payload(task);
  await until('RUNNING', has(task, 'RUNNING'));
  expect(await harness.runtime.list({ [labels.internal]: 'pool' })).toHaveLength(1);
  expect(harness.server.statuses(task['arn'])).toEqual(['ATTACHED', 'RUNNING']);
  expect(harness.network.history).toEqual(['attach eni-2']);
});

test('a missing engine is waited for, and said', async () => {
  harness.runtime.goDown();
  const agent = await startAgent(harness.options());
  await until('it says so', () =>
    harness.log.lines.some((line) => line.includes('the container engine does not answer')),
  );
  harness.runtime.comeBack();
  await agent.ready;
  await agent.stop();
});

test('an agent that is stopped before it is ready says so, and stops at once', async () => {
  harness.runtime.goDown();
  const agent = await startAgent(harness.options());
  await agent.stop();
  await expect(agent.ready).rejects.toThrow('the agent was stopped');
});

test('a data directory of another cluster is refused', async () => {
  const agent = await harness.start();
  await agent.stop();
  await expect(startAgent(harness.options({ cluster: 'other' }))).rejects.toThrow(
    "belongs to cluster 'default', not 'other'",
  );
});

test('an interface announced together with its task is wired once and reported once', async () => {
  harness.runtime.addImage(image, { failStart: 'no' });
  await harness.start();
  const eni = {
    attachmentArn: 'arn:aws:ecs:us-east-1:123456789012:attachment/a3',
    ec2Id: 'eni-3',
    macAddress: '0a:58:00:00:00:03',
    ipv4Addresses: [{ primary: true, privateAddress: '172.31.16.12' }],
    subnetGatewayIpv4Address: '172.31.16.1/20',
  };
  const task = taskPayload({ networkMode: 'awsvpc', elasticNetworkInterfaces: [eni] }, {});
  harness.server.send('AttachTaskNetworkInterfacesMessage', {
    clusterArn,
    containerInstanceArn: instanceArn,
    taskArn: task['arn'],
    taskClusterArn: clusterArn,
    messageId: 'attach-1',
    generatedAt: 1,
    waitTimeoutMs: 1000,
    elasticNetworkInterfaces: [eni],
  });
  harness.server.payload(task);
  await until('STOPPED', has(task, 'STOPPED'));
  expect(harness.server.statuses(task['arn'])).toEqual(['ATTACHED', 'STOPPED']);
  expect(harness.network.history).toEqual(['attach eni-3', 'detach eni-3']);
});
