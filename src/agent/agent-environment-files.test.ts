import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ContainerSpec } from '../runtime/index.ts';
import { Harness, fakeEngine } from './contract/harness.ts';
import { until } from './contract/real-time.ts';
import { taskPayload } from './contract/tasks.ts';

const image = 'longshore/web:1';
let harness: Harness;
let made: ContainerSpec[];

beforeEach(async () => {
  harness = new Harness(fakeEngine());
  await harness.open();
  harness.runtime.addImage(image);
  made = [];
  const create = harness.runtime.create.bind(harness.runtime);
  harness.runtime.create = (spec) => {
    if (JSON.stringify(spec.config['Env'] ?? []).includes('FIXED')) made.push(spec);
    return create(spec);
  };
  await harness.start();
});
afterEach(async () => {
  await harness.close();
});

const executionRoleCredentials = {
  credentialsId: 'exec-1',
  roleArn: 'arn:aws:iam::123456789012:role/exec',
  accessKeyId: 'ASIAEXEC',
  secretAccessKey: 'exec-secret',
  sessionToken: 'exec-token',
  expiration: '2099-01-01T00:00:00Z',
};

function task(fields: object): Record<string, any> {
  return taskPayload(
    {
      executionRoleCredentials,
      launchType: 'FARGATE',
      longshore: { account: '123456789012', region: 'eu-west-1' },
      ...fields,
    },
    {
      environment: { FIXED: 'definition', A: 'definition' },
      environmentFiles: ['one.env', 'dir/two%20b.env'].map((name) => ({
        value: `arn:aws:s3:::config/${decodeURIComponent(name)}`,
        type: 's3',
      })),
    },
  );
}

test('[ENV-3] files are fetched as the execution role, each once; [ENV-2] the definition’s environment wins', async () => {
  harness.server.objects.set('/config/one.env', 'A=one\nB=one\n');
  harness.server.objects.set('/config/dir/two%20b.env', 'B=two\nC=two\n');
  const payload = task({});
  harness.server.payload(payload);
  await until('RUNNING', () => harness.server.statuses(payload['arn']).includes('RUNNING'));
  const variables = ((made[0]?.config['Env'] ?? []) as string[]).filter((one) => /^(A|B|C)=/.test(one)).toSorted();
  expect(variables).toEqual(['A=definition', 'B=one', 'C=two']);
  const { objectCalls } = harness.server;
  expect(objectCalls.map(({ asked }) => asked).toSorted()).toEqual([
    'GET /config/dir/two%20b.env',
    'GET /config/one.env',
    'GET /config?location',
    'GET /config?location',
    'HEAD /config/dir/two%20b.env',
    'HEAD /config/one.env',
  ]);
  for (const { authorization } of objectCalls)
    expect(authorization).toMatch(/Credential=ASIAEXEC\/\d{8}\/eu-west-1\/s3\/aws4_request/);
});

test.each([
  {
    launchType: 'FARGATE',
    want: 'ResourceInitializationError: failed to download env files: service call has been retried 1 time(s): operation error S3: HeadObject, https response error StatusCode: 403, RequestID: request-1, HostID: , api error Forbidden: Forbidden',
  },
  {
    launchType: 'EC2',
    want: 'unable to download env file with key one.env from bucket config, error: operation error S3: GetObject, https response error StatusCode: 403, RequestID: request-1, HostID: , api error AccessDenied: no <right>',
  },
])('[ENV-3] a refusal on $launchType stops the task before anything is made', async ({ launchType, want }) => {
  harness.server.objects.set('/config/dir/two%20b.env', 'B=two\n');
  const payload = task({ launchType });
  harness.server.payload(payload);
  await until('STOPPED', () => harness.server.statuses(payload['arn']).includes('STOPPED'));
  expect(harness.server.reports(payload['arn']).at(-1)).toMatchObject({ status: 'STOPPED', reason: want });
  expect(made).toEqual([]);
});

test('[ENV-6] a file that is too large stops the task', async () => {
  for (const name of ['one.env', 'dir/two%20b.env'])
    harness.server.objects.set(`/config/${name}`, `A=${'x'.repeat(1024 * 1024)}`);
  const payload = task({});
  harness.server.payload(payload);
  await until('STOPPED', () => harness.server.statuses(payload['arn']).includes('STOPPED'));
  expect(harness.server.reports(payload['arn']).at(-1)?.['reason']).toContain('has more than 1048576 bytes');
});
