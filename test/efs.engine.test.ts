import { rmSync } from 'node:fs';
import { join } from 'node:path';
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

const waitMs = 180_000;
const pollMs = { timeout: 90_000, interval: 1_000 };

/** File systems of EFS in real containers, by the unmodified AWS CLI. */
let server: RunningLongshore;
let aws: ReturnType<typeof awsCli>;
const directory = newDataDirectory();
let subnet = '';
let fileSystem = '';

interface Volume {
  readonly efs: object;
  readonly command: string;
  readonly readOnly?: boolean;
}

/** @returns the task's ARN */
async function run(family: string, { efs, command, readOnly = false }: Volume): Promise<string> {
  const definition = {
    family,
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: '256',
    memory: '512',
    volumes: [{ name: 'data', efsVolumeConfiguration: efs }],
    containerDefinitions: [
      {
        name: 'app',
        image: 'longshore/web:1',
        entryPoint: ['sh', '-c'],
        command: [command],
        mountPoints: [{ sourceVolume: 'data', containerPath: '/data', readOnly }],
      },
    ],
  };
  await aws('ecs', 'register-task-definition', '--cli-input-json', JSON.stringify(definition));
  const { tasks, failures } = await aws(
    ...['ecs', 'run-task', '--launch-type', 'FARGATE', '--task-definition', family],
    ...['--network-configuration', `awsvpcConfiguration={subnets=[${subnet}]}`],
  );
  expect(failures).toEqual([]);
  return tasks[0].taskArn as string;
}

async function ended(arn: string): Promise<{ exitCode?: number; reason?: string }> {
  let last: { lastStatus?: string; stoppedReason?: string; containers?: { exitCode?: number; reason?: string }[] } = {};
  await expect
    .poll(async () => {
      last = (await aws('ecs', 'describe-tasks', '--tasks', arn)).tasks[0];
      return last.lastStatus;
    }, pollMs)
    .toBe('STOPPED');
  const container = last.containers?.[0];
  return {
    ...(container?.exitCode === undefined ? {} : { exitCode: container.exitCode }),
    reason: `${last.stoppedReason ?? ''} ${container?.reason ?? ''}`,
  };
}

describe.runIf(hasAws)('EFS', () => {
  beforeAll(async () => {
    const { stderr } = await longshore(['image']);
    if (stderr.includes('cannot')) throw new Error(stderr);
    server = await startLongshore({ directory, port: await freePort() });
    aws = awsCli(server.endpoint);
    await aws('ecs', 'create-cluster');
    subnet = (await aws('ec2', 'describe-subnets')).Subnets[0].SubnetId;
    fileSystem = (await aws('efs', 'create-file-system', '--creation-token', 't')).FileSystemId;
    await aws('efs', 'create-mount-target', '--file-system-id', fileSystem, '--subnet-id', subnet);
  }, waitMs);

  afterAll(async () => {
    await server?.stop();
    await longshore(['down', '--data-dir', directory]);
    rmSync(directory, { recursive: true, force: true });
  }, waitMs);

  test(
    'two tasks have a file system at once, and what they wrote outlives them',
    async () => {
      const efs = { fileSystemId: fileSystem };
      const reader = await run('reader', {
        efs,
        command: 'for i in $(seq 600); do [ -f /data/word ] && exit 7; sleep 0.1; done; exit 1',
        readOnly: true,
      });
      const writer = await run('writer', { efs, command: 'echo hello > /data/word; sleep 1' });
      expect((await ended(reader)).exitCode).toBe(7);
      expect((await ended(writer)).exitCode).toBe(0);
      const later = await run('later', {
        efs,
        command: 'grep -q hello /data/word && ! touch /data/x 2>/dev/null',
        readOnly: true,
      });
      expect((await ended(later)).exitCode).toBe(0);
    },
    waitMs,
  );

  test(
    'an access point makes its directory, and its user is who writes there',
    async () => {
      const { AccessPointId: accessPointId } = await aws(
        ...['efs', 'create-access-point', '--file-system-id', fileSystem, '--posix-user', 'Uid=1234,Gid=4321'],
        ...['--root-directory', 'Path=/app,CreationInfo={OwnerUid=1234,OwnerGid=4321,Permissions=0700}'],
      );
      const efs = {
        fileSystemId: fileSystem,
        transitEncryption: 'ENABLED',
        authorizationConfig: { accessPointId, iam: 'ENABLED' },
      };
      const command = 'touch /data/mine && [ "$(stat -c %u:%g /data/mine)" = 1234:4321 ] && [ ! -e /data/word ]';
      expect((await ended(await run('point', { efs, command }))).exitCode).toBe(0);
      const whole = { fileSystemId: fileSystem, rootDirectory: '/app' };
      expect((await ended(await run('below', { efs: whole, command: '[ -f /data/mine ]' }))).exitCode).toBe(0);
    },
    waitMs,
  );

  test(
    'what cannot be mounted stops the task in the words of AWS',
    async () => {
      const none = await run('none', { efs: { fileSystemId: 'fs-00000000' }, command: 'true' });
      expect((await ended(none)).reason).toContain(
        'ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: Failed to resolve "fs-00000000.efs.us-east-1.amazonaws.com"',
      );
      const missing = await run('missing', {
        efs: { fileSystemId: fileSystem, rootDirectory: '/nowhere' },
        command: 'true',
      });
      expect((await ended(missing)).reason).toContain('reason given by server: No such file or directory');
      rmSync(join(directory, 'efs'), { recursive: true });
      const gone = await run('gone', { efs: { fileSystemId: fileSystem }, command: 'true' });
      expect((await ended(gone)).reason).toContain('is not on this machine');
    },
    waitMs,
  );
});
