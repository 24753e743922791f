import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { EC2 } from '@aws-sdk/client-ec2';
import { ECS } from '@aws-sdk/client-ecs';
import { IAM } from '@aws-sdk/client-iam';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { SSM } from '@aws-sdk/client-ssm';
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

const waitMs = 120_000;
const pollMs = { timeout: 60_000, interval: 200 };
const role = 'arn:aws:iam::123456789012:role/ecsTaskExecutionRole';
const plain = {
  db: 'db-8uZk2-plain',
  url: 'postgres://u:8uZk2@db/plain',
  api: 'api-8uZk2-plain',
  key: 'json-8uZk2-plain',
};

/**
 * Secrets of the third and fourth seed documents in real containers. A few calls are the unmodified AWS CLI's; the rest is the SDK's, since each call of
 * the CLI is a process that costs more than all of Longshore.
 */
let server: RunningLongshore;
let aws: ReturnType<typeof awsCli>;
let ecs: ECS;
let logs: CloudWatchLogs;
let secrets: SecretsManager;
let parameters: SSM;
let subnet = '';
const directory = newDataDirectory();

/** Runs a task with these secrets that prints digests of them. @returns its ARN */
async function run(family: string, given: readonly { name: string; valueFrom: string }[]): Promise<string> {
  await ecs.registerTaskDefinition({
    family,
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: '256',
    memory: '512',
    executionRoleArn: role,
    containerDefinitions: [
      {
        name: 'app',
        image: 'longshore/web:1',
        entryPoint: ['sh', '-c'],
        command: [given.map(({ name }) => `echo "$${name}" | sha256sum`).join(';')],
        secrets: [...given],
        logConfiguration: {
          logDriver: 'awslogs',
          options: {
            'awslogs-group': '/ecs/secrets',
            'awslogs-region': 'us-east-1',
            'awslogs-stream-prefix': family,
            'awslogs-create-group': 'true',
          },
        },
      },
    ],
  });
  const { tasks = [], failures } = await ecs.runTask({
    taskDefinition: family,
    launchType: 'FARGATE',
    networkConfiguration: { awsvpcConfiguration: { subnets: [subnet], assignPublicIp: 'ENABLED' } },
  });
  expect(failures).toEqual([]);
  return tasks[0]?.taskArn ?? '';
}

async function stopped(taskArn: string): Promise<any> {
  let task: any;
  await expect
    .poll(async () => {
      [task] = (await ecs.describeTasks({ tasks: [taskArn] })).tasks ?? [];
      return task?.lastStatus;
    }, pollMs)
    .toBe('STOPPED');
  return task;
}

/** What `echo | sha256sum` says of a value. */
function digest(value: string): string {
  return `${createHash('sha256').update(`${value}\n`).digest('hex')}  -`;
}

