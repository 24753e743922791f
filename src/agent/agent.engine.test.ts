import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { labels } from '../agent-protocol/index.ts';
import { openNetwork } from '../network/contract/index.ts';
import { openLinuxNetwork } from '../network/linux/index.ts';
import type { TaskNetwork } from '../network/index.ts';
import { buildLocalImage } from '../platform/index.ts';
import { DockerRuntime } from '../runtime/docker/index.ts';
import { EcsTestServer, instanceArn } from './contract/ecs-server.ts';
import { keptLog, realClock, realIds, until } from './contract/real-time.ts';
import { pausesLast } from './hooks/pauses-last.ts';
import { taskPayload } from './contract/tasks.ts';
import type { Agent } from './index.ts';
import { startAgent } from './index.ts';

const engine = process.env['LONGSHORE_ENGINE'] ?? process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
const server = new EcsTestServer();
const log = keptLog();
const runtime = new DockerRuntime({ address: engine, log });
let network: TaskNetwork;
let dataDir = '';
let agent: Agent;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'ls-agent-'));
  await runtime.loadImage((await buildLocalImage()).tar);
  network = await openNetwork(await openLinuxNetwork({ owner: 'agenttest', log }));
  await server.listen();
  agent = await startAgent({
    endpoint: server.endpoint,
    region: 'us-east-1',
    cluster: 'default',
    credentials: () => ({ accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' }),
    dataDir,
    runtime,
    network,
    clock: realClock,
    ids: realIds,
    log,
    launchKind: 'EC2',
    pausePoolSize: 2,
    metadata: { address: '169.254.170.2', port: 8170, runDir: join(dataDir, 'run'), apiPort: 8171 },
    introspection: { address: '127.0.0.1', port: 8172 },
    settings: { cleanupWaitMs: 60_000, containerMetadata: true },
  });
  await agent.ready;
});

afterAll(async () => {
  await agent.stop();
  for (const container of pausesLast(await runtime.list({ [labels.instance]: instanceArn })))
    await runtime.remove(container.id);
  await network.destroy();
  runtime.close();
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
});

type Task = Record<string, any>;
const has = (task: Task, status: string) => () => server.statuses(task['arn']).includes(status);
const last = (task: Task): Record<string, any> => server.reports(task['arn']).at(-1) ?? {};
const awslogs = (stream: string, group = '/ecs/test'): object => ({
  LogConfig: {
    Type: 'awslogs',
    Config: { 'awslogs-group': group, 'awslogs-region': 'us-east-1', 'awslogs-stream': stream },
  },
});
const lines = (stream: string): readonly string[] =>
  (server.logs.get(`/ecs/test ${stream}`) ?? []).map((event) => event.message);
const sh = (script: string): object => ({ command: ['sh', '-c', script] });

/** Runs a task to its end. @returns its last report */
async function runToEnd(task: Task): Promise<Record<string, any>> {
  server.payload(task);
  await until(`the task is STOPPED\n${log.lines.slice(-20).join('\n')}`, has(task, 'STOPPED'), 60_000);
  return last(task);
}

function eni(id: number): object {
  return {
    attachmentArn: `arn:aws:ecs:us-east-1:123456789012:attachment/${id}`,
    ec2Id: `eni-0000000000000000${id}`,
    macAddress: `0a:58:ac:1f:63:${id}`,
    ipv4Addresses: [{ primary: true, privateAddress: `10.97.99.${id}` }],
    subnetGatewayIpv4Address: '10.97.96.1/20',
    privateDnsName: `ip-10-97-99-${id}.ec2.internal`,
  };
}

test('a bridge task: host port, RUNNING, exit code of the signal handler', async () => {
  const task = taskPayload(
    {},
    {
      ...sh('trap "exit 7" TERM; while :; do sleep 0.1; done'),
      portMappings: [{ containerPort: 80, hostPort: 0, protocol: 'tcp' }],
    },
  );
  server.payload(task);
  await until('RUNNING', has(task, 'RUNNING'));
  expect(last(task)['containers'][0].networkBindings).toMatchObject([
    { bindIP: '0.0.0.0', containerPort: 80, protocol: 'tcp' },
  ]);
  server.payload({ ...task, desiredStatus: 'STOPPED' });
  await until('STOPPED', has(task, 'STOPPED'));
  // An engine that tells of the end late has the container reported first, with the task's status as it is.
  expect([...new Set(server.statuses(task['arn']))]).toEqual(['RUNNING', 'STOPPED']);
  expect(last(task)['containers'][0]).toMatchObject({ containerName: 'app', exitCode: 7 });
});

