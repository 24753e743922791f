import { Resolver } from 'node:dns/promises';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ECS, type Task } from '@aws-sdk/client-ecs';
import { ServiceDiscovery } from '@aws-sdk/client-servicediscovery';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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

/** Two ECS services on real containers, set up by the unmodified `aws` CLI: one finds the other by its Cloud Map names. */

const walkMs = 400_000;
const poll = { timeout: 120_000, interval: 500 };
const image = 'longshore/web:1';
const cluster = 'default';
const ttlSeconds = 2;
/** The clocks are one; this is for what a busy machine does to a timer. */
const slackMs = 1_500;
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

let directory = '';
let server: RunningLongshore;
let aws: ReturnType<typeof awsCli>;
let ecs: ECS;
let cloudMap: ServiceDiscovery;
let vpc = '';
let network = '';
let namespace = '';
const resolver = new Resolver({ timeout: 2_000, tries: 1 });
resolver.setServers(['127.80.255.53:53']);

interface Sample {
  readonly atMs: number;
  readonly addresses: readonly string[];
}

async function define(family: string, script: string, container: object = {}): Promise<void> {
  const path = join(directory, `${family}.json`);
  writeFileSync(
    path,
    JSON.stringify({
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
          portMappings: [{ containerPort: 8080, protocol: 'tcp' }],
          stopTimeout: 2,
          ...container,
        },
      ],
    }),
  );
  await aws('ecs', 'register-task-definition', '--cli-input-json', `file://${path}`);
}

/** @returns the ARN of the registry */
async function registry(name: string, records: string, ...more: readonly string[]): Promise<string> {
  const made = await aws(
    ...['servicediscovery', 'create-service', '--name', name, '--namespace-id', namespace],
    ...['--dns-config', `DnsRecords=[${records}]`, ...more],
  );
  return made.Service.Arn as string;
}

async function serve(name: string, count: number, ...more: readonly string[]): Promise<void> {
  await aws(
    ...['ecs', 'create-service', '--cluster', cluster, '--service-name', name, '--task-definition', name],
    ...['--desired-count', String(count), '--launch-type', 'FARGATE', '--network-configuration', network, ...more],
  );
}

async function tasksOf(serviceName: string): Promise<readonly Task[]> {
  const lists = await Promise.all(
    (['RUNNING', 'STOPPED'] as const).map((desiredStatus) => ecs.listTasks({ cluster, serviceName, desiredStatus })),
  );
  const tasks = lists.flatMap(({ taskArns = [] }) => taskArns);
  return tasks.length === 0 ? [] : ((await ecs.describeTasks({ cluster, tasks })).tasks ?? []);
}

function addressOf({ attachments = [] }: Task): string {
  const details = attachments[0]?.details ?? [];
  return details.find(({ name }) => name === 'privateIPv4Address')?.value ?? '';
}

async function running(serviceName: string): Promise<readonly string[]> {
  return (await tasksOf(serviceName))
    .filter(({ lastStatus, desiredStatus }) => lastStatus === 'RUNNING' && desiredStatus === 'RUNNING')
    .map(addressOf)
    .sort();
}

async function resolved(name: string): Promise<readonly string[]> {
  return (await resolver.resolve4(name).catch((): string[] => [])).sort();
}

/** Asks for a name until told to stop. */
function sampling(name: string): { stop(): Promise<readonly Sample[]> } {
  const samples: Sample[] = [];
  const state = { going: true };
  const done = (async () => {
    while (state.going) {
      const atMs = Date.now();
      samples.push({ atMs, addresses: await resolved(name) });
      await sleep(100);
    }
  })();
  return {
    async stop() {
      state.going = false;
      await done;
      return samples;
    },
  };
}

/** Addresses that were answered when their task had been told to stop for longer than the time that answers may be remembered. */
function stale(samples: readonly Sample[], tasks: readonly Task[]): readonly string[] {
  return samples.flatMap(({ atMs, addresses }) =>
    addresses
      .filter(
        (address) =>
          !tasks.some(
            (task) =>
              addressOf(task) === address &&
              (task.stoppingAt === undefined || atMs <= task.stoppingAt.getTime() + ttlSeconds * 1_000 + slackMs),
          ),
      )
      .map((address) => `${address} at ${new Date(atMs).toISOString()}`),
  );
}

async function replaced(serviceName: string): Promise<void> {
  const before = new Set((await tasksOf(serviceName)).map(({ taskArn }) => taskArn));
  await aws('ecs', 'update-service', '--cluster', cluster, '--service', serviceName, '--force-new-deployment');
  await expect
    .poll(async () => {
      const live = (await tasksOf(serviceName)).filter(({ lastStatus }) => lastStatus !== 'STOPPED');
      return (
        live.length === 2 && live.every(({ taskArn, lastStatus }) => !before.has(taskArn) && lastStatus === 'RUNNING')
      );
    }, poll)
    .toBe(true);
}