describe.skipIf(!hasAws)('secrets in containers (needs aws on the PATH)', () => {
  beforeAll(async () => {
    server = await startLongshore({ directory, port: await freePort() });
    aws = awsCli(server.endpoint);
    const options = {
      endpoint: server.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    };
    ecs = new ECS(options);
    logs = new CloudWatchLogs(options);
    secrets = new SecretsManager(options);
    parameters = new SSM(options);
    const ec2 = new EC2(options);
    subnet = (await ec2.describeSubnets({})).Subnets?.[0]?.SubnetId ?? '';
    ec2.destroy();
    const iam = new IAM(options);
    const reads = { Effect: 'Allow', Action: ['secretsmanager:GetSecretValue', 'ssm:GetParameters'], Resource: '*' };
    await iam.putRolePolicy({
      RoleName: role.split('/').at(-1),
      PolicyName: 'ReadSecrets',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [reads] }),
    });
    iam.destroy();
    const { stderr } = await longshore(['image']);
    if (stderr.includes('cannot')) throw new Error(stderr);
    await ecs.createCluster({ clusterName: 'default' });
  }, waitMs);
  afterAll(async () => {
    for (const client of [ecs, logs, secrets, parameters]) client?.destroy();
    await server?.stop();
    await longshore(['down', '--data-dir', directory]);
    rmSync(directory, { recursive: true, force: true });
  }, waitMs);

  test(
    'the secrets blocks of the documents inject, and the plain values are nowhere',
    async () => {
      await aws('secretsmanager', 'create-secret', '--name', 'db-password', '--secret-string', plain.db);
      const json = JSON.stringify({ password: plain.key, port: 5432 });
      await secrets.createSecret({ Name: 'prod/db-password', SecretString: json });
      const { ARN: full = '' } = await secrets.createSecret({ Name: 'prod/database-url', SecretString: plain.url });
      await aws(...['ssm', 'put-parameter', '--name', '/prod/api-key', '--type', 'SecureString', '--value', plain.api]);
      const asm = 'arn:aws:secretsmanager:us-east-1:123456789012:secret';
      const task = await run('inject', [
        { name: 'DB_PASSWORD', valueFrom: `${asm}:db-password` },
        { name: 'DATABASE_URL', valueFrom: full },
        { name: 'API_KEY', valueFrom: 'arn:aws:ssm:us-east-1:123456789012:parameter/prod/api-key' },
        { name: 'API_KEY_BY_NAME', valueFrom: '/prod/api-key' },
        { name: 'PASSWORD', valueFrom: `${asm}:prod/db-password:password::` },
        { name: 'PORT', valueFrom: `${asm}:prod/db-password:port:AWSCURRENT:` },
      ]);
      const ended = await stopped(task);
      expect(ended.stoppedReason).toBe('Essential container in task exited');
      const stream = `inject/app/${task.slice(task.lastIndexOf('/') + 1)}`;
      const read = { logGroupName: '/ecs/secrets', logStreamName: stream, startFromHead: true };
      const { events = [] } = await logs.getLogEvents(read);
      expect(events.map(({ message }) => message)).toEqual(
        [plain.db, plain.url, plain.api, plain.api, plain.key, '5432'].map(digest),
      );

      const described = JSON.stringify([
        ended,
        await ecs.describeTaskDefinition({ taskDefinition: 'inject' }),
        await secrets.listSecrets({}),
        await parameters.getParameter({ Name: '/prod/api-key' }),
      ]);
      for (const value of Object.values(plain)) {
        expect(described).not.toContain(value);
        expect(server.log()).not.toContain(value);
      }
      // Data directory: journal, task files of the agent, logs.
      expect(inDataDirectory(Object.values(plain))).toBe(false);
      expect(inDataDirectory(['sealed:k-'])).toBe(true);
    },
    waitMs,
  );

  test(
    'a missing secret, a missing JSON key and a missing parameter stop the task in AWS’s words',
    async () => {
      const missing = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:none-AbCdEf';
      const { ARN: json = '' } = await secrets.createSecret({ Name: 'json', SecretString: '{"a":"b"}' });
      const [first, second, third] = await Promise.all([
        run('missing-secret', [{ name: 'A', valueFrom: missing }]),
        run('missing-key', [{ name: 'A', valueFrom: `${json}:absent::` }]),
        run('missing-parameter', [{ name: 'A', valueFrom: '/none' }]),
      ]);
      const frame =
        'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed';
      const reasons = await Promise.all([first, second, third].map(stopped));
      expect(reasons.map(({ stoppedReason }) => stoppedReason)).toEqual([
        `${frame}: unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret ${missing} from secrets manager: ResourceNotFoundException: Secrets Manager can't find the specified secret.`,
        `${frame}: unable to retrieve secret from asm: service call has been retried 1 time(s): retrieved secret from Secrets Manager did not contain json key absent`,
        `${frame}: unable to retrieve secrets from ssm: service call has been retried 1 time(s): invalid parameters: /none`,
      ]);
      expect(reasons.map(({ stopCode }) => stopCode)).toEqual(Array(3).fill('TaskFailedToStart'));
    },
    waitMs,
  );

  test(
    'the sealing key is changed while the server runs, and the values stay readable',
    async () => {
      const { code, stdout } = await longshore(['rotate-key', '--data-dir', directory]);
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^sealed with k-[0-9a-f]{12}\n$/) });
      const read = await secrets.getSecretValue({ SecretId: 'db-password' });
      expect(read.SecretString).toBe(plain.db);
    },
    waitMs,
  );
});

/** Whether a file of the data directory has one of the texts. */
function inDataDirectory(texts: readonly string[]): boolean {
  const patterns = texts.flatMap((text) => ['-e', text]);
  return spawnSync('grep', ['-r', '-q', '-a', '-F', ...patterns, directory]).status === 0;
}