test.each([
  {
    name: 'a program that does not exist',
    container: { command: ['/no/such/bin'] },
    want: {
      reason: expect.stringMatching(/^CannotStartContainerError: Error response from daemon: .*\/no\/such\/bin/),
    },
  },
  {
    name: 'an image that does not exist',
    container: { image: '127.0.0.1:9/none:1' },
    want: { reason: expect.stringMatching(/^CannotPullContainerError: /) },
  },
  {
    name: 'a volume that does not exist',
    container: { mountPoints: [{ sourceVolume: 'nope', containerPath: '/x', readOnly: false }] },
    want: { reason: 'HostConfigError: Invalid volume referenced: nope' },
  },
  {
    name: 'a log group that does not exist',
    container: { ...sh('sleep 60'), hostConfig: awslogs('s', '/ecs/none') },
    want: {
      reason: expect.stringMatching(
        /^CannotStartContainerError: Error response from daemon: failed to initialize logging driver: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist/,
      ),
    },
  },
  {
    name: 'too much memory',
    container: { ...sh('x=a; while :; do x=$x$x; done'), memory: 8 },
    want: { exitCode: 137 },
    why: 'OutOfMemoryError: Container killed due to memory usage',
  },
  { name: 'a program that ends well', container: { ...sh('exit 0') }, want: { exitCode: 0 } },
])(
  '$name',
  async ({ container, want, why }) => {
    const stopped = await runToEnd(taskPayload({}, container));
    expect(stopped['containers'][0]).toMatchObject(want);
    if (why !== undefined && (await marksOutOfMemory())) expect(stopped['containers'][0].reason).toBe(why);
  },
  60_000,
);

test('the memory of the whole task is a limit: its container is killed, and the reason says so', async () => {
  const stopped = await runToEnd(taskPayload({ memory: 16 }, { ...sh('x=a; while :; do x=$x$x; done'), memory: 0 }));
  expect(stopped['containers'][0].exitCode).toBe(137);
  if (await marksOutOfMemory())
    expect(stopped['containers'][0].reason).toBe('OutOfMemoryError: Container killed due to memory usage');
});

/** Podman does not say so under cgroup v1: the exit code is all there is. */
async function marksOutOfMemory(): Promise<boolean> {
  const { kind, cgroupVersion } = await runtime.info();
  return kind === 'docker' || cgroupVersion === 2;
}

test('a range of ports, introspection, and the file that says what the container is', async () => {
  const task = taskPayload(
    {},
    {
      stopTimeout: 1,
      hostConfig: awslogs('file'),
      portMappings: [{ containerPortRange: '8000-8002', protocol: 'tcp' }],
      ...sh(
        'mkdir -p /www; echo from-8001 > /www/index.html; httpd -p 8001 -h /www; until grep -q READY $ECS_CONTAINER_METADATA_FILE; do sleep 0.1; done; cat $ECS_CONTAINER_METADATA_FILE; echo; sleep 60',
      ),
    },
  );
  server.payload(task);
  await until('RUNNING', has(task, 'RUNNING'));
  const [binding] = last(task)['containers'][0].networkBindings;
  expect(binding).toMatchObject({ bindIP: '0.0.0.0', containerPortRange: '8000-8002', protocol: 'tcp' });
  const [from, to] = binding.hostPortRange.split('-').map(Number);
  expect(to - from).toBe(2);
  expect(await (await fetch(`http://127.0.0.1:${from + 1}/`)).text()).toBe('from-8001\n');
  await until('the file is READY', () => lines('file').length > 0);
  const file = JSON.parse(lines('file')[0] ?? '');
  expect(file).toMatchObject({ TaskARN: task['arn'], ContainerName: 'app', Networks: [{ NetworkMode: 'bridge' }] });
  expect(file.PortMappings).toHaveLength(3);
  const asked = await fetch(`http://127.0.0.1:8172/v1/tasks?dockerid=${file.ContainerID.slice(0, 12)}`);
  expect(await asked.json()).toMatchObject({
    Arn: task['arn'],
    KnownStatus: 'RUNNING',
    Containers: [{ DockerId: file.ContainerID, ImageID: file.ImageID }],
  });
  server.payload({ ...task, desiredStatus: 'STOPPED' });
  await until('STOPPED', has(task, 'STOPPED'), 60_000);
});

