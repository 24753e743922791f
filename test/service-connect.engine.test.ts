import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { ECS, type Task } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EngineClient } from './engine-client.ts';
import { hasAws } from './has-aws.ts';
import {
  awsCli,
  freePort,
  longshore,
  newDataDirectory,
  startLongshore,
  type RunningLongshore,
} from './longshore-process.ts';
import { openDefaultGroup } from './open-group.ts';

/** Two ECS services on real containers, set up by the unmodified `aws` CLI: one calls the other through Service Connect. */

const walkMs = 400_000;
const poll = { timeout: 120_000, interval: 500 };
const image = 'longshore/web:1';
const cluster = 'shop';
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
/** Calls that must have been made after something happened, before it is looked at. */
const enoughCalls = 60;

const engine = new EngineClient(
  (process.env['LONGSHORE_ENGINE'] ?? 'unix:///var/run/docker.sock').replace('unix://', ''),
);

let directory = '';
let server: RunningLongshore;
let aws: ReturnType<typeof awsCli>;
let ecs: ECS;
let network = '';
let group = '';
/** Where the client shows what it has counted; it listens at the port that it calls, too. */
const statusPort = 8081;

async function define(family: string, script: string, portMapping: object): Promise<void> {
  const definition = {
    family,
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    containerDefinitions: [
      {
        name: 'app',
        image,
        entryPoint: ['sh', '-c'],
        command: [script],
        portMappings: [{ containerPort: 8080, protocol: 'tcp', ...portMapping }],
        stopTimeout: 2,
      },
    ],
  };
  await aws('ecs', 'register-task-definition', '--cli-input-json', file(`${family}.json`, definition));
}

function file(name: string, content: object): string {
  const path = join(directory, name);
  writeFileSync(path, JSON.stringify(content));
  return `file://${path}`;
}

async function serve(name: string, count: number, connect: object): Promise<any> {
  return aws(
    ...['ecs', 'create-service', '--cluster', cluster, '--service-name', name, '--task-definition', name],
    ...['--desired-count', String(count), '--launch-type', 'FARGATE', '--network-configuration', network],
    ...['--service-connect-configuration', file(`${name}-connect.json`, connect)],
  );
}

async function running(serviceName: string): Promise<readonly Task[]> {
  const { taskArns: tasks = [] } = await ecs.listTasks({ cluster, serviceName });
  if (tasks.length === 0) return [];
  const { tasks: found = [] } = await ecs.describeTasks({ cluster, tasks });
  return found.filter(({ lastStatus, desiredStatus }) => lastStatus === 'RUNNING' && desiredStatus === 'RUNNING');
}

function addressOf({ attachments = [] }: Task): string {
  return attachments[0]?.details?.find(({ name }) => name === 'privateIPv4Address')?.value ?? '';
}

async function page(address: string, port = 8080): Promise<string> {
  return fetch(`http://${address}:${port}/`).then(async (answer) => (await answer.text()).trim());
}

/** What the client's container has counted: calls that were answered, calls that failed, and who answered the last ones. */
async function calls(): Promise<{ readonly ok: number; readonly failed: number; readonly last: ReadonlySet<string> }> {
  const [client] = await running('client');
  if (client === undefined) throw new Error('no client runs');
  const [counts = '', ...last] = (await page(addressOf(client), statusPort)).split('\n');
  const [ok = 0, failed = 0] = counts.split(' ').map(Number);
  return { ok, failed, last: new Set(last) };
}

async function moreCalls(): Promise<Awaited<ReturnType<typeof calls>>> {
  // It shows something after its first call.
  await expect.poll(async () => (await calls()).ok, poll).toBeGreaterThan(0);
  const { ok } = await calls();
  await expect.poll(async () => (await calls()).ok, poll).toBeGreaterThan(ok + enoughCalls);
  return calls();
}

/** The rule that every default group has: its members may reach one another. */
function fromMembers(): string {
  return JSON.stringify([{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: group }] }]);
}

/** What each backend task says of itself. */
async function backends(): Promise<readonly string[]> {
  return Promise.all((await running('backend')).map((task) => page(addressOf(task))));
}

