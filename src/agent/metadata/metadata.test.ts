import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { instanceArn } from '../contract/ecs-server.ts';
import { Harness, fakeEngine } from '../contract/harness.ts';
import { until } from '../contract/real-time.ts';
import { taskPayload } from '../contract/tasks.ts';
import { RateLimit } from './rate-limit.ts';

const image = 'longshore/web:1';
const address = '127.0.0.1';
let port = 0;
let harness: Harness;

beforeEach(async () => {
  harness = new Harness(fakeEngine());
  harness.runtime.addImage(image);
  await harness.open();
  port = 20_000 + Math.floor(Math.random() * 10_000);
});
afterEach(async () => {
  await harness.close();
});

const metadata = () => ({ address, port, runDir: join(harness.dataDir, 'run'), apiPort: port + 1 });
const credentials = {
  credentialsId: 'cred-1',
  roleArn: 'arn:aws:iam::123456789012:role/task',
  accessKeyId: 'ASIA1',
  secretAccessKey: 's',
  sessionToken: 't',
  expiration: '2030-01-01T00:00:00Z',
};

async function get(path: string, init: RequestInit = {}): Promise<{ readonly status: number; readonly body: any }> {
  const response = await fetch(`http://${address}:${port}${path}`, init);
  return { status: response.status, body: await response.json() };
}

/** Runs a task. @returns the id in its container's metadata addresses */
async function run(fields: object, on = harness): Promise<string> {
  const task = taskPayload(fields as Record<string, unknown>, {});
  on.server.payload(task);
  await until('RUNNING', () => on.server.statuses(task['arn']).includes('RUNNING'));
  const [container] = await on.runtime.list({ 'com.amazonaws.ecs.task-arn': task['arn'] });
  return container?.labels['longshore.endpoint-id'] ?? '';
}

test('each version has its fields, and unknown ids their errors', async () => {
  await harness.start({ metadata: metadata() });
  const id = await run({ roleCredentials: credentials, cpu: 0.5, memory: 64 });
  expect((await get(`/v4/${id}`)).body).toMatchObject({ Name: 'app', KnownStatus: 'RUNNING', Type: 'NORMAL' });
  expect((await get(`/v4/${id}/task`)).body).toMatchObject({
    LaunchType: 'EC2',
    Limits: { CPU: 0.5, Memory: 64 },
    FaultInjectionEnabled: false,
  });
  expect((await get(`/v3/${id}/task`)).body).not.toHaveProperty('LaunchType');
  expect((await get(`/v4/${id}/taskWithTags`)).body).toMatchObject({
    TaskTags: { team: 'sea' },
    ContainerInstanceTags: { team: 'sea' },
  });
  expect((await get(`/v4/${id}/associations/gpu`)).body).toEqual({ Associations: null });
  expect((await get('/v2/credentials/cred-1')).body).toMatchObject({ AccessKeyId: 'ASIA1', Token: 't' });
  expect(await get('/v2/credentials/other')).toMatchObject({
    status: 400,
    body: { code: 'InvalidIdInRequest', HTTPErrorCode: 400 },
  });
  expect(await get('/v2/credentials/')).toMatchObject({ status: 400, body: { code: 'NoIdInRequest' } });
  expect((await get('/v4/nobody')).status).toBe(404);
  expect((await get('/v3/nobody')).status).toBe(400);
});

test('task protection goes through with the role of the task, and is refused without one', async () => {
  await harness.start({ metadata: metadata() });
  const id = await run({ roleCredentials: credentials });
  expect(await get(`/api/${id}/task-protection/v1/state`)).toMatchObject({
    status: 200,
    body: { protection: { ProtectionEnabled: false } },
  });
  const call = harness.server.calls.find(({ operation }) => operation === 'GetTaskProtection');
  expect(call?.headers['authorization']).toContain('Credential=ASIA1/');
  expect(call?.headers['x-amz-security-token']).toBe('t');
  expect((await get(`/api/${id}/task-protection/v1/state`, { method: 'PUT', body: '{"Other":1}' })).body).toMatchObject(
    { error: { Code: 'InvalidParameterException' } },
  );
  const without = await run({});
  expect(await get(`/api/${without}/task-protection/v1/state`)).toMatchObject({
    status: 403,
    body: { error: { Code: 'AccessDeniedException' } },
  });
});

test('two agents share the address: each answers for its own tasks, and one takes over when the other ends', async () => {
  const second = new Harness(fakeEngine());
  second.runtime.addImage(image);
  await second.open();
  second.server.newArn = instanceArn.replace(/.$/, '0');
  try {
    const first = await harness.start({ metadata: metadata() });
    await second.start({ metadata: metadata() });
    const [one, two] = [await run({}), await run({}, second)];
    expect((await get(`/v4/${one}`)).status).toBe(200);
    expect((await get(`/v4/${two}`)).body).toMatchObject({ Name: 'app' });
    await first.stop();
    await until(
      'the other took over',
      () => second.log.lines.some((line) => line.includes('listening for tasks')),
      3_000,
    );
    expect((await get(`/v4/${two}`)).status).toBe(200);
    expect((await get(`/v4/${one}`)).status).toBe(404);
  } finally {
    await second.close();
  }
});

