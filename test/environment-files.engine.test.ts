import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { EC2 } from '@aws-sdk/client-ec2';
import { ECS } from '@aws-sdk/client-ecs';
import { IAM } from '@aws-sdk/client-iam';
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

/** Environment files in real containers, from a directory that stands for S3. */
const waitMs = 120_000;
const pollMs = { timeout: 60_000, interval: 200 };
const roleName = 'ecsTaskExecutionRole';
const directory = newDataDirectory();
const objects = join(directory, 'objects');
let server: RunningLongshore;
let ecs: ECS;
let logs: CloudWatchLogs;
let iam: IAM;
let subnet = '';

/** Runs a task with these environment files that prints its variables V_*. @returns it, once it has stopped, and its lines */
async function run(
  family: string,
  files: readonly string[],
  override?: readonly string[],
): Promise<{ task: any; lines: readonly string[] }> {
  const of = (names: readonly string[]) =>
    names.map((name) => ({ type: 's3' as const, value: `arn:aws:s3:::${name}` }));
  await ecs.registerTaskDefinition({
    family,
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: '256',
    memory: '512',
    executionRoleArn: `arn:aws:iam::123456789012:role/${roleName}`,
    containerDefinitions: [
      {
        name: 'app',
        image: 'longshore/web:1',
        entryPoint: ['sh', '-c'],
        command: ['env | grep ^V_ | sort'],
        environment: [{ name: 'V_FIXED', value: 'definition' }],
        environmentFiles: of(files),
        logConfiguration: {
          logDriver: 'awslogs',
          options: {
            'awslogs-group': '/ecs/files',
            'awslogs-region': 'us-east-1',
            'awslogs-stream-prefix': family,
            'awslogs-create-group': 'true',
          },
        },
      },
    ],
  });
  const { tasks: [started] = [], failures } = await ecs.runTask({
    taskDefinition: family,
    launchType: 'FARGATE',
    networkConfiguration: { awsvpcConfiguration: { subnets: [subnet], assignPublicIp: 'ENABLED' } },
    ...(override === undefined
      ? {}
      : { overrides: { containerOverrides: [{ name: 'app', environmentFiles: of(override) }] } }),
  });
  expect(failures).toEqual([]);
  const taskArn = started?.taskArn ?? '';
  let task: any;
  await expect
    .poll(async () => {
      [task] = (await ecs.describeTasks({ tasks: [taskArn] })).tasks ?? [];
      return task?.lastStatus;
    }, pollMs)
    .toBe('STOPPED');
  const logStreamName = `${family}/app/${taskArn.slice(taskArn.lastIndexOf('/') + 1)}`;
  const read = { logGroupName: '/ecs/files', logStreamName, startFromHead: true };
  const { events = [] } = await logs.getLogEvents(read).catch(() => ({ events: [] }));
  return { task, lines: events.map(({ message = '' }) => message) };
}

async function allow(...Action: readonly string[]): Promise<void> {
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action, Resource: '*' },
  });
  await iam.putRolePolicy({ RoleName: roleName, PolicyName: 'files', PolicyDocument });
}

async function start(args: readonly string[]): Promise<void> {
  server = await startLongshore({ directory, port: await freePort(), args });
  const options = {
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  ecs = new ECS(options);
  logs = new CloudWatchLogs(options);
  iam = new IAM(options);
}

describe('environment files of containers', () => {
  beforeAll(async () => {
    mkdirSync(join(objects, 'config', 'prod'), { recursive: true });
    writeFileSync(join(objects, 'config', 'base.env'), '# base\nV_A=base\nV_B=base\nV_FIXED=base\n');
    writeFileSync(join(objects, 'config', 'prod', 'web.env'), 'V_B=prod\nV_C= "with spaces" \nV_EMPTY=\n');
    await start(['--s3-directory', objects]);
    const ec2 = new EC2({
      endpoint: server.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    subnet = (await ec2.describeSubnets({})).Subnets?.[0]?.SubnetId ?? '';
    ec2.destroy();
    await longshore(['image']);
    await ecs.createCluster({ clusterName: 'default' });
  }, waitMs);
  afterAll(async () => {
    for (const client of [ecs, logs, iam]) client?.destroy();
    await server?.stop();
    await longshore(['down', '--data-dir', directory]);
    rmSync(directory, { recursive: true, force: true });
  }, waitMs);

  test(
    'are refused to an execution role without rights, in the words of FARGATE',
    async () => {
      const { task } = await run('denied', ['config/base.env']);
      expect(task.stopCode).toBe('TaskFailedToStart');
      expect(task.stoppedReason).toMatch(
        /^ResourceInitializationError: failed to download env files: service call has been retried 1 time\(s\): operation error S3: GetBucketLocation, https response error StatusCode: 403, RequestID: [0-9a-f-]{36}, HostID: , api error AccessDenied: User: arn:aws:sts::123456789012:assumed-role\/ecsTaskExecutionRole\/[0-9a-f]{32} is not authorized to perform: s3:GetBucketLocation on resource: arn:aws:s3:::config because no identity-based policy allows the s3:GetBucketLocation action$/,
      );
      await allow('s3:GetBucketLocation');
      expect((await run('denied', ['config/base.env'])).task.stoppedReason).toMatch(
        /operation error S3: HeadObject, https response error StatusCode: 403, RequestID: [0-9a-f-]{36}, HostID: , api error Forbidden: Forbidden$/,
      );
    },
    waitMs,
  );

  test(
    'reach the container: the first file wins, the definition over both, an override instead of them',
    async () => {
      await allow('s3:GetObject', 's3:GetBucketLocation');
      const files = ['config/base.env', 'config/prod/web.env'];
      const { lines } = await run('allowed', files);
      expect(lines).toEqual(['V_A=base', 'V_B=base', 'V_C= "with spaces" ', 'V_EMPTY=', 'V_FIXED=definition']);
      const overridden = await run('allowed', files, ['config/prod/web.env']);
      expect(overridden.lines).toEqual(['V_B=prod', 'V_C= "with spaces" ', 'V_EMPTY=', 'V_FIXED=definition']);
    },
    waitMs,
  );

  test(
    'that are missing, or in a bucket that is, stop the task',
    async () => {
      await allow('s3:GetObject', 's3:GetBucketLocation', 's3:ListBucket');
      const [file, bucket] = await Promise.all([
        run('no-file', ['config/no.env']),
        run('no-bucket', ['nowhere/no.env']),
      ]);
      expect(file.task.stoppedReason).toMatch(/HeadObject, .* StatusCode: 404, .* api error NotFound: Not Found$/);
      expect(bucket.task.stoppedReason).toMatch(/NoSuchBucket: The specified bucket does not exist$/);
    },
    waitMs,
  );

  test.skipIf(!hasAws)(
    'are what the aws CLI reads too',
    async () => {
      const aws = awsCli(server.endpoint);
      expect(await aws('s3', 'cp', 's3://config/prod/web.env', '-')).toContain('V_B=prod');
    },
    waitMs,
  );

  test(
    'stop the task with a reason that names the option where there is no S3',
    async () => {
      await server.stop();
      await start([]);
      const { task } = await run('no-s3', ['config/base.env']);
      expect(task.stoppedReason).toContain('api error NotImplemented: there is no S3 here.');
      expect(task.stoppedReason).toContain('--s3-directory DIR');
    },
    waitMs,
  );
});
