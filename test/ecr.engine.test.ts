import { execFile, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ECR } from '@aws-sdk/client-ecr';
import { ECS, type Task } from '@aws-sdk/client-ecs';
import { EC2 } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort, longshore, newDataDirectory, startLongshore, type RunningLongshore } from './longshore-process.ts';

// Docker's own CLI pushes, tasks run what was pushed. Needs root, an engine, the Docker CLI and a static busybox (Debian: busybox-static).

const busybox = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path));
const canRun = busybox !== undefined && spawnSync('docker', ['--version']).status === 0;
const engine = process.env['LONGSHORE_ENGINE'] ?? 'unix:///var/run/docker.sock';
const account = '123456789012';
const awsName = `${account}.dkr.ecr.us-east-1.amazonaws.com/my-app`;
const work = mkdtempSync(join(tmpdir(), 'longshore-ecr-'));
let directory = '';
let server: RunningLongshore;
let ecr: ECR;
let ecs: ECS;
let uri = '';
let subnet = '';

function docker(args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, DOCKER_HOST: engine, DOCKER_CONFIG: join(work, 'docker'), DOCKER_BUILDKIT: '0' };
    const child = execFile('docker', args, { env }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`docker ${args.join(' ')}: ${stderr}`));
    });
    child.stdin?.end(input);
  });
}

beforeAll(async () => {
  directory = newDataDirectory();
  server = await startLongshore({ directory, port: await freePort() });
  const options = {
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  ecr = new ECR(options);
  ecs = new ECS(options);
  const { repository } = await ecr.createRepository({ repositoryName: 'my-app' });
  uri = repository?.repositoryUri ?? '';
  const { authorizationData } = await ecr.getAuthorizationToken({});
  const [user = '', password = ''] = Buffer.from(authorizationData?.[0]?.authorizationToken ?? '', 'base64')
    .toString()
    .split(':');
  await docker(['login', '--username', user, '--password-stdin', uri.split('/')[0] ?? ''], password);
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
  for (const path of [directory, work]) rmSync(path, { recursive: true, force: true });
}, 60_000);

/** An image that ends with this exit code, built, pushed, and taken off the engine again. @returns its digest */
async function push(exitCode: number): Promise<string> {
  copyFileSync(busybox ?? '', join(work, 'busybox'));
  writeFileSync(
    join(work, 'Dockerfile'),
    `FROM scratch\nCOPY busybox /busybox\nENTRYPOINT ["/busybox", "sh", "-c", "exit ${exitCode}"]\n`,
  );
  await docker(['build', '--quiet', '--tag', `${uri}:latest`, work]);
  const pushed = await docker(['push', `${uri}:latest`]);
  await docker(['rmi', '--force', `${uri}:latest`]);
  const digest = /digest: (sha256:[0-9a-f]{64})/.exec(pushed)?.[1] ?? '';
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
    networkConfiguration: { awsvpcConfiguration: { subnets: [subnet] } },
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
    copyFileSync(busybox ?? '', join(work, 'busybox'));
    writeFileSync(
      join(work, 'Dockerfile'),
      'FROM scratch\nCOPY busybox /busybox\nENTRYPOINT ["/busybox", "sh", "-c", "exit 33"]\n',
    );
    await docker(['build', '--quiet', '--tag', image, work]);
    expect((await run(image)).containers?.[0]?.exitCode).toBe(33);
  },
  60_000,
);
