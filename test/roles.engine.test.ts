import { rmSync } from 'node:fs';
import { CloudTrail } from '@aws-sdk/client-cloudtrail';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { EC2 } from '@aws-sdk/client-ec2';
import { ECR } from '@aws-sdk/client-ecr';
import { ECS, type ContainerDefinition, type Task } from '@aws-sdk/client-ecs';
import { IAM } from '@aws-sdk/client-iam';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canPush as canRun, DockerCli } from './docker-cli.ts';
import { freePort, longshore, newDataDirectory, startLongshore, type RunningLongshore } from './longshore-process.ts';

// The two roles of a task: each symptom by the wrong role, cured by the right policy. Needs root, an engine, the Docker CLI and a static busybox
// (Debian: busybox-static).

const account = '123456789012';
const image = `${account}.dkr.ecr.us-east-1.amazonaws.com/roles-app:latest`;
const managed = 'arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy';
/** As the third document lists them. */
const fourPermissions = [
  'ecr:GetAuthorizationToken',
  'ecr:BatchCheckLayerAvailability',
  'ecr:GetDownloadUrlForLayer',
  'ecr:BatchGetImage',
];
const docker = new DockerCli();
let directory = '';
let server: RunningLongshore;
let subnet = '';
let options: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
let ecs: ECS;
let iam: IAM;
let logs: CloudWatchLogs;

/** Builds and pushes the image, and takes it off the engine again. */
async function pushImage(): Promise<void> {
  const ecr = new ECR(options);
  const { repository } = await ecr.createRepository({ repositoryName: 'roles-app' });
  const uri = repository?.repositoryUri ?? '';
  await docker.login(ecr, uri);
  await docker.build(`${uri}:latest`, 'ENTRYPOINT ["/busybox", "sh", "-c"]');
  await docker.push(`${uri}:latest`);
  ecr.destroy();
}

