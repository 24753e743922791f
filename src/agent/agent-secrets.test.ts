import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ContainerSpec } from '../runtime/index.ts';
import { EngineRefused } from '../runtime/index.ts';
import { Harness, fakeEngine } from './contract/harness.ts';
import { until } from './contract/real-time.ts';
import { taskPayload } from './contract/tasks.ts';

const image = 'longshore/web:1';
const arn = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf';
const plain = 'plain-value-8uZk2';
let harness: Harness;

beforeEach(async () => {
  harness = new Harness(fakeEngine());
  await harness.open();
  harness.runtime.addImage(image);
  harness.server.secrets.set(arn, JSON.stringify({ password: plain }));
});
afterEach(async () => {
  await harness.close();
});

const role = {
  credentialsId: 'exec-1',
  roleArn: 'arn:aws:iam::123456789012:role/exec',
  accessKeyId: 'ASIAEXEC',
  secretAccessKey: 'exec-secret',
  sessionToken: 'exec-token',
  expiration: '2099-01-01T00:00:00Z',
};

function task(fields: object = {}, container: object = {}): Record<string, any> {
  const secrets = [
    {
      name: 'PASSWORD',
      valueFrom: `${arn}:password::`,
      region: 'eu-west-1',
      provider: 'asm',
      type: 'ENVIRONMENT_VARIABLE',
      target: 'CONTAINER',
    },
    {
      name: 'splunk-token',
      valueFrom: `${arn}:password::`,
      region: 'eu-west-1',
      provider: 'asm',
      type: 'BOOTSTRAP',
      target: 'LOG_DRIVER',
    },
  ];
  const hostConfig = { LogConfig: { Type: 'splunk', Config: { 'splunk-url': 'https://splunk.test' } } };
  return taskPayload({ executionRoleCredentials: role, ...fields }, { secrets, hostConfig, ...container });
}

/** Every create that the engine was asked for. */
function creates(fail?: (spec: ContainerSpec) => Error): ContainerSpec[] {
  const asked: ContainerSpec[] = [];
  const create = harness.runtime.create.bind(harness.runtime);
  harness.runtime.create = (spec) => {
    if (!JSON.stringify(spec).includes('PASSWORD')) return create(spec);
    asked.push(spec);
    return fail === undefined ? create(spec) : Promise.reject(fail(spec));
  };
  return asked;
}

async function onDisk(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? folder, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('\n');
}

test('[INJ-7] the execution role signs; the values are in the container’s configuration, and in no file and no log', async () => {
  const asked = creates();
  await harness.start();
  const payload = task();
  harness.server.payload(payload);
  await until('RUNNING', () => harness.server.statuses(payload['arn']).includes('RUNNING'));
  const config = asked[0]?.config as Record<string, any>;
  expect(config['Env']).toContain(`PASSWORD=${plain}`);
  expect(config['HostConfig'].LogConfig).toEqual({
    Type: 'splunk',
    Config: { 'splunk-url': 'https://splunk.test', 'splunk-token': plain },
  });
  const calls = harness.server.calls.filter(({ operation }) => operation === 'GetSecretValue');
  expect(calls).toHaveLength(1);
  expect(calls[0]?.headers.authorization).toMatch(
    /Credential=ASIAEXEC\/\d{8}\/eu-west-1\/secretsmanager\/aws4_request/,
  );
  expect(calls[0]?.headers['x-amz-security-token']).toBe('exec-token');
  await expect.poll(() => onDisk(harness.dataDir)).toContain(payload['arn']);
  expect(await onDisk(harness.dataDir)).not.toContain(plain);
  expect(JSON.stringify([harness.log, harness.server.frames, harness.server.reports(payload['arn'])])).not.toContain(
    plain,
  );
});

test('[INJ-7] what the engine says of a container it refuses has no value in it', async () => {
  creates((spec) => new EngineRefused(400, `bad environment ${JSON.stringify(spec.config['Env'])}`));
  await harness.start();
  const payload = task();
  harness.server.payload(payload);
  await until('STOPPED', () => harness.server.statuses(payload['arn']).includes('STOPPED'));
  const reported = JSON.stringify(harness.server.reports(payload['arn']));
  expect(reported).toContain('PASSWORD=***');
  expect(reported + JSON.stringify(harness.log)).not.toContain(plain);
});

test.each([
  {
    name: 'a missing secret',
    fields: { launchType: 'FARGATE' },
    missing: true,
    want: `ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret ${arn} from secrets manager: ResourceNotFoundException: Secrets Manager can't find the specified secret.`,
  },
  {
    name: 'no execution role',
    fields: { executionRoleCredentials: undefined },
    missing: false,
    want: 'ASM secret resource: unable to find execution role credentials',
  },
])('[INJ-4] $name stops the task before anything is made', async ({ fields, missing, want }) => {
  if (missing) harness.server.secrets.clear();
  const asked = creates();
  await harness.start();
  const payload = task(fields);
  harness.server.payload(payload);
  await until('STOPPED', () => harness.server.statuses(payload['arn']).includes('STOPPED'));
  expect(harness.server.reports(payload['arn']).at(-1)).toMatchObject({ status: 'STOPPED', reason: want });
  expect(asked).toEqual([]);
});
