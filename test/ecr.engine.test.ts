import { rmSync } from 'node:fs';
import { CloudTrail } from '@aws-sdk/client-cloudtrail';
import { ECR } from '@aws-sdk/client-ecr';
import { ECS, type Task } from '@aws-sdk/client-ecs';
import { EC2 } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { canPush as canRun, DockerCli } from './docker-cli.ts';
import { freePort, longshore, newDataDirectory, startLongshore, type RunningLongshore } from './longshore-process.ts';

// Docker's own CLI pushes, tasks run what was pushed. Needs root, an engine, the Docker CLI and a static busybox (Debian: busybox-static).

const account = '123456789012';
const awsName = `${account}.dkr.ecr.us-east-1.amazonaws.com/my-app`;
const docker = new DockerCli();
let directory = '';
let server: RunningLongshore;
let options: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
let ecr: ECR;
let ecs: ECS;
let uri = '';
let subnet = '';

beforeAll(async () => {
  directory = newDataDirectory();
  server = await startLongshore({ directory, port: await freePort() });
  options = {
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  ecr = new ECR(options);
  ecs = new ECS(options);
  const { repository } = await ecr.createRepository({ repositoryName: 'my-app' });
  uri = repository?.repositoryUri ?? '';
  await docker.login(ecr, uri);
  await ecs.createCluster({ clusterName: 'shop' });
  const ec2 = new EC2(options);
  subnet = (await ec2.describeSubnets({})).Subnets?.[0]?.SubnetId ?? '';
  ec2.destroy();
}, 60_000);

afterAll(async () => {
  ecr.destroy();
  ecs.destroy();
  await server.stop();
  await longshore(['down', '--data-dir', directory]);
  docker.remove();
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

/** An image that ends with this exit code, built, pushed, and taken off the engine again. @returns its digest */
async function push(exitCode: number): Promise<string> {
  await docker.build(`${uri}:latest`, `ENTRYPOINT ["/busybox", "sh", "-c", "exit ${exitCode}"]`);
  const digest = await docker.push(`${uri}:latest`);
  const { imageDetails } = await ecr.describeImages({ repositoryName: 'my-app', imageIds: [{ imageTag: 'latest' }] });
  expect(imageDetails?.[0]?.imageDigest).toBe(digest);
  return digest;
}

/** Runs a task of an image on FARGATE to its end. */
async function run(image: string): Promise<Task> {
  const { taskDefinition } = await ecs.registerTaskDefinition({
    family: 'app',
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: '256',
    memory: '512',
    executionRoleArn: `arn:aws:iam::${account}:role/ecsTaskExecutionRole`,
    containerDefinitions: [{ name: 'app', image, essential: true }],
  });
  const { tasks } = await ecs.runTask({
    cluster: 'shop',
    launchType: 'FARGATE',
    taskDefinition: taskDefinition?.taskDefinitionArn ?? '',
    networkConfiguration: { awsvpcConfiguration: { subnets: [subnet], assignPublicIp: 'ENABLED' } },
  });
  const arn = tasks?.[0]?.taskArn ?? '';
  let task: Task | undefined;
  await expect
    .poll(
      async () => {
        task = (await ecs.describeTasks({ cluster: 'shop', tasks: [arn] })).tasks?.[0];
        return task?.lastStatus;
      },
      { timeout: 30_000, interval: 200 },
    )
    .toBe('STOPPED');
  return task ?? {};
}

test.skipIf(!canRun)(
  '[ECR-20] docker push, then tasks by the AWS name: by tag, by digest, not when deleted, and what was pushed again',
  async () => {
    const first = await push(11);
    const byTag = await run(`${awsName}:latest`);
    expect(byTag.containers?.[0]).toMatchObject({ exitCode: 11, imageDigest: first, image: `${awsName}:latest` });
    const second = await push(22);
    expect((await run(`${awsName}:latest`)).containers?.[0]).toMatchObject({ exitCode: 22, imageDigest: second });
    expect((await run(`${awsName}@${first}`)).containers?.[0]).toMatchObject({ exitCode: 11, imageDigest: first });

    await ecr.batchDeleteImage({
      repositoryName: 'my-app',
      imageIds: [{ imageDigest: first }, { imageDigest: second }],
    });
    const gone = await run(`${awsName}:latest`);
    expect(gone.stopCode).toBe('TaskFailedToStart');
    expect(gone.stoppedReason).toBe(
      `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${awsName}:latest: ${awsName}:latest: not found`,
    );
    const third = await push(33);
    expect((await run(`${uri}:latest`)).containers?.[0]).toMatchObject({ exitCode: 33, imageDigest: third });
  },
  60_000,
);

test.skipIf(!canRun)(
  '[ECR-21] an image of the machine with the name of a repository that is not there is run as it is',
  async () => {
    const image = `${account}.dkr.ecr.us-east-1.amazonaws.com/local-only:1`;
    await docker.build(image, 'ENTRYPOINT ["/busybox", "sh", "-c", "exit 33"]');
    expect((await run(image)).containers?.[0]?.exitCode).toBe(33);
  },
  60_000,
);

/** The one task of a service that runs, once it is another than these. */
async function runningTask(service: string, not: readonly (string | undefined)[] = []): Promise<Task> {
  let found: Task | undefined;
  const look = async (): Promise<boolean> => {
    const { taskArns = [] } = await ecs.listTasks({ cluster: 'shop', serviceName: service });
    const others = taskArns.filter((arn) => !not.includes(arn));
    const { tasks = [] } = others.length === 0 ? {} : await ecs.describeTasks({ cluster: 'shop', tasks: others });
    found = tasks.find(({ lastStatus }) => lastStatus === 'RUNNING');
    return found !== undefined;
  };
  await expect.poll(look, { timeout: 40_000, interval: 200 }).toBe(true);
  return found ?? {};
}

// SVC-31 on a real engine.
test.skipIf(!canRun)(
  'a service keeps to the image it began with when its tag moves, until a new deployment',
  async () => {
    const { repository } = await ecr.createRepository({ repositoryName: 'kept' });
    const reference = `${repository?.repositoryUri}:latest`;
    const pushKept = async (label: string): Promise<string> => {
      await docker.build(reference, `LABEL version=${label}`, 'ENTRYPOINT ["/busybox", "sleep", "600"]');
      return docker.push(reference);
    };
    const first = await pushKept('one');
    await ecs.registerTaskDefinition({
      family: 'kept',
      requiresCompatibilities: ['FARGATE'],
      networkMode: 'awsvpc',
      cpu: '256',
      memory: '512',
      executionRoleArn: `arn:aws:iam::${account}:role/ecsTaskExecutionRole`,
      containerDefinitions: [{ name: 'app', image: awsName.replace('my-app', 'kept:latest'), stopTimeout: 2 }],
    });
    const service = { cluster: 'shop', service: 'kept' };
    await ecs.createService({
      cluster: 'shop',
      serviceName: 'kept',
      taskDefinition: 'kept',
      launchType: 'FARGATE',
      desiredCount: 1,
      networkConfiguration: { awsvpcConfiguration: { subnets: [subnet], assignPublicIp: 'ENABLED' } },
    });
    const began = await runningTask('kept');
    expect(began.containers?.[0]?.imageDigest).toBe(first);

    const second = await pushKept('two');
    expect(second).not.toBe(first);
    await ecs.stopTask({ cluster: 'shop', task: began.taskArn });
    const replaced = await runningTask('kept', [began.taskArn]);
    expect(replaced.containers?.[0]?.imageDigest).toBe(first);

    await ecs.updateService({ ...service, forceNewDeployment: true });
    const deployed = await runningTask('kept', [began.taskArn, replaced.taskArn]);
    expect(deployed.containers?.[0]?.imageDigest).toBe(second);
    await ecs.deleteService({ ...service, force: true });
  },
  120_000,
);

test.skipIf(!canRun)('CloudTrail shows the pushes of docker and the pulls of tasks, and who did them', async () => {
  const trail = new CloudTrail(options);
  const find = async (AttributeValue: string) =>
    (
      await trail.lookupEvents({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue }], MaxResults: 50 })
    ).Events?.map(({ CloudTrailEvent }) => JSON.parse(CloudTrailEvent ?? '') as Record<string, any>) ?? [];
  const repositoryName = 'kept';
  const of = async (name: string) =>
    (await find(name)).filter(({ requestParameters }) => requestParameters.repositoryName === repositoryName);
  for (const name of ['InitiateLayerUpload', 'UploadLayerPart', 'CompleteLayerUpload', 'PutImage']) {
    expect((await of(name))[0], name).toMatchObject({
      eventSource: 'ecr.amazonaws.com',
      userIdentity: { type: 'Root', accountId: account },
      userAgent: expect.stringContaining('docker/'),
      readOnly: false,
      requestParameters: { registryId: account, repositoryName },
    });
  }
  expect((await of('PutImage')).map(({ requestParameters }) => requestParameters.imageTag)).toEqual([
    'latest',
    'latest',
  ]);
  for (const name of ['BatchGetImage', 'GetDownloadUrlForLayer']) {
    const pulls = (await of(name)).filter(({ userIdentity }) => userIdentity.type === 'AssumedRole');
    expect(pulls[0], name).toMatchObject({
      userIdentity: { arn: expect.stringContaining(':assumed-role/ecsTaskExecutionRole/') },
      responseElements: null,
    });
  }
  trail.destroy();
});