test('a container that ignores SIGTERM is killed after its stopTimeout', async () => {
  const task = taskPayload({}, { ...sh('trap "" TERM; while :; do sleep 0.1; done'), stopTimeout: 2 });
  server.payload(task);
  await until('RUNNING', has(task, 'RUNNING'));
  const startMs = Date.now();
  server.payload({ ...task, desiredStatus: 'STOPPED' });
  await until('STOPPED', has(task, 'STOPPED'));
  expect(Date.now() - startMs).toBeGreaterThan(1_900);
  expect(last(task)['containers'][0]).toMatchObject({ exitCode: 137 });
});

test('dependsOn SUCCESS and a task volume: what the first wrote, the second reads; all lines are there at STOPPED', async () => {
  const mountPoints = [{ sourceVolume: 'work', containerPath: '/work', readOnly: false }];
  const task = taskPayload(
    { volumes: [{ name: 'work', type: 'host', host: {} }] },
    { name: 'init', essential: false, mountPoints, ...sh('echo hello > /work/greeting') },
    {
      name: 'app',
      mountPoints,
      ...sh('cat /work/greeting; echo to-stderr >&2; exit 5'),
      hostConfig: awslogs('depends'),
      dependsOn: [{ containerName: 'init', condition: 'SUCCESS' }],
    },
  );
  const stopped = await runToEnd(task);
  expect(stopped['containers']).toMatchObject([
    { containerName: 'init', exitCode: 0 },
    { containerName: 'app', exitCode: 5 },
  ]);
  expect([...lines('depends')].sort()).toEqual(['hello', 'to-stderr']);
});

test('metadata, credentials and the API are reachable from a bridge task, under its own id only', async () => {
  const credentials = {
    credentialsId: 'c-1',
    roleArn: 'arn:aws:iam::123456789012:role/task',
    accessKeyId: 'ASIA1',
    secretAccessKey: 's',
    sessionToken: 't',
    expiration: '2030-01-01T00:00:00Z',
  };
  const script = [
    'sleep 0.5',
    'wget -qO- $ECS_CONTAINER_METADATA_URI_V4/task; echo',
    'wget -qO- $ECS_CONTAINER_METADATA_URI_V4; echo',
    'wget -qO- $AWS_CONTAINER_CREDENTIALS_FULL_URI; echo',
    'wget -qO- http://169.254.170.2:8170/v2/credentials/guess 2>&1; echo',
    'wget -qO- --post-data={} --header "X-Amz-Target: AmazonEC2ContainerServiceV20141113.DiscoverPollEndpoint" $AWS_ENDPOINT_URL; echo',
    'env | grep AWS_ | sort',
  ].join('; ');
  const task = taskPayload(
    { roleCredentials: credentials, cpu: 0.25, memory: 128 },
    { ...sh(script), hostConfig: awslogs('metadata') },
  );
  await runToEnd(task);
  const [document = '', container = '', role = '', guess = '', api = '', ...env] = lines('metadata');
  expect(JSON.parse(document)).toMatchObject({
    TaskARN: task['arn'],
    Family: 'web',
    Revision: '1',
    KnownStatus: 'RUNNING',
    AvailabilityZone: 'us-east-1a',
    Limits: { CPU: 0.25, Memory: 128 },
    LaunchType: 'EC2',
    Containers: [{ Name: 'app' }],
  });
  expect(JSON.parse(container)).toMatchObject({
    Name: 'app',
    Type: 'NORMAL',
    LogDriver: 'awslogs',
    Labels: { 'com.amazonaws.ecs.task-arn': task['arn'] },
    Networks: [{ NetworkMode: 'bridge' }],
  });
  expect(JSON.parse(role)).toEqual({
    RoleArn: credentials.roleArn,
    AccessKeyId: 'ASIA1',
    SecretAccessKey: 's',
    Token: 't',
    Expiration: '2030-01-01T00:00:00Z',
  });
  expect(guess).toContain('400');
  expect(JSON.parse(api)).toMatchObject({ endpoint: expect.stringContaining('/acs') });
  expect(env).toEqual(
    expect.arrayContaining([
      'AWS_REGION=us-east-1',
      'AWS_EXECUTION_ENV=AWS_ECS_EC2',
      'AWS_ENDPOINT_URL=http://169.254.170.2:8171',
    ]),
  );
});

