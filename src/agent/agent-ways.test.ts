import { afterEach, beforeEach, expect, test } from 'vitest';
import { Harness, fakeEngine } from './contract/harness.ts';
import { realClock, until } from './contract/real-time.ts';
import { taskPayload } from './contract/tasks.ts';
import { limits } from './limits.ts';

const registry = '123456789012.dkr.ecr.us-east-1.amazonaws.com';
const secret = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf';
let harness: Harness;

// The pauses between two tries are cut short.
const clock = {
  ...realClock,
  after: (ms: number, run: () => void) => realClock.after(ms === limits.wayRetryMs ? 1 : ms, run),
};

beforeEach(async () => {
  harness = new Harness(fakeEngine());
  await harness.open();
  harness.runtime.addImage('longshore/web:1');
  harness.server.secrets.set(secret, 'value');
  await harness.start({ clock });
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
const way = (to: string) => ({ to, dial: 'dial tcp 203.0.113.1:443: i/o timeout', because: 'no route' });

/** Sends a FARGATE task whose ways to these are closed. */
function send(container: object, closed: readonly string[], stillClosed = closed): string {
  for (const to of stillClosed) harness.server.closedWays.set(to, way(to));
  const longshore = { account: '123456789012', region: 'us-east-1', closedWays: closed.map(way) };
  const payload = taskPayload({ executionRoleCredentials, launchType: 'FARGATE', longshore }, { ...container });
  harness.server.payload(payload);
  return payload['arn'] as string;
}

async function reasonOf(arn: string): Promise<string> {
  await until('STOPPED', () => harness.server.statuses(arn).includes('STOPPED'));
  const report = harness.server.reports(arn).at(-1);
  const containers = (report?.['containers'] ?? []) as { reason?: string }[];
  const reasons = [report?.['reason'], containers[0]?.reason] as readonly (string | undefined)[];
  return reasons.find((text) => text !== undefined && text !== '') ?? '';
}

const frame =
  'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed';
const canceled =
  'RequestCanceled: request context canceled caused by: context deadline exceeded. Please check your task network configuration.';
const ofStore = (provider: string, valueFrom: string) => ({
  secrets: [{ name: 'A', valueFrom, region: 'us-east-1', provider, type: 'ENVIRONMENT_VARIABLE', target: 'CONTAINER' }],
});
const awslogs = {
  hostConfig: {
    LogConfig: { Type: 'awslogs', Config: { 'awslogs-group': '/ecs/test', 'awslogs-region': 'us-east-1' } },
  },
};
const timeout = 'dial tcp 203.0.113.1:443: i/o timeout';

test.each<[string, object, readonly string[], number, string]>([
  [
    'the password of ECR',
    { image: `${registry}/team/app:2` },
    ['ecr.api/us-east-1', 'ecr.dkr/us-east-1', 's3/us-east-1'],
    3,
    `${frame}: unable to retrieve ecr registry auth: service call has been retried 3 time(s): RequestError: send request failed caused by: Post "https://api.ecr.us-east-1.amazonaws.com/": ${timeout}. Please check your task network configuration.`,
  ],
  [
    'a manifest of ECR',
    { image: `${registry}/team/app:2` },
    ['ecr.dkr/us-east-1', 's3/us-east-1'],
    5,
    `CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref ${registry}/team/app:2: failed to do request: Head "https://${registry}/v2/team/app/manifests/2": ${timeout}`,
  ],
  [
    'layers of ECR',
    { image: `${registry}/team/app:2` },
    ['s3/us-east-1'],
    5,
    `CannotPullContainerError: ref pull has been retried 5 time(s): failed to copy: httpReadSeeker: failed open: failed to do request: Get "https://prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com/": ${timeout}`,
  ],
  [
    'another registry',
    { image: 'ghcr.io/team/app' },
    ['registry/ghcr.io'],
    5,
    `CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref ghcr.io/team/app: failed to do request: Head "https://ghcr.io/v2/team/app/manifests/latest": ${timeout}`,
  ],
  [
    'Secrets Manager',
    ofStore('asm', secret),
    ['secretsmanager/us-east-1'],
    5,
    `${frame}: unable to retrieve secret from asm: service call has been retried 5 time(s): failed to fetch secret ${secret} from secrets manager: ${canceled}`,
  ],
  [
    'Parameter Store',
    ofStore('ssm', '/p'),
    ['ssm/us-east-1'],
    5,
    `${frame}: unable to retrieve secrets from ssm: service call has been retried 5 time(s): ${canceled}`,
  ],
  [
    'environment files',
    { environmentFiles: [{ value: 'arn:aws:s3:::bucket/a.env', type: 's3' }] },
    ['s3/us-east-1'],
    5,
    `ResourceInitializationError: failed to download env files: service call has been retried 5 time(s): ${canceled}`,
  ],
  [
    'log streams',
    awslogs,
    ['logs/us-east-1'],
    5,
    'ResourceInitializationError: failed to validate logger args: : signal: killed',
  ],
])('[WAY-11] what does not leave the subnet: %s', async (_name, container, closed, tries, want) => {
  const arn = send(container, closed);
  expect(await reasonOf(arn)).toBe(want);
  expect(harness.server.wayQuestions).toEqual(Array(tries).fill(`${arn} ${closed[0]}`));
  expect([...harness.server.logs.keys()]).toEqual([]);
  expect(harness.server.calledWith('GetSecretValue')).toEqual([]);
});

test('[WAY-12] a way that opens while it is tried lets the task start', async () => {
  const arn = send({ ...ofStore('asm', secret), ...awslogs }, ['secretsmanager/us-east-1', 'logs/us-east-1'], []);
  await until('RUNNING', () => harness.server.statuses(arn).includes('RUNNING'));
  expect(harness.server.wayQuestions.toSorted()).toEqual([`${arn} logs/us-east-1`, `${arn} secretsmanager/us-east-1`]);
  expect(harness.server.calledWith('GetSecretValue')).toHaveLength(1);
});

test('[WAY-13] an image that never was in a registry is at hand; a copy of one that was is not', async () => {
  const closed = ['registry/docker.io'];
  harness.runtime.addImage('nginx:1');
  const inspect = harness.runtime.inspectImage.bind(harness.runtime);
  harness.runtime.inspectImage = async (reference) => {
    const found = await inspect(reference);
    return found && reference !== 'nginx:1' ? { ...found, repoDigests: [] } : found;
  };
  const atHand = send({ image: 'longshore/web:1' }, closed);
  await until('RUNNING', () => harness.server.statuses(atHand).includes('RUNNING'));
  expect(harness.server.wayQuestions).toEqual([]);
  expect(await reasonOf(send({ image: 'nginx:1' }, closed))).toContain(
    'Head "https://registry-1.docker.io/v2/library/nginx/manifests/1": dial tcp',
  );
});