describe.skipIf(!hasAws)('service discovery (skipped where there is no aws command)', () => {
  beforeAll(async () => {
    directory = newDataDirectory();
    server = await startLongshore({ directory, port: await freePort() });
    aws = awsCli(server.endpoint);
    const options = { endpoint: server.endpoint, region: 'us-east-1', credentials };
    ecs = new ECS(options);
    cloudMap = new ServiceDiscovery({ ...options, disableHostPrefix: true });
    const { stderr } = await longshore(['image']);
    if (stderr.includes('cannot')) throw new Error(stderr);
    await openDefaultGroup(aws, '8080');
    await aws('ecs', 'create-cluster', '--cluster-name', cluster);
    const { Subnets: subnets } = await aws('ec2', 'describe-subnets');
    vpc = subnets[0].VpcId;
    network = `awsvpcConfiguration={subnets=[${subnets[0].SubnetId},${subnets[1].SubnetId}],assignPublicIp=DISABLED}`;
  }, walkMs);

  afterAll(async () => {
    ecs.destroy();
    cloudMap.destroy();
    await server.stop();
    await longshore(['down', '--data-dir', directory]);
    rmSync(directory, { recursive: true, force: true });
  }, walkMs);

  test(
    'a namespace is made, and its operation says so',
    async () => {
      const { OperationId: id } = await aws(
        ...['servicediscovery', 'create-private-dns-namespace', '--name', 'local.test', '--vpc', vpc],
      );
      const { Operation: operation } = await aws('servicediscovery', 'get-operation', '--operation-id', id);
      expect(operation).toMatchObject({ Status: 'SUCCESS', Type: 'CREATE_NAMESPACE' });
      namespace = operation.Targets.NAMESPACE;
    },
    walkMs,
  );

  test(
    'a service is found by A and SRV, by its tasks, on the machine and by DiscoverInstances',
    async () => {
      const page = 'mkdir -p /tmp/w && echo hello > /tmp/w/index.html && exec httpd -f -p 8080 -h /tmp/w';
      await define('web', page, {
        healthCheck: {
          command: ['CMD-SHELL', 'wget -qO- http://127.0.0.1:8080/'],
          interval: 5,
          timeout: 3,
          retries: 3,
        },
      });
      // What it sees of the other, it serves itself.
      const look = 'timeout 5 wget -qO /tmp/new http://web.local.test:8080/ && mv /tmp/new /tmp/w/index.html';
      await define('client', `mkdir -p /tmp/w; httpd -p 8080 -h /tmp/w; while true; do ${look}; sleep 1; done`);
      const records = `{Type=A,TTL=${ttlSeconds}},{Type=SRV,TTL=${ttlSeconds}}`;
      const web = await registry('web', records, '--health-check-custom-config', 'FailureThreshold=1');
      await serve('web', 2, '--service-registries', `registryArn=${web},containerName=app,containerPort=8080`);
      const client = await registry('client', `{Type=A,TTL=${ttlSeconds}}`);
      await serve('client', 1, '--service-registries', `registryArn=${client}`);
      await expect.poll(() => running('web'), poll).toHaveLength(2);
      const addresses = await running('web');
      // Healthy once their containers are.
      await expect.poll(() => resolved('web.local.test'), poll).toEqual(addresses);
      const services = await resolver.resolveSrv('web.local.test');
      expect(services.map(({ port, priority, weight }) => ({ port, priority, weight }))).toEqual(
        Array.from({ length: 2 }, () => ({ port: 8080, priority: 1, weight: 1 })),
      );
      const targets = await Promise.all(services.map(({ name }) => resolved(name)));
      expect(targets.flat().sort()).toEqual(addresses);
      const said = await longshore(['resolve', '--name', 'web.local.test']);
      expect(addresses).toContain(said.stdout.trim());
      expect(await resolved('nobody.local.test')).toEqual([]);
      const names = { NamespaceName: 'local.test', ServiceName: 'web' } as const;
      await expect
        .poll(
          async () => (await cloudMap.discoverInstances({ ...names, HealthStatus: 'HEALTHY' })).Instances?.length,
          poll,
        )
        .toBe(2);
      const { Instances: found = [] } = await cloudMap.discoverInstances(names);
      expect(found.map(({ Attributes }) => Attributes?.['AWS_INSTANCE_IPV4'] ?? '').sort()).toEqual(addresses);
      expect(found[0]?.Attributes).toMatchObject({
        AWS_INSTANCE_PORT: '8080',
        ECS_CLUSTER_NAME: cluster,
        ECS_SERVICE_NAME: 'web',
        ECS_TASK_DEFINITION_FAMILY: 'web',
        REGION: 'us-east-1',
        AVAILABILITY_ZONE: expect.stringMatching(/^us-east-1/),
      });
      await expect
        .poll(async () => {
          const [address = ''] = await resolved('client.local.test');
          return fetch(`http://${address}:8080/`).then((answer) => answer.text(), String);
        }, poll)
        .toBe('hello\n');
    },
    walkMs,
  );

  test(
    'while its tasks are replaced, no name leads to one that is gone for longer than the TTL',
    async () => {
      const samples = sampling('web.local.test');
      await replaced('web');
      await expect.poll(() => resolved('web.local.test'), poll).toEqual(await running('web'));
      await sleep(ttlSeconds * 1_000);
      const seen = await samples.stop();
      expect(seen.filter(({ addresses }) => addresses.length === 0)).toEqual([]);
      expect(new Set(seen.flatMap(({ addresses }) => addresses)).size).toBeGreaterThanOrEqual(4);
      expect(stale(seen, await tasksOf('web'))).toEqual([]);
    },
    walkMs,
  );

  test(
    'tasks that end leave; the registry can go when they have',
    async () => {
      await aws('ecs', 'update-service', '--cluster', cluster, '--service', 'web', '--desired-count', '0');
      await expect.poll(() => resolved('web.local.test'), poll).toEqual([]);
      const { Services: [web] = [] } = await aws('servicediscovery', 'list-services');
      await expect.poll(async () => (await cloudMap.getService({ Id: web.Id })).Service?.InstanceCount, poll).toBe(0);
      await aws('ecs', 'delete-service', '--cluster', cluster, '--service', 'web', '--force');
      await cloudMap.deleteService({ Id: web.Id });
    },
    walkMs,
  );
});