test('an awsvpc task: one address, shared localhost, its own name, reached by another task', async () => {
  await until('the pool is ready', () => log.lines.length > 0);
  const vpc = {
    networkMode: 'awsvpc',
    longshore: {
      account: '123456789012',
      region: 'us-east-1',
      availabilityZone: 'us-east-1a',
      vpcPrefixes: ['10.97.96.0/20'],
    },
  };
  const web = taskPayload(
    { ...vpc, elasticNetworkInterfaces: [eni(10)] },
    { name: 'web', stopTimeout: 1, ...sh('mkdir /www; echo from-web > /www/index.html; httpd -f -p 80 -h /www') },
    {
      name: 'side',
      stopTimeout: 1,
      essential: false,
      hostConfig: awslogs('side'),
      ...sh(
        'until wget -qO- http://127.0.0.1/ 2>/dev/null; do sleep 0.1; done; ip -4 addr show eth0 | grep -o "10.97[.0-9/]*"; grep -o "ip-10.*" /etc/hosts; sleep 60',
      ),
    },
  );
  server.payload(web);
  await until('RUNNING', has(web, 'RUNNING'));
  expect(server.statuses(web['arn'])).toEqual(['ATTACHED', 'RUNNING']);
  await until('the sidecar heard from its neighbour', () => lines('side').length >= 3);
  expect(lines('side')).toEqual(['from-web', '10.97.99.10/20', 'ip-10-97-99-10.ec2.internal']);
  const other = taskPayload(
    { ...vpc, elasticNetworkInterfaces: [eni(11)] },
    { hostConfig: awslogs('other'), ...sh('wget -qO- http://10.97.99.10/; wget -qO- $ECS_CONTAINER_METADATA_URI_V4') },
  );
  expect((await runToEnd(other))['containers'][0]).toMatchObject({ exitCode: 0 });
  expect(lines('other')[0]).toBe('from-web');
  expect(JSON.parse(lines('other')[1] ?? '')).toMatchObject({
    Networks: [{ NetworkMode: 'awsvpc', IPv4Addresses: ['10.97.99.11'], IPv4SubnetCIDRBlock: '10.97.96.0/20' }],
  });
  server.payload({ ...web, desiredStatus: 'STOPPED' });
  await until('STOPPED', has(web, 'STOPPED'), 60_000);
  expect(await network.list()).toEqual([]);
});

test("a container's health check and its failure go up", async () => {
  const check = {
    Healthcheck: { Test: ['CMD-SHELL', 'test -e /tmp/well'], Interval: 1e9, Timeout: 5e9, Retries: 1, StartPeriod: 0 },
  };
  const task = taskPayload(
    {},
    {
      ...sh('touch /tmp/well; sleep 6; rm /tmp/well; sleep 60'),
      config: check,
      stopTimeout: 1,
      healthCheckType: 'docker',
    },
  );
  server.payload(task);
  const health = (): readonly string[] =>
    server.frames.flatMap(({ type, message }) =>
      type === 'PublishHealthRequest'
        ? message['tasks']
            .filter((one: Task) => one['taskArn'] === task['arn'])
            .map((one: Task) => one['containers'][0].healthStatus)
        : [],
    );
  await until('HEALTHY', () => health().includes('HEALTHY'));
  await until('UNHEALTHY', () => health().includes('UNHEALTHY'));
  server.payload({ ...task, desiredStatus: 'STOPPED' });
  await until('STOPPED', has(task, 'STOPPED'), 60_000);
}, 120_000);