async function replaced(service: string, count: number): Promise<void> {
  const before = new Set((await running(service)).map(({ taskArn }) => taskArn));
  await aws('ecs', 'update-service', '--cluster', cluster, '--service', service, '--force-new-deployment');
  await expect
    .poll(async () => {
      const { services: [found] = [] } = await ecs.describeServices({ cluster, services: [service] });
      const now = await running(service);
      return (
        found?.deployments?.length === 1 && now.length === count && now.every(({ taskArn }) => !before.has(taskArn))
      );
    }, poll)
    .toBe(true);
}

const runs = '/run/longshore/connect';
/** Folders of agents of this test there. */
const agents = new Set<string>();

/** What the proxy of a task has counted, asked where its socket is. */
async function figures({ taskArn = '' }: Task): Promise<any> {
  const id = taskArn.slice(taskArn.lastIndexOf('/') + 1);
  const agent = readdirSync(runs).find((name) => readdirSync(join(runs, name)).includes(`${id}.sock`));
  agents.add(agent ?? '');
  return new Promise((resolve, reject) => {
    const socketPath = join(runs, agent ?? '', `${id}.sock`);
    request({ socketPath, path: '/figures' }, (answer) => {
      let text = '';
      answer.on('data', (piece: Buffer) => (text += piece.toString()));
      answer.on('end', () => resolve(JSON.parse(text)));
    })
      .on('error', reject)
      .end();
  });
}

