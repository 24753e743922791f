import { execFile, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { DescribeVpcsCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  CreateClusterCommand,
  DescribeClustersCommand,
  ECSClient,
  ListClustersCommand,
  RunTaskCommand,
} from '@aws-sdk/client-ecs';
import { DescribeLoadBalancersCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { describe, expect, onTestFinished, test } from 'vitest';
import { silentLog } from '../kernel/index.ts';
import type { Authorizer, CredentialStore } from '../protocol/api/index.ts';
import { createServer } from '../protocol/index.ts';
import { ec2Service, ec2Tables, loadBalancerNetwork, taskInterfaces, taskVolumes } from '../services/ec2/index.ts';
import { ecsService, ecsTables } from '../services/ecs/index.ts';
import { elbv2Service, elbv2Tables } from '../services/elbv2/index.ts';
import { serviceDiscoveryService, serviceDiscoveryTables } from '../services/servicediscovery/index.ts';
import { MemoryStore, openDatabase } from '../store/index.ts';
import { policyAuthorizer, testUser } from '../testkit/index.ts';

// The services over real sockets with the real policy engine: what a user hears who may not.

const { account } = testUser;
const secretAccessKey = 'secret';
const credentials: CredentialStore = {
  find(accessKeyId) {
    const arn = accessKeyId === 'AKIDROOT' ? `arn:aws:iam::${account}:root` : testUser.arn;
    return { secretAccessKey, caller: { account, accessKeyId, arn } };
  },
};
const clock = {
  nowMs: () => Date.now(),
  after(delayMs: number, run: () => void) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
const ids = {
  hex: (length: number) => randomUUID().replaceAll('-', '').slice(0, length),
  uuid: () => randomUUID(),
  fraction: () => 0.5,
};

async function serve(authorizer: Authorizer): Promise<string> {
  const tables = [...ecsTables, ...ec2Tables, ...elbv2Tables, ...serviceDiscoveryTables];
  const database = await openDatabase(new MemoryStore(), tables, { log: silentLog });
  const parts = { database, clock, ids, log: silentLog };
  const certificates = { use: () => false, find: () => undefined, onChange: () => () => undefined };
  const elb = elbv2Service({ ...parts, certificates, network: loadBalancerNetwork(parts) });
  const vpcs = { cidrs: () => undefined, keys: () => [], vpc: () => undefined, onChange: () => () => undefined };
  const cloudMap = serviceDiscoveryService({ ...parts, db: database, vpcs });
  const ecs = ecsService({
    ...parts,
    taskInterfaces: taskInterfaces(parts),
    targets: elb.registrar,
    registrar: cloudMap.registrar,
    namespaces: cloudMap.namespaces,
    alarms: { state: () => undefined, onChange: () => () => undefined },
    hooks: { call: () => Promise.resolve({ hookStatus: 'SUCCEEDED' }) },
    fileSystems: () => ({ refusal: 'there is no EFS here' }),
    volumes: taskVolumes(parts),
    infrastructureRoles: { volumeRefusal: () => undefined },
    managedNodes: { roleOf: () => undefined },
    ways: (_scope, _id, destinations) => destinations.map(() => ({ reachable: true, dial: '', because: '' })),
    roleCredentials: {
      refusal: () => undefined,
      issue: () => ({ accessKeyId: 'A', secretAccessKey, sessionToken: 't', expirationMs: Date.now() }),
    },
  });
  const server = createServer({
    ...parts,
    host: '127.0.0.1',
    port: 0,
    services: [ecs.definition, ec2Service(parts), elb.definition],
    credentials,
    authorizer,
    health: () => ({ status: 'ok' }),
  });
  const { port } = await server.start();
  onTestFinished(async () => {
    await server.stop();
    database.close();
  });
  return `http://127.0.0.1:${port}`;
}

function as(accessKeyId: 'AKIDROOT' | 'AKIDUSER', endpoint: string) {
  return { endpoint, region: 'us-east-1', credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 };
}

const cluster = (name: string): string => `arn:aws:ecs:us-east-1:${account}:cluster/${name}`;
const policy = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: ['ecs:CreateCluster', 'ecs:DescribeClusters'], Resource: cluster('mine') },
    { Effect: 'Deny', Action: 'ecs:List*', Resource: '*' },
  ],
};

describe('[AUT-11] a user over the wire', () => {
  test('may do what a policy allows, and hears AWS’s sentence for the rest, in the protocol’s own code', async () => {
    const url = await serve(policyAuthorizer(policy));
    const ecs = new ECSClient(as('AKIDUSER', url));
    const { cluster: made } = await ecs.send(new CreateClusterCommand({ clusterName: 'mine' }));
    expect(made?.clusterArn).toBe(cluster('mine'));
    await expect(ecs.send(new DescribeClustersCommand({ clusters: ['mine', 'other'] }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: `User: ${testUser.arn} is not authorized to perform: ecs:DescribeClusters on resource: ${cluster('other')} because no identity-based policy allows the ecs:DescribeClusters action`,
    });
    await expect(ecs.send(new ListClustersCommand({}))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: `User: ${testUser.arn} is not authorized to perform: ecs:ListClusters on resource: * with an explicit deny in an identity-based policy`,
    });
    // Not even whether there is such a task definition.
    await expect(ecs.send(new RunTaskCommand({ taskDefinition: 'none' }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    const elb = new ElasticLoadBalancingV2Client(as('AKIDUSER', url));
    await expect(elb.send(new DescribeLoadBalancersCommand({}))).rejects.toMatchObject({
      name: 'AccessDenied',
      $metadata: { httpStatusCode: 403 },
    });
    const ec2 = new EC2Client(as('AKIDUSER', url));
    await expect(ec2.send(new DescribeVpcsCommand({}))).rejects.toMatchObject({
      name: 'UnauthorizedOperation',
      $metadata: { httpStatusCode: 403 },
    });
  });

  const hasAws = spawnSync('aws', ['--version']).status === 0;

  test.skipIf(!hasAws)('hears it from the aws CLI too (skipped where there is no aws command)', async () => {
    const url = await serve(policyAuthorizer(policy));
    const env = {
      PATH: process.env['PATH'],
      AWS_ENDPOINT_URL: url,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'AKIDUSER',
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      ...(process.env['PYENV_ROOT'] === undefined ? {} : { PYENV_ROOT: process.env['PYENV_ROOT'] }),
    };
    const ran = await new Promise<{ failed: boolean; stderr: string }>((resolve) => {
      const args = ['ecs', 'delete-cluster', '--cluster', 'mine'];
      execFile('aws', args, { env }, (error, _stdout, stderr) => resolve({ failed: error !== null, stderr }));
    });
    expect(ran.failed).toBe(true);
    expect(ran.stderr).toContain(
      `An error occurred (AccessDeniedException) when calling the DeleteCluster operation: User: ${testUser.arn} is not authorized to perform: ecs:DeleteCluster on resource: ${cluster('mine')} because no identity-based policy allows the ecs:DeleteCluster action`,
    );
  });
});

test('[AUT-12] nothing is asked for the account’s root, nor read to ask it', async () => {
  const real = policyAuthorizer(policy);
  let asked = 0;
  const url = await serve({
    ...real,
    refusal() {
      asked += 1;
      return 'never';
    },
  });
  const ecs = new ECSClient(as('AKIDROOT', url));
  await ecs.send(new CreateClusterCommand({ clusterName: 'other', tags: [{ key: 'a', value: 'b' }] }));
  expect((await ecs.send(new ListClustersCommand({}))).clusterArns).toEqual([cluster('other')]);
  expect(asked).toBe(0);
});
