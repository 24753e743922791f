import { execFile, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent } from 'node:https';
import { EC2 } from '@aws-sdk/client-ec2';
import { ECR } from '@aws-sdk/client-ecr';
import { ECS } from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  entry,
  freePort,
  longshore,
  newDataDirectory,
  startCommand,
  startLongshore,
  type RunningCommand,
  type RunningLongshore,
} from './longshore-process.ts';

// A `longshore up` that others could reach: TLS with a certificate of its own, the engine, the aws CLI, tasks and a second agent over it.
// Needs root, an engine, the Docker CLI and a static busybox.

const busybox = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path));
const canRun = busybox !== undefined && spawnSync('docker', ['--version']).status === 0;
const engine = process.env['LONGSHORE_ENGINE'] ?? 'unix:///var/run/docker.sock';
const account = '123456789012';
const work = mkdtempSync(join(tmpdir(), 'longshore-tls-'));
const directory = newDataDirectory();
const agentDirectory = newDataDirectory();
let server: RunningLongshore;
let agent: RunningCommand | undefined;
let endpoint = '';
let environment: Readonly<Record<string, string>> = {};
let ecs: ECS;
let ecr: ECR;
let ec2: EC2;

function run(file: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = {
      ...process.env,
      AWS_MAX_ATTEMPTS: '1',
      DOCKER_HOST: engine,
      DOCKER_CONFIG: join(work, 'docker'),
      DOCKER_BUILDKIT: '0',
    };
    const child = execFile(file, args, { env }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${file} ${args.join(' ')}: ${stderr}`));
    });
    child.stdin?.end(input);
  });
}

/** Runs a task to its end. @returns the exit code, or why there is none */
async function runTask(cluster: string, more: object): Promise<unknown> {
  const { tasks, failures } = await ecs.runTask({ cluster, taskDefinition: 'app', ...more });
  expect(failures ?? []).toEqual([]);
  const arn = tasks?.[0]?.taskArn ?? '';
  const found = async () => (await ecs.describeTasks({ cluster, tasks: [arn] })).tasks?.[0];
  await expect.poll(async () => (await found())?.lastStatus, { timeout: 40_000, interval: 200 }).toBe('STOPPED');
  const task = await found();
  return task?.containers?.[0]?.exitCode ?? task?.stoppedReason;
}

beforeAll(async () => {
  const port = await freePort();
  endpoint = `https://127.0.0.1:${port}`;
  server = await startLongshore({ directory, port, args: ['--host', '0.0.0.0'] });
  const { stdout } = await longshore(['env', '--root', '--data-dir', directory, '--port', String(port)]);
  environment = Object.fromEntries(
    [...stdout.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
  const options = {
    endpoint,
    region: 'us-east-1',
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
    requestHandler: { httpsAgent: new Agent({ ca: readFileSync(environment['AWS_CA_BUNDLE'] ?? '') }) },
  };
  [ecs, ecr, ec2] = [new ECS(options), new ECR(options), new EC2(options)];
  await ecs.createCluster({ clusterName: 'shop' });
}, 60_000);

afterAll(async () => {
  for (const client of [ecs, ecr, ec2]) client.destroy();
  await agent?.stop();
  await server.stop();
  for (const data of [directory, agentDirectory]) {
    await longshore(['down', '--data-dir', data]);
    rmSync(data, { recursive: true, force: true });
  }
  rmSync(work, { recursive: true, force: true });
}, 60_000);

test.skipIf(spawnSync('aws', ['--version']).status !== 0)(
  '[TLS-8] the aws CLI speaks to it with the lines of longshore env, and not without the authority',
  async () => {
    const lines = `eval "$(${process.execPath} ${entry} env --root --data-dir ${directory} --port ${new URL(endpoint).port} 2>/dev/null)"`;
    const list = 'aws ecs list-clusters --query clusterArns --output text';
    expect(environment['AWS_ENDPOINT_URL']).toBe(endpoint);
    expect(await run('bash', ['-c', `${lines}; ${list}`])).toContain(':cluster/shop');
    await expect(run('bash', ['-c', `${lines}; unset AWS_CA_BUNDLE; ${list}`])).rejects.toThrow(
      'CERTIFICATE_VERIFY_FAILED',
    );
    await expect(
      run('bash', ['-c', `${lines}; export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test; ${list}`]),
    ).rejects.toThrow('UnrecognizedClientException');
  },
  60_000,
);

test.skipIf(!canRun)(
  '[TLS-7] docker push, a pull by the AWS name, and a task that calls the API, all over TLS',
  async () => {
    const { repository } = await ecr.createRepository({ repositoryName: 'app' });
    const uri = repository?.repositoryUri ?? '';
    const { authorizationData } = await ecr.getAuthorizationToken({});
    const token = Buffer.from(authorizationData?.[0]?.authorizationToken ?? '', 'base64').toString();
    await run('docker', ['login', '--username', 'AWS', '--password-stdin', uri.split('/')[0] ?? ''], token.slice(4));
    copyFileSync(busybox ?? '', join(work, 'busybox'));
    const program = 'busybox wget -q -O /dev/null $AWS_ENDPOINT_URL/health || exit 9; exit 11';
    writeFileSync(
      join(work, 'Dockerfile'),
      `FROM scratch\nCOPY busybox /bin/busybox\nENTRYPOINT ["/bin/busybox", "sh", "-c", "PATH=/bin; ${program}"]\n`,
    );
    await run('docker', ['build', '--quiet', '--tag', `${uri}:1`, work]);
    expect(await run('docker', ['push', `${uri}:1`])).toContain('digest: sha256:');
    await run('docker', ['rmi', '--force', `${uri}:1`]);
    await ecs.registerTaskDefinition({
      family: 'app',
      requiresCompatibilities: ['FARGATE', 'EC2'],
      networkMode: 'awsvpc',
      cpu: '256',
      memory: '512',
      executionRoleArn: `arn:aws:iam::${account}:role/ecsTaskExecutionRole`,
      containerDefinitions: [{ name: 'app', image: `${account}.dkr.ecr.us-east-1.amazonaws.com/app:1` }],
    });
    const subnet = (await ec2.describeSubnets({})).Subnets?.[0]?.SubnetId ?? '';
    const networkConfiguration = { awsvpcConfiguration: { subnets: [subnet], assignPublicIp: 'ENABLED' } };
    expect(await runTask('shop', { launchType: 'FARGATE', networkConfiguration })).toBe(11);

    const copy = join(work, 'copy-of-ca.pem');
    copyFileSync(environment['AWS_CA_BUNDLE'] ?? '', copy);
    const keys = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'].map((name) => `${name}=${environment[name]}`);
    const place = ['--endpoint', endpoint, '--cluster', 'shop', '--data-dir', agentDirectory];
    agent = await startCommand({
      directory: agentDirectory,
      logName: 'agent',
      args: ['agent', ...place, '--ca-file', copy, '--introspection-port', 'off'],
      readyLine: 'longshore agent ready',
      wrap: ['env', ...keys],
    });
    const onInstance = { awsvpcConfiguration: { subnets: [subnet] } };
    expect(await runTask('shop', { launchType: 'EC2', networkConfiguration: onInstance })).toBe(11);
  },
  120_000,
);

test.skipIf(!canRun)(
  '[TLS-7] longshore down answers in TLS where up did, so that agents stop their tasks',
  async () => {
    await ecs.registerTaskDefinition({
      family: 'long',
      networkMode: 'none',
      memory: '64',
      containerDefinitions: [
        {
          name: 'long',
          image: `${account}.dkr.ecr.us-east-1.amazonaws.com/app:1`,
          entryPoint: ['/bin/busybox', 'sleep', '987654'],
        },
      ],
    });
    const { tasks } = await ecs.runTask({ cluster: 'shop', launchType: 'EC2', taskDefinition: 'long' });
    const arn = tasks?.[0]?.taskArn ?? '';
    const found = async () => (await ecs.describeTasks({ cluster: 'shop', tasks: [arn] })).tasks?.[0];
    await expect.poll(async () => (await found())?.lastStatus, { timeout: 30_000, interval: 200 }).toBe('RUNNING');
    const running = () => run('docker', ['ps', '--no-trunc', '--format', '{{.Command}}']);
    expect(await running()).toContain('sleep 987654');
    expect(await longshore(['down', '--data-dir', directory])).toMatchObject({ code: 0 });
    expect(await running()).not.toContain('sleep 987654');
  },
  120_000,
);
