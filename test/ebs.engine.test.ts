import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
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

const waitMs = 240_000;
const pollMs = { timeout: 120_000, interval: 1_000 };
const account = '123456789012';
const isRoot = process.getuid?.() === 0 && existsSync('/dev/loop-control');

/** EBS volumes on loop devices, in real containers, by the unmodified AWS CLI. */
let server: RunningLongshore;
let aws: ReturnType<typeof awsCli>;
const directory = newDataDirectory();
let subnet = '';
let roleArn = '';
let before: Traces;

/** What volumes leave on a machine: devices of our files, and mounts of any device. */
interface Traces {
  readonly devices: readonly string[];
  readonly mounts: readonly string[];
}

function traces(): Traces {
  const devices = execFileSync('losetup', ['--list', '--noheadings', '--output', 'NAME,BACK-FILE']).toString();
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
  return {
    devices: devices.split('\n').filter((line) => line.includes(directory)),
    mounts: mounts.split('\n').filter((line) => line.includes('/dev/loop')),
  };
}

function files(): readonly string[] {
  const folder = join(directory, 'ebs', account);
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

async function define(family: string, command: string, more: object = {}): Promise<void> {
  const definition = {
    family,
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: '256',
    memory: '512',
    volumes: [{ name: 'data', configuredAtLaunch: true }],
    containerDefinitions: [
      {
        name: 'app',
        image: 'longshore/web:1',
        entryPoint: ['sh', '-c'],
        command: [command],
        stopTimeout: 2,
        mountPoints: [{ sourceVolume: 'data', containerPath: '/data' }],
        ...more,
      },
    ],
  };
  await aws('ecs', 'register-task-definition', '--cli-input-json', JSON.stringify(definition));
}

function configuration(ebs: object): string {
  return JSON.stringify([{ name: 'data', managedEBSVolume: { roleArn, filesystemType: 'ext4', ...ebs } }]);
}

const network = (): string => `awsvpcConfiguration={subnets=[${subnet}]}`;

/** @returns the task's ARN */
async function run(family: string, ebs: object): Promise<string> {
  const { tasks, failures } = await aws(
    ...['ecs', 'run-task', '--launch-type', 'FARGATE', '--task-definition', family],
    ...['--network-configuration', network(), '--volume-configurations', configuration(ebs)],
  );
  expect(failures).toEqual([]);
  return tasks[0].taskArn as string;
}

interface Described {
  readonly lastStatus: string;
  readonly stoppedReason?: string;
  readonly stopCode?: string;
  readonly containers: readonly { readonly exitCode?: number; readonly reason?: string }[];
  readonly attachments: readonly {
    readonly type: string;
    readonly status: string;
    readonly details: readonly { readonly name: string; readonly value: string }[];
  }[];
}

async function reaches(arn: string, status: string): Promise<Described> {
  let last: Described | undefined;
  await expect
    .poll(async () => {
      last = (await aws('ecs', 'describe-tasks', '--tasks', arn)).tasks[0] as Described;
      return last.lastStatus;
    }, pollMs)
    .toBe(status);
  if (last === undefined) throw new Error('the task is not there');
  return last;
}

/** The attachment of a task's volume, with its details by name. */
function attachment({ attachments }: Described) {
  const found = attachments.find(({ type }) => type === 'AmazonElasticBlockStorage');
  const details = Object.fromEntries((found?.details ?? []).map(({ name, value }) => [name, value]));
  return { status: found?.status, details };
}

async function infrastructureRole(name: string, service: string, policies: readonly string[]): Promise<string> {
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
  };
  const document = JSON.stringify(trust);
  const { Role } = await aws('iam', 'create-role', '--role-name', name, '--assume-role-policy-document', document);
  for (const policy of policies)
    await aws('iam', 'attach-role-policy', '--role-name', name, '--policy-arn', `arn:aws:iam::aws:policy/${policy}`);
  return Role.Arn as string;
}

const volumesPolicy = 'service-role/AmazonECSInfrastructureRolePolicyForVolumes';