beforeAll(async () => {
  if (!canRun) return;
  directory = newDataDirectory();
  server = await startLongshore({ directory, port: await freePort() });
  options = {
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  ecs = new ECS(options);
  iam = new IAM(options);
  logs = new CloudWatchLogs(options);
  await pushImage();
  await ecs.createCluster({ clusterName: 'shop' });
  await logs.createLogGroup({ logGroupName: '/ecs/roles' });
  const ec2 = new EC2(options);
  subnet = (await ec2.describeSubnets({})).Subnets?.[0]?.SubnetId ?? '';
  ec2.destroy();
}, 60_000);

afterAll(async () => {
  if (!canRun) return;
  for (const client of [ecs, iam, logs]) client.destroy();
  await server.stop();
  await longshore(['down', '--data-dir', directory]);
  docker.remove();
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

async function makeRole(RoleName: string, service = 'ecs-tasks.amazonaws.com'): Promise<string> {
  const trust = { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
  return (await iam.createRole({ RoleName, AssumeRolePolicyDocument })).Role?.Arn ?? '';
}

async function allow(RoleName: string, Action: readonly string[]): Promise<void> {
  const statement = { Effect: 'Allow', Action, Resource: '*' };
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await iam.putRolePolicy({ RoleName, PolicyName: 'may', PolicyDocument });
}

interface Wanted {
  readonly executionRoleArn?: string;
  readonly taskRoleArn?: string;
  readonly container?: Partial<ContainerDefinition>;
}

async function start({ container, ...roles }: Wanted): Promise<string> {
  const { taskDefinition } = await ecs.registerTaskDefinition({
    family: 'app',
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: '256',
    memory: '512',
    ...roles,
    containerDefinitions: [{ name: 'app', image, essential: true, command: ['exit 7'], ...container }],
  });
  const { tasks } = await ecs.runTask({
    cluster: 'shop',
    launchType: 'FARGATE',
    taskDefinition: taskDefinition?.taskDefinitionArn ?? '',
    networkConfiguration: { awsvpcConfiguration: { subnets: [subnet], assignPublicIp: 'ENABLED' } },
  });
  return tasks?.[0]?.taskArn ?? '';
}

async function until(arn: string, status: string): Promise<Task> {
  let task: Task | undefined;
  const look = async (): Promise<string | undefined> => {
    task = (await ecs.describeTasks({ cluster: 'shop', tasks: [arn] })).tasks?.[0];
    return task?.lastStatus;
  };
  await expect.poll(look, { timeout: 30_000, interval: 200 }).toBe(status);
  return task ?? {};
}

const run = async (wanted: Wanted): Promise<Task> => until(await start(wanted), 'STOPPED');

const awslogs: Partial<ContainerDefinition> = {
  command: ['echo hello; exit 7'],
  logConfiguration: {
    logDriver: 'awslogs',
    options: { 'awslogs-group': '/ecs/roles', 'awslogs-region': 'us-east-1', 'awslogs-stream-prefix': 'ecs' },
  },
};

async function lines(task: Task): Promise<readonly (string | undefined)[]> {
  const logStreamName = `ecs/app/${task.taskArn?.split('/').at(-1)}`;
  const { events } = await logs.getLogEvents({ logGroupName: '/ecs/roles', logStreamName, startFromHead: true });
  return (events ?? []).map(({ message }) => message);
}

describe.skipIf(!canRun)('the execution role', () => {
  test('without rights the image cannot be pulled; the four permissions of the document cure it', async () => {
    const executionRoleArn = await makeRole('pulls');
    const refused = await run({ executionRoleArn });
    expect(refused.stopCode).toBe('TaskFailedToStart');
    expect(refused.stoppedReason).toMatch(
      /assumed-role\/pulls\/.* is not authorized to perform: ecr:GetAuthorizationToken/,
    );
    await allow(
      'pulls',
      fourPermissions.filter((action) => action !== 'ecr:BatchGetImage'),
    );
    expect((await run({ executionRoleArn })).stoppedReason).toMatch(/^CannotPullContainerError: /);
    await allow('pulls', fourPermissions);
    expect((await run({ executionRoleArn })).containers?.[0]).toMatchObject({ exitCode: 7 });
  }, 60_000);

  test('without the rights of logs no logs appear, and the task says why; the managed policy cures it', async () => {
    const executionRoleArn = await makeRole('logs');
    await allow('logs', fourPermissions);
    const refused = await run({ executionRoleArn, container: awslogs });
    expect(refused.stoppedReason).toContain('is not authorized to perform: logs:CreateLogStream');
    await expect(lines(refused)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await iam.attachRolePolicy({ RoleName: 'logs', PolicyArn: managed });
    const done = await run({ executionRoleArn, container: awslogs });
    expect(done.containers?.[0]).toMatchObject({ exitCode: 7 });
    await expect.poll(() => lines(done)).toEqual(['hello']);
  }, 60_000);

  test('a secret that it may not read stops the task; the permission cures it', async () => {
    const secretsManager = new SecretsManager(options);
    const { ARN = '' } = await secretsManager.createSecret({ Name: 'db-password', SecretString: 's3cret' });
    secretsManager.destroy();
    const executionRoleArn = await makeRole('secrets');
    await allow('secrets', fourPermissions);
    const container = {
      command: ['[ "$PASSWORD" = s3cret ] && exit 7'],
      secrets: [{ name: 'PASSWORD', valueFrom: ARN }],
    };
    const refused = await run({ executionRoleArn, container });
    expect(refused.stoppedReason).toMatch(
      /^ResourceInitializationError: unable to pull secrets or registry auth: .*is not authorized to perform: secretsmanager:GetSecretValue/,
    );
    await allow('secrets', [...fourPermissions, 'secretsmanager:GetSecretValue']);
    expect((await run({ executionRoleArn, container })).containers?.[0]).toMatchObject({ exitCode: 7 });
  }, 60_000);

  test('one that does not trust ECS is not assumed', async () => {
    const executionRoleArn = await makeRole('foreign', 'ec2.amazonaws.com');
    const refused = await run({ executionRoleArn });
    expect(refused).toMatchObject({
      stopCode: 'TaskFailedToStart',
      stoppedReason: expect.stringContaining(`ECS was unable to assume the role '${executionRoleArn}'`),
    });
  }, 60_000);
});

test.skipIf(!canRun)(
  'the task role: what the program may, no more, as long as the task lives; without one, no credentials',
  async () => {
    const executionRoleArn = `arn:aws:iam::${account}:role/ecsTaskExecutionRole`;
    const taskRoleArn = await makeRole('app');
    const command = [
      '/busybox wget -q -O - http://169.254.170.2$AWS_CONTAINER_CREDENTIALS_RELATIVE_URI; echo; /busybox sleep 60',
    ];
    const arn = await start({ executionRoleArn, taskRoleArn, container: { ...awslogs, command, stopTimeout: 2 } });
    const task = await until(arn, 'RUNNING');
    await expect.poll(async () => (await lines(task)).length, { timeout: 10_000 }).toBe(1);
    const given = JSON.parse((await lines(task))[0] ?? '') as {
      AccessKeyId: string;
      SecretAccessKey: string;
      Token: string;
    };
    const app = new ECS({
      ...options,
      credentials: {
        accessKeyId: given.AccessKeyId,
        secretAccessKey: given.SecretAccessKey,
        sessionToken: given.Token,
      },
    });
    const id = arn.split('/').at(-1);
    await expect(app.listClusters({})).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: `User: arn:aws:sts::${account}:assumed-role/app/${id} is not authorized to perform: ecs:ListClusters on resource: * because no identity-based policy allows the ecs:ListClusters action`,
    });
    await allow('app', ['ecs:ListClusters']);
    expect((await app.listClusters({})).clusterArns).toHaveLength(1);
    await expect(app.stopTask({ cluster: 'shop', task: arn })).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await ecs.stopTask({ cluster: 'shop', task: arn });
    await until(arn, 'STOPPED');
    await expect(app.listClusters({})).rejects.toThrow(/security token/);
    app.destroy();
    const without = { ...awslogs, command: ['echo "[$AWS_CONTAINER_CREDENTIALS_RELATIVE_URI]"'] };
    const bare = await run({ executionRoleArn, container: without });
    await expect.poll(() => lines(bare)).toEqual(['[]']);
  },
  90_000,
);

test.skipIf(!canRun)('CloudTrail shows who did it all', async () => {
  const trail = new CloudTrail(options);
  const find = async (AttributeValue: string) =>
    (
      await trail.lookupEvents({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue }], MaxResults: 50 })
    ).Events?.map(({ CloudTrailEvent }) => JSON.parse(CloudTrailEvent ?? '') as Record<string, any>) ?? [];
  const [ran] = await find('RunTask');
  expect(ran).toMatchObject({ eventSource: 'ecs.amazonaws.com', userIdentity: { type: 'Root', accountId: account } });
  const denied = (await find('GetSecretValue')).find(({ errorCode }) => errorCode !== undefined);
  expect(denied).toMatchObject({
    errorCode: 'AccessDenied',
    userIdentity: { type: 'AssumedRole', arn: expect.stringContaining(':assumed-role/secrets/') },
  });
  expect(JSON.stringify(await find('CreateSecret'))).not.toContain('s3cret');
  trail.destroy();
});