test('the API is reached through the forward', async () => {
  await harness.start({ metadata: metadata() });
  const response = await fetch(`http://${address}:${port + 1}/`, {
    method: 'POST',
    headers: { 'X-Amz-Target': 'AmazonEC2ContainerServiceV20141113.ListTagsForResource' },
    body: '{}',
  });
  expect(await response.json()).toEqual({ tags: [{ key: 'team', value: 'sea' }] });
});

const signedFor = (service: string) => ({
  'X-Amz-Target': 'AmazonEC2ContainerServiceV20141113.ListTagsForResource',
  Authorization: `AWS4-HMAC-SHA256 Credential=A/20260102/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
});
/** A call of a program at the address of this process. @returns its status, or `timeout` */
async function called(service: string): Promise<number | string> {
  const signal = AbortSignal.timeout(300);
  const given = { method: 'POST', headers: signedFor(service), body: '{}', signal };
  return fetch(`http://${address}:${port + 1}/`, given).then(
    (answer) => answer.status,
    (error: Error) => (error.name === 'TimeoutError' ? 'timeout' : String(error)),
  );
}
const eni = {
  attachmentArn: 'arn:aws:ecs:us-east-1:123456789012:attachment/a1',
  ec2Id: 'eni-1',
  macAddress: '0a:58:00:00:00:01',
  ipv4Addresses: [{ primary: true, privateAddress: address }],
  subnetGatewayIpv4Address: '127.0.0.1/8',
};
const awsvpc = { networkMode: 'awsvpc', elasticNetworkInterfaces: [eni] };

test('[WAY-15] calls of a task with an interface of its own obey its ways, those of other tasks do not; metadata does not either', async () => {
  harness.server.callWays.set('secretsmanager/us-east-1', 'no route');
  await harness.start({ metadata: metadata() });
  await run({});
  expect(await called('secretsmanager')).toBe(200);
  expect(harness.server.wayQuestions).toEqual([]);
  const id = await run(awsvpc);
  await expect.poll(() => called('secretsmanager'), { timeout: 5_000 }).toBe('timeout');
  expect(await called('ecs')).toBe(200);
  expect((await get(`/v4/${id}`)).status).toBe(200);
  harness.server.callWays.clear();
  await expect.poll(() => called('secretsmanager'), { timeout: 5_000 }).toBe(200);
});

test('[WAY-18] one agent of a machine forwards for the tasks of all, and asks the one whose task it is', async () => {
  const second = new Harness(fakeEngine());
  second.runtime.addImage(image);
  await second.open();
  second.server.newArn = instanceArn.replace(/.$/, '0');
  try {
    second.server.callWays.set('secretsmanager/us-east-1', 'no route');
    await harness.start({ metadata: metadata() });
    await second.start({ metadata: metadata() });
    await run(awsvpc, second);
    expect(await called('secretsmanager')).toBe('timeout');
    expect(await called('ecs')).toBe(200);
    expect(harness.server.wayQuestions).toEqual([]);
    expect(second.server.wayQuestions.length).toBeGreaterThanOrEqual(2);
    second.server.callWays.clear();
    await expect.poll(() => called('secretsmanager'), { timeout: 5_000 }).toBe(200);
  } finally {
    await second.close();
  }
});

test('[WAY-19] switched off, calls get through whatever the task’s network is', async () => {
  harness.server.callWays.set('secretsmanager/us-east-1', 'no route');
  await harness.start({ metadata: metadata(), settings: { routedCalls: false } });
  await run(awsvpc);
  expect(await called('secretsmanager')).toBe(200);
  expect(harness.server.wayQuestions).toEqual([]);
});

test('no task learns how another’s calls leave', async () => {
  await harness.start({ metadata: metadata() });
  await run(awsvpc);
  expect((await get('/longshore/call-way?to=ecs/us-east-1')).status).toBe(404);
});

test('credentials that have not arrived after a restart are said to be on their way', async () => {
  const first = await harness.start({ metadata: metadata() });
  const id = await run({ roleCredentials: credentials });
  await first.stop();
  await harness.start({ metadata: metadata() });
  expect(await get('/v2/credentials/cred-1')).toMatchObject({
    status: 503,
    body: { code: 'CredentialsUninitialized' },
  });
  expect((await get(`/v4/${id}`)).body).toMatchObject({ Name: 'app' });
});

test('one address may not ask more than its share', () => {
  const rate = new RateLimit();
  const taken = Array.from({ length: 100 }, () => rate.take('a', 1_000)).filter(Boolean).length;
  expect(taken).toBe(60);
  expect(rate.take('b', 1_000)).toBe(true);
  expect(rate.take('a', 1_100)).toBe(true);
});