describe.runIf(hasAws && isRoot)('EBS', () => {
  beforeAll(async () => {
    const { stderr } = await longshore(['image']);
    if (stderr.includes('cannot')) throw new Error(stderr);
    before = traces();
    server = await startLongshore({ directory, port: await freePort() });
    aws = awsCli(server.endpoint);
    await aws('ecs', 'create-cluster');
    subnet = (await aws('ec2', 'describe-subnets')).Subnets[0].SubnetId;
    roleArn = await infrastructureRole('ecsInfrastructureRole', 'ecs.amazonaws.com', [volumesPolicy]);
  }, waitMs);

  afterAll(async () => {
    await server?.stop();
    await longshore(['down', '--data-dir', directory]);
    rmSync(directory, { recursive: true, force: true });
  }, waitMs);

  let kept = '';
  test(
    '[EBS-8] a task has a file system of its size, and its volume is kept where that is wanted',
    async () => {
      await define(
        'writer',
        'df -k /data | tail -1 | tr -s " " | cut -d" " -f2 > /data/size; echo hello > /data/word; sleep 600',
      );
      const arn = await run('writer', { sizeInGiB: 2, terminationPolicy: { deleteOnTermination: false } });
      const running = attachment(await reaches(arn, 'RUNNING'));
      expect(running).toEqual({
        status: 'ATTACHED',
        details: {
          volumeId: expect.stringMatching(/^vol-0[0-9a-f]{16}$/) as string,
          roleArn,
          volumeName: 'data',
          deleteOnTermination: 'false',
        },
      });
      kept = running.details['volumeId'] ?? '';
      const [used] = (await aws('ec2', 'describe-volumes', '--volume-ids', kept)).Volumes;
      expect(used).toMatchObject({
        State: 'in-use',
        Size: 2,
        VolumeType: 'gp2',
        Attachments: [{ AssociatedResource: arn, State: 'attached', DeleteOnTermination: false }],
      });
      expect(used.Tags).toContainEqual({ Key: 'AmazonECSCreated', Value: arn });
      expect(traces().devices).toHaveLength(1);
      const { code, stderr } = await aws.raw('ec2', 'delete-volume', '--volume-id', kept);
      expect(code).not.toBe(0);
      expect(stderr).toContain('VolumeInUse');
      await aws('ecs', 'stop-task', '--task', arn);
      expect(attachment(await reaches(arn, 'STOPPED')).status).toBe('DETACHED');
      const [free] = (await aws('ec2', 'describe-volumes', '--volume-ids', kept)).Volumes;
      expect(free).toMatchObject({ State: 'available', Attachments: [] });
      expect(traces()).toEqual(before);
      expect(files()).toEqual([`${kept}.img`]);
    },
    waitMs,
  );

  test(
    '[EBS-9] a snapshot of it is what a larger volume of another task begins with',
    async () => {
      const { SnapshotId } = await aws('ec2', 'create-snapshot', '--volume-id', kept, '--description', 'of a test');
      await expect
        .poll(
          async () => (await aws('ec2', 'describe-snapshots', '--snapshot-ids', SnapshotId)).Snapshots[0].State,
          pollMs,
        )
        .toBe('completed');
      const now = 'df -k /data | tail -1 | tr -s " " | cut -d" " -f2';
      // Of 2 GiB ext4 keeps some for itself; of 4 GiB more is left than of 2.
      const check = `grep -q hello /data/word && s=$(cat /data/size) && [ $s -gt 1900000 ] && [ $s -lt 2097152 ] && n=$(${now}) && [ $n -gt 3900000 ]`;
      await define('reader', `${check} && touch /data/mine`, { user: '1234:4321' });
      const read = await reaches(await run('reader', { snapshotId: SnapshotId, sizeInGiB: 4 }), 'STOPPED');
      expect(read.containers[0]?.exitCode).toBe(0);
      expect(attachment(read).status).toBe('DELETED');
      const mismatch = await reaches(
        await run('reader', { snapshotId: SnapshotId, filesystemType: 'ext3' }),
        'STOPPED',
      );
      expect(mismatch).toMatchObject({ stopCode: 'TaskFailedToStart' });
      expect(mismatch.stoppedReason).toContain(
        'ECS timed out while configuring the EBS volume attachment to your Task',
      );
      expect(attachment(mismatch)).toMatchObject({
        status: 'FAILED',
        details: { statusReason: mismatch.stoppedReason },
      });
      await expect.poll(() => files(), pollMs).toEqual([`${SnapshotId}.img`, `${kept}.img`]);
      await aws('ec2', 'delete-snapshot', '--snapshot-id', SnapshotId);
      await aws('ec2', 'delete-volume', '--volume-id', kept);
      await expect.poll(() => files(), pollMs).toEqual([]);
      expect(traces()).toEqual(before);
    },
    waitMs,
  );

  test(
    '[EBS-6] a role that ECS may not assume, or that may not make volumes, is said to be so',
    async () => {
      const trusted = await infrastructureRole('withoutRights', 'ecs.amazonaws.com', []);
      const untrusted = await infrastructureRole('ofTasks', 'ecs-tasks.amazonaws.com', [volumesPolicy]);
      for (const role of [trusted, untrusted]) {
        const task = await reaches(await run('reader', { sizeInGiB: 1, roleArn: role }), 'STOPPED');
        expect(task.stoppedReason).toBe(
          `ECS was unable to assume the configured ECS Infrastructure Role '${role}'. Please verify that the role being passed has the proper trust relationship with Amazon ECS`,
        );
        expect(attachment(task)).toMatchObject({ status: 'FAILED', details: { statusReason: task.stoppedReason } });
      }
      expect((await aws('ec2', 'describe-volumes')).Volumes).toEqual([]);
    },
    waitMs,
  );

  test(
    '[EBS-10] a service gives each task a volume of its own, which goes with it',
    async () => {
      await define('web', '[ -e /data/mine ] && exit 3; touch /data/mine; sleep 600');
      await aws(
        ...['ecs', 'create-service', '--service-name', 'web', '--task-definition', 'web', '--desired-count', '2'],
        ...['--launch-type', 'FARGATE', '--network-configuration', network()],
        ...['--volume-configurations', configuration({ sizeInGiB: 1 })],
      );
      const volumes = async () =>
        (await aws('ec2', 'describe-volumes')).Volumes as { State: string; VolumeId: string }[];
      const running = async () =>
        (await aws('ecs', 'describe-services', '--services', 'web')).services[0].runningCount as number;
      await expect.poll(running, pollMs).toBe(2);
      const made = await volumes();
      expect(made.map(({ State }) => State)).toEqual(['in-use', 'in-use']);
      expect(files()).toEqual(made.map(({ VolumeId }) => `${VolumeId}.img`).sort());
      await aws('ecs', 'update-service', '--service', 'web', '--desired-count', '1');
      await expect.poll(async () => (await volumes()).length, pollMs).toBe(1);
      await expect.poll(() => files().length, pollMs).toBe(1);
      await aws('ecs', 'update-service', '--service', 'web', '--desired-count', '0');
      await expect.poll(() => files(), pollMs).toEqual([]);
      expect(traces()).toEqual(before);
    },
    waitMs,
  );

  test(
    '[EBS-11] a volume outlives the death of longshore with its task, and is detached by the next',
    async () => {
      await define('lasting', 'echo there > /data/word; while grep -q there /data/word; do sleep 1; done');
      const arn = await run('lasting', { sizeInGiB: 1 });
      await reaches(arn, 'RUNNING');
      await server.kill();
      server = await startLongshore({ directory, port: server.port });
      expect((await reaches(arn, 'RUNNING')).lastStatus).toBe('RUNNING');
      expect(traces().devices).toHaveLength(1);
      await aws('ecs', 'stop-task', '--task', arn);
      expect(attachment(await reaches(arn, 'STOPPED')).status).toBe('DELETED');
      expect(traces()).toEqual(before);
      await expect.poll(() => files(), pollMs).toEqual([]);
    },
    waitMs,
  );

  test(
    '[EBS-12] nothing is left on the machine after longshore down but volumes that were to be kept',
    async () => {
      await run('lasting', { sizeInGiB: 1 });
      const arn = await run('lasting', { sizeInGiB: 1, terminationPolicy: { deleteOnTermination: false } });
      const { details } = attachment(await reaches(arn, 'RUNNING'));
      await expect.poll(() => traces().devices.length, pollMs).toBe(2);
      await server.stop();
      expect((await longshore(['down', '--data-dir', directory])).code).toBe(0);
      expect(traces()).toEqual(before);
      await expect.poll(() => files(), pollMs).toEqual([`${details['volumeId']}.img`]);
    },
    waitMs,
  );
});
