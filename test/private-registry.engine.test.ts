import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EC2 } from '@aws-sdk/client-ec2';
import { ECS, type Task } from '@aws-sdk/client-ecs';
import { IAM } from '@aws-sdk/client-iam';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canPush, DockerCli } from './docker-cli.ts';
import { freePort, longshore, newDataDirectory, startLongshore, type RunningLongshore } from './longshore-process.ts';

// `repositoryCredentials` against a real registry with passwords. Needs what pushes need (docker-cli.ts), and Debian's docker-registry.

const registry = '/usr/bin/docker-registry';
const canRun = canPush && existsSync(registry);
const user = 'puller';
const password = 'correct-horse';
/** `htpasswd -nbB puller correct-horse`: the registry takes bcrypt only. */
const htpasswd = `${user}:$2y$05$7eYXeLtvN8D2gEcgV9ice.kAi84KSKLW3ijDib6mmS9TLRihW32zC\n`;
const account = '123456789012';
const docker = new DockerCli();
const directory = newDataDirectory();
let registryProcess: ChildProcess;
let image = '';
let server: RunningLongshore;
let ecs: ECS;
let iam: IAM;
let secrets: SecretsManager;
let subnet = '';

async function startRegistry(port: number): Promise<ChildProcess> {
  const at = join(directory, 'registry');
  mkdirSync(at);
  writeFileSync(join(at, 'htpasswd'), htpasswd);
  const config = {
    version: 0.1,
    storage: { filesystem: { rootdirectory: join(at, 'data') } },
    http: { addr: `127.0.0.1:${port}` },
    auth: { htpasswd: { realm: 'test', path: join(at, 'htpasswd') } },
  };
  writeFileSync(join(at, 'config.yml'), JSON.stringify(config));
  const child = spawn(registry, ['serve', join(at, 'config.yml')], { stdio: 'ignore' });
  const answers = (): Promise<boolean> =>
    fetch(`http://127.0.0.1:${port}/v2/`).then(
      ({ status }) => status === 401,
      () => false,
    );
  for (const untilMs = Date.now() + 10_000; !(await answers()); await sleep(100))
    if (Date.now() > untilMs) throw new Error('docker-registry does not answer');
  return child;
}

beforeAll(async () => {
  if (!canRun) return;
  const port = await freePort();
  registryProcess = await startRegistry(port);
  image = `127.0.0.1:${port}/team/app:7`;
  await docker.run(['login', '--username', user, '--password-stdin', `127.0.0.1:${port}`], password);
  await docker.build(image, 'ENTRYPOINT ["/busybox", "sh", "-c", "exit 44"]');
  await docker.push(image);
  server = await startLongshore({ directory, port: await freePort() });
  const options = {
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  [ecs, iam, secrets] = [new ECS(options), new IAM(options), new SecretsManager(options)];
  await ecs.createCluster({ clusterName: 'shop' });
  const ec2 = new EC2(options);
  subnet = (await ec2.describeSubnets({})).Subnets?.[0]?.SubnetId ?? '';
  ec2.destroy();
  const trust = { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: trust });
  for (const RoleName of ['reads', 'reads-nothing']) await iam.createRole({ RoleName, AssumeRolePolicyDocument });
  const may = { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: '*' };
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: may });
  await iam.putRolePolicy({ RoleName: 'reads', PolicyName: 'secrets', PolicyDocument });
}, 60_000);

afterAll(async () => {
  docker.remove();
  if (!canRun) return;
  for (const client of [ecs, iam, secrets]) client.destroy();
  await server.stop();
  registryProcess.kill();
  await longshore(['down', '--data-dir', directory]);
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

async function secret(Name: string, value: object): Promise<string> {
  return (await secrets.createSecret({ Name, SecretString: JSON.stringify(value) })).ARN ?? '';
}

/** Runs a task of the private image to its end. */
async function run(credentialsParameter: string | undefined, role = 'reads'): Promise<Task> {
  const { taskDefinition } = await ecs.registerTaskDefinition({
    family: 'private',
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: '256',
    memory: '512',
    executionRoleArn: `arn:aws:iam::${account}:role/${role}`,
    containerDefinitions: [
      {
        name: 'app',
        image,
        ...(credentialsParameter === undefined ? {} : { repositoryCredentials: { credentialsParameter } }),
      },
    ],
  });
  const { tasks } = await ecs.runTask({
    cluster: 'shop',
    launchType: 'FARGATE',
    taskDefinition: taskDefinition?.taskDefinitionArn ?? '',
    networkConfiguration: { awsvpcConfiguration: { subnets: [subnet], assignPublicIp: 'ENABLED' } },
  });
  const arn = tasks?.[0]?.taskArn ?? '';
  let task: Task | undefined;
  const look = async (): Promise<string | undefined> => {
    task = (await ecs.describeTasks({ cluster: 'shop', tasks: [arn] })).tasks?.[0];
    return task?.lastStatus;
  };
  await expect.poll(look, { timeout: 30_000, interval: 200 }).toBe('STOPPED');
  return task ?? {};
}

const framed =
  'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve registry auth from asm: service call has been retried 1 time(s): asm fetching secret from the service for';

describe.skipIf(!canRun)('an image of a registry with passwords', () => {
  test('the right secret pulls; a wrong password does not, neither before nor when the machine has a copy', async () => {
    const right = await secret('right', { username: user, password });
    const wrong = await secret('wrong', { username: user, password: 'wrong-horse' });
    const refused = {
      stopCode: 'TaskFailedToStart',
      stoppedReason: `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${image}: pulling from host ${image.split('/')[0]} failed with status code [manifests 7]: 401 Unauthorized`,
    };
    expect(await run(wrong)).toMatchObject(refused);
    const done = await run(right);
    expect(done.containers?.[0]).toMatchObject({ exitCode: 44, imageDigest: expect.stringMatching(/^sha256:/) });
    expect(await run(wrong)).toMatchObject(refused);
    expect((await run(right)).containers?.[0]).toMatchObject({ exitCode: 44 });
  }, 60_000);

  test('a secret that is not there, is no login, or may not be read stops the task in AWS’s words', async () => {
    const missing = `arn:aws:secretsmanager:us-east-1:${account}:secret:none-AbCdEf`;
    const half = await secret('half', { username: user });
    const right = await secret('right-too', { username: user, password });
    const reasons = [await run(missing), await run(half), await run(right, 'reads-nothing')].map((task) => {
      expect(task.stopCode).toBe('TaskFailedToStart');
      return task.stoppedReason;
    });
    expect(reasons[0]).toBe(
      `${framed} ${missing}: ResourceNotFoundException: Secrets Manager can't find the specified secret.`,
    );
    expect(reasons[1]).toBe(`${framed} ${half}: asm fetching password: AuthorizationData is malformed, empty field`);
    expect(reasons[2]).toMatch(
      /: AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role\/reads-nothing\/[0-9a-f]{32} is not authorized to perform: secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:.* because no identity-based policy allows the secretsmanager:GetSecretValue action$/,
    );
    expect(reasons[2]?.startsWith(`${framed} ${right}`)).toBe(true);
    expect(server.log()).not.toContain(password);
  }, 60_000);
});
