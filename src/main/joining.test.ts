import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ECS } from '@aws-sdk/client-ecs';
import { IAM } from '@aws-sdk/client-iam';
import { SSM } from '@aws-sdk/client-ssm';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ManagedInstance, startAgent, type Agent, type AgentOptions } from '../agent/index.ts';
import { silentLog, type Clock } from '../kernel/index.ts';
import { FakeNetwork } from '../network/fake/index.ts';
import { randomIds, systemClock } from '../platform/index.ts';
import { FakeRuntime } from '../runtime/fake/index.ts';
import { startServer, type RunningServer } from './server.ts';

// How machines become container instances, over real sockets: agents with fake engines against a started control plane.

const parent = mkdtempSync(join(tmpdir(), 'longshore-joining-'));
const around = { clock: systemClock, ids: randomIds, log: silentLog };
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const hourMs = 60 * 60_000;
let server: RunningServer;
let ecs: ECS;
let iam: IAM;
let ssm: SSM;
let agents: Agent[] = [];
let directories = 0;

beforeAll(async () => {
  server = await startServer({
    host: '127.0.0.1',
    port: 0,
    dataDirectory: join(parent, 'server'),
    ...around,
    parts: () => ({}),
    onFailure(error) {
      throw error;
    },
  });
  const options = { endpoint: server.url, region: 'us-east-1', credentials };
  [ecs, iam, ssm] = [new ECS(options), new IAM(options), new SSM(options)];
  await ecs.createCluster({ clusterName: 'shop' });
});
afterEach(async () => {
  for (const agent of agents) await agent.stop();
  agents = [];
});
afterAll(async () => {
  for (const client of [ecs, iam, ssm]) client.destroy();
  await server.stop();
  rmSync(parent, { recursive: true });
});

const newDirectory = (): string => join(parent, `agent-${directories++}`);

async function started(dataDir: string, more: Partial<AgentOptions> = {}): Promise<Agent> {
  const agent = await startAgent({
    endpoint: server.url,
    region: 'us-east-1',
    cluster: 'shop',
    credentials: () => credentials,
    dataDir,
    runtime: new FakeRuntime(around),
    network: new FakeNetwork({ owner: 'joining' }),
    launchKind: 'EC2',
    pausePoolSize: 0,
    ...around,
    ...more,
  });
  agents.push(agent);
  return agent;
}

async function instance(agent: Agent) {
  const containerInstances = [agent.containerInstanceArn ?? ''];
  const shown = await ecs.describeContainerInstances({ cluster: 'shop', containerInstances });
  return shown.containerInstances?.[0];
}

test.each([
  { name: 'three hours ahead', offMs: 3 * hourMs },
  { name: 'a day behind', offMs: -24 * hourMs },
])('[AG-60] an agent whose clock is $name joins all the same', async ({ offMs }) => {
  const clock: Clock = { nowMs: () => systemClock.nowMs() + offMs, after: (ms, run) => systemClock.after(ms, run) };
  const agent = await started(newDirectory(), { clock });
  await agent.ready;
  expect(await instance(agent)).toMatchObject({ agentConnected: true, status: 'ACTIVE' });
});

test('[AG-61] a data directory that was copied from another machine makes an instance of its own', async () => {
  const original = newDirectory();
  const first = await started(original, { machineId: 'one' });
  await first.ready;
  const copy = newDirectory();
  cpSync(original, copy, { recursive: true });
  const second = await started(copy, { machineId: 'two' });
  await second.ready;
  expect(second.containerInstanceArn).not.toBe(first.containerInstanceArn);
  expect((await instance(first))?.agentConnected).toBe(true);
  expect((await instance(second))?.agentConnected).toBe(true);
  expect(readdirSync(copy)).toContain('instance.json.of-one');
});

test('[AG-62] on one machine the second of two agents with one identity is refused, and becomes the instance when the first is gone', async () => {
  const original = newDirectory();
  const first = await started(original, { machineId: 'one' });
  await first.ready;
  const copy = newDirectory();
  cpSync(original, copy, { recursive: true });
  const second = await started(copy, { machineId: 'one' });
  await expect(second.ready).rejects.toThrow(/InstanceInUseException: .* is in use: another agent, at 127\.0\.0\.1/);
  expect((await instance(first))?.agentConnected).toBe(true);
  await first.stop();
  const third = await started(copy, { machineId: 'one' });
  await third.ready;
  expect(third.containerInstanceArn).toBe(first.containerInstanceArn);
});

test('[FL-7] an agent says that its instance was deregistered, and is one again when it is started anew', async () => {
  const dataDir = newDirectory();
  const agent = await started(dataDir);
  await agent.ready;
  await ecs.deregisterContainerInstance({
    cluster: 'shop',
    containerInstance: agent.containerInstanceArn,
    force: true,
  });
  await agent.deregistered;
  await agent.stop();
  const again = await started(dataDir);
  await again.ready;
  expect(again.containerInstanceArn).not.toBe(agent.containerInstanceArn);
  expect((await instance(again))?.agentConnected).toBe(true);
});

test('[MN-8] a managed node joins as EXTERNAL under its id, with its role, and again from what it kept; not after it was deregistered', async () => {
  const trust = (Principal: object): object => ({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' });
  const { Role: role } = await iam.createRole({
    RoleName: 'edge',
    AssumeRolePolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [trust({ Service: 'ssm.amazonaws.com' })],
    }),
  });
  await iam.attachRolePolicy({
    RoleName: 'edge',
    PolicyArn: 'arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role',
  });
  const made = await ssm.createActivation({ IamRole: 'edge' });
  const dataDir = newDirectory();
  const machine = { computerName: 'edge', platformName: 'Debian', platformVersion: '12' };
  const node = await ManagedInstance.open({
    endpoint: server.url,
    dataDir,
    activation: { id: made.ActivationId ?? '', code: made.ActivationCode ?? '' },
    machine,
    ...around,
  });
  const agent = await started(dataDir, {
    launchKind: 'EXTERNAL',
    credentials: () => node?.credentials() ?? credentials,
  });
  await agent.ready;
  expect(await instance(agent)).toMatchObject({ ec2InstanceId: node?.instanceId, agentConnected: true });
  const { InstanceInformationList: shown } = await ssm.describeInstanceInformation({});
  expect(shown).toMatchObject([{ InstanceId: node?.instanceId, PingStatus: 'Online', IPAddress: '127.0.0.1' }]);
  expect(role?.Arn).toBe('arn:aws:iam::123456789012:role/edge');
  // Again from what is on disk, without the activation; and not after it was deregistered.
  node?.stop();
  const again = await ManagedInstance.open({ endpoint: server.url, dataDir, machine, ...around });
  expect(again?.instanceId).toBe(node?.instanceId);
  again?.stop();
  await ssm.deregisterManagedInstance({ InstanceId: node?.instanceId });
  await expect(ManagedInstance.open({ endpoint: server.url, dataDir, machine, ...around })).rejects.toThrow(
    'InvalidInstanceId',
  );
  await expect(
    ManagedInstance.open({ endpoint: server.url, dataDir: newDirectory(), machine, ...around }),
  ).resolves.toBe(undefined);
});