describe.skipIf(!hasAws)('Service Connect (skipped where there is no aws command)', () => {
  beforeAll(async () => {
    directory = newDataDirectory();
    server = await startLongshore({ directory, port: await freePort() });
    aws = awsCli(server.endpoint);
    ecs = new ECS({ endpoint: server.endpoint, region: 'us-east-1', credentials });
    const { stderr } = await longshore(['image']);
    if (stderr.includes('cannot')) throw new Error(stderr);
    await openDefaultGroup(aws, String(statusPort));
    group = await openDefaultGroup(aws, '8080');
    const { Subnets: subnets } = await aws('ec2', 'describe-subnets');
    network = `awsvpcConfiguration={subnets=[${subnets[0].SubnetId},${subnets[1].SubnetId}],assignPublicIp=DISABLED}`;
  }, walkMs);

  afterAll(async () => {
    ecs.destroy();
    await server.stop();
    await longshore(['down', '--data-dir', directory]);
    rmSync(directory, { recursive: true, force: true });
  }, walkMs);

  test(
    'a cluster makes its default namespace',
    async () => {
      const { cluster: made } = await aws(
        ...['ecs', 'create-cluster', '--cluster-name', cluster, '--service-connect-defaults', 'namespace=shop'],
      );
      const { Namespaces: found } = await aws('servicediscovery', 'list-namespaces');
      expect(found).toMatchObject([{ Name: 'shop', Type: 'HTTP', Arn: made.serviceConnectDefaults.namespace }]);
    },
    walkMs,
  );

  test(
    'one service calls the other by its short name, at the port that it listens at itself',
    async () => {
      const who = 'mkdir -p /tmp/w && cat /proc/sys/kernel/random/uuid > /tmp/w/index.html';
      await define('backend', `${who} && exec httpd -f -p 8080 -h /tmp/w`, { name: 'http', appProtocol: 'http' });
      const count =
        'if said=$(timeout 10 wget -qO- http://backend:8080/); then ok=$((ok+1)); echo $said >> /tmp/said; else failed=$((failed+1)); fi';
      const show = '{ echo $ok $failed; tail -n 40 /tmp/said; } > /tmp/new; mv /tmp/new /tmp/w/index.html';
      const loop = `mkdir -p /tmp/w; touch /tmp/said; ok=0; failed=0; httpd -p 8080 -h /tmp/w; httpd -p ${statusPort} -h /tmp/w; while true; do ${count}; ${show}; usleep 20000; done`;
      await define('client', loop, {});
      const { service } = await serve('backend', 2, {
        enabled: true,
        services: [{ portName: 'http', discoveryName: 'backend', clientAliases: [{ port: 8080, dnsName: 'backend' }] }],
      });
      expect(service.deployments[0].serviceConnectResources).toMatchObject([{ discoveryName: 'backend' }]);
      await expect.poll(async () => (await running('backend')).length, poll).toBe(2);
      await serve('client', 1, { enabled: true });
      await expect.poll(async () => (await running('client')).length, poll).toBe(1);
      const { failed, last } = await moreCalls();
      expect(failed).toBe(0);
      expect([...last].sort()).toEqual([...(await backends())].sort());
      const { Services: discovered } = await aws('servicediscovery', 'list-services');
      expect(discovered).toMatchObject([{ Name: 'backend', InstanceCount: 2 }]);
      const [client] = await running('client');
      expect((await figures(client as Task)).endpoints[0].answered2xx).toBeGreaterThan(enoughCalls);
      const { serviceArns } = await aws('ecs', 'list-services-by-namespace', '--namespace', 'shop');
      expect(serviceArns).toHaveLength(2);
    },
    walkMs,
  );

  test(
    'while its tasks are replaced, no call fails',
    async () => {
      const before = await backends();
      await replaced('backend', 2);
      const { failed, last } = await moreCalls();
      expect(failed).toBe(0);
      expect([...last].sort()).toEqual([...(await backends())].sort());
      expect(before.some((one) => last.has(one))).toBe(false);
    },
    walkMs,
  );

  test(
    'a container that is killed is not called any more, and no call fails',
    async () => {
      const [victim] = await running('backend');
      const gone = await page(addressOf(victim as Task));
      const { ok } = await calls();
      await engine.kill(victim?.containers?.[0]?.runtimeId ?? '');
      await expect.poll(async () => (await calls()).ok, poll).toBeGreaterThan(ok + enoughCalls);
      const { failed, last } = await calls();
      expect(failed).toBe(0);
      expect(last.has(gone)).toBe(false);
      await expect.poll(async () => (await running('backend')).length, poll).toBe(2);
    },
    walkMs,
  );

  test(
    'proxies outlive the control plane and its agent, and follow tasks again afterwards',
    async () => {
      await server.kill();
      server = await startLongshore({ directory, port: server.port });
      await expect.poll(async () => (await running('client')).length, poll).toBe(1);
      await replaced('backend', 2);
      const { failed, last } = await moreCalls();
      expect(failed).toBe(0);
      expect([...last].sort()).toEqual([...(await backends())].sort());
    },
    walkMs,
  );

  test(
    'security groups hold: calls come from the address of the task',
    async () => {
      const { failed: before } = await calls();
      const rule = ['--group-id', group, '--protocol', 'tcp', '--port', '8080', '--cidr', '0.0.0.0/0'];
      await aws('ec2', 'revoke-security-group-ingress', ...rule);
      await aws('ec2', 'revoke-security-group-ingress', '--group-id', group, '--ip-permissions', fromMembers());
      await expect.poll(async () => (await calls()).failed, poll).toBeGreaterThan(before);
      // Its members, and nobody else: the client's address is one of them, this machine's is not.
      await aws('ec2', 'authorize-security-group-ingress', '--group-id', group, '--ip-permissions', fromMembers());
      const { failed } = await moreCalls();
      const [backend] = await running('backend');
      await expect(
        fetch(`http://${addressOf(backend as Task)}:8080/`, { signal: AbortSignal.timeout(2_000) }),
      ).rejects.toThrow();
      expect((await moreCalls()).failed).toBe(failed);
      await aws('ec2', 'authorize-security-group-ingress', ...rule);
    },
    walkMs,
  );

  test(
    'App Mesh says what stands in its place',
    async () => {
      const { code, stderr } = await aws.raw('appmesh', 'list-meshes');
      expect(code).not.toBe(0);
      expect(stderr).toContain('use Amazon ECS Service Connect instead');
    },
    walkMs,
  );

  test(
    'a deleted service takes its endpoint along',
    async () => {
      for (const service of ['client', 'backend'])
        await aws('ecs', 'delete-service', '--cluster', cluster, '--service', service, '--force');
      await expect.poll(async () => (await aws('servicediscovery', 'list-services')).Services.length, poll).toBe(0);
    },
    walkMs,
  );

  test(
    'nothing of the proxies is left after longshore down',
    async () => {
      expect(agents.size).toBeGreaterThan(0);
      await server.stop();
      expect((await longshore(['down', '--data-dir', directory])).code).toBe(0);
      expect(readdirSync(runs).filter((name) => agents.has(name))).toEqual([]);
    },
    walkMs,
  );
});
