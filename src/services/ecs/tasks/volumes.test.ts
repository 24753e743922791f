import { describe, expect, test } from 'vitest';
import type { PayloadTask } from '../../../agent-protocol/index.ts';
import type { RunTaskRequest, Task } from '../../../protocol/generated/ecs.ts';
import { platformAccount } from '../records/scope.ts';
import { openEcs, outcome } from '../contract/opened-ecs.ts';
import { defined, fargate, inSubnet, joined, openTasks, type OpenedTasks } from '../contract/opened-tasks.ts';
import type { FakeVolumes } from '../contract/fake-volumes.ts';
import { volumeController } from './volume-controller.ts';

const roleArn = 'arn:aws:iam::123456789012:role/ecsInfrastructureRole';
const volumes = [{ name: 'data', configuredAtLaunch: true }];
const mounting = {
  containerDefinitions: [
    {
      name: 'app',
      image: 'busybox',
      memory: 64,
      mountPoints: [{ sourceVolume: 'data', containerPath: '/data' }],
    },
  ],
  volumes,
};

type Ebs = NonNullable<NonNullable<RunTaskRequest['volumeConfigurations']>[number]['managedEBSVolume']>;

function configured(ebs: Partial<Ebs> = {}): NonNullable<RunTaskRequest['volumeConfigurations']> {
  return [{ name: 'data', managedEBSVolume: { roleArn, sizeInGiB: 2, ...ebs } }];
}

/** A cluster `web` with a machine that has EBS, a definition `app` that leaves a volume open, and the controller that makes volumes. */
async function opened() {
  const ecs = await openTasks();
  await ecs.call('CreateCluster', { clusterName: 'web' });
  const attributes = [{ name: 'ecs.capability.storage.ebs-task-volume-attach' }];
  const machine = await joined(ecs, 'web', { attributes });
  await defined(ecs, 'app', { ...mounting, tags: [{ key: 'stage', value: 'test' }] });
  const refusals = new Map<string, string>();
  const infrastructureRoles = {
    volumeRefusal: ({ roleArn: role }: { readonly roleArn: string }) => refusals.get(role),
  };
  ecs.run(volumeController({ ...ecs.deps, infrastructureRoles }));
  const made = ecs.deps.volumes as FakeVolumes;
  const socket = await ecs.connect(machine.arn);
  const settled = async () => {
    for (let turn = 0; turn < 10; turn += 1) await ecs.settle();
  };
  const runTask = async (more: Partial<RunTaskRequest> = {}) => {
    const input = { cluster: 'web', taskDefinition: 'app', volumeConfigurations: configured(), ...more };
    const { tasks = [] } = await ecs.call('RunTask', input);
    return { first: tasks[0] as Task, arn: tasks[0]?.taskArn ?? '' };
  };
  const task = async (arn: string) => {
    await settled();
    return (await ecs.call('DescribeTasks', { cluster: 'web', tasks: [arn] })).tasks?.[0] as Task;
  };
  const payloads = (): PayloadTask[] =>
    socket.of('PayloadMessage').flatMap((message) => message['tasks'] as PayloadTask[]);
  return { ...ecs, made, refusals, socket, settled, runTask, task, payloads };
}

function ebsOf({ attachments = [] }: Task) {
  const found = attachments.find(({ type }) => type === 'AmazonElasticBlockStorage');
  const details = Object.fromEntries((found?.details ?? []).map(({ name, value }) => [name, value]));
  return { id: found?.id, status: found?.status, details };
}

async function report(ecs: Pick<OpenedTasks, 'call'>, arn: string, status: 'RUNNING' | 'STOPPED', reason = '') {
  const containers = [{ containerName: 'app', status }];
  await ecs.call('SubmitTaskStateChange', { cluster: 'web', task: arn, status, reason, containers });
}

test('[EBS-7] a volume is made when its task has a place, and only then the agent hears of both', async () => {
  const ecs = await opened();
  const { first, arn } = await ecs.runTask({ count: 1 });
  expect(first.lastStatus).toBe('PROVISIONING');
  expect(ebsOf(first)).toMatchObject({
    status: 'CREATED',
    details: { roleArn, volumeName: 'data', deleteOnTermination: 'true' },
  });
  const attaching = ebsOf(await ecs.task(arn));
  expect(attaching).toMatchObject({ status: 'ATTACHING', details: { volumeId: 'vol-1' } });
  expect(ecs.made.live.get('vol-1')).toMatchObject({
    sizeGiB: 2,
    taskArn: arn,
    deleteOnTermination: true,
    tags: { AmazonECSCreated: arn, AmazonECSManaged: 'true' },
  });
  const [payload] = ecs.payloads();
  expect(ecs.payloads()).toHaveLength(1);
  const attachmentArn = `arn:aws:ecs:us-east-1:123456789012:attachment/${attaching.id}`;
  expect(payload?.volumes).toEqual([{ name: 'data', type: 'attachment' }]);
  expect(payload?.attachments).toMatchObject([{ attachmentArn, attachmentType: 'amazonebs' }]);
  expect(
    Object.fromEntries((payload?.attachments?.[0]?.attachmentProperties ?? []).map((p) => [p.name, p.value])),
  ).toEqual({
    volumeId: 'vol-1',
    volumeSizeGib: '2',
    deviceName: '/dev/xvdba',
    sourceVolumeHostPath: `${arn.slice(-32)}_vol-1`,
    volumeName: 'data',
  });
  expect(payload?.longshore?.ebsVolumes).toEqual({
    data: { account: '123456789012', volumeId: 'vol-1', sizeGiB: 2, deleteOnTermination: true },
  });
  await ecs.call('SubmitAttachmentStateChanges', {
    cluster: 'web',
    attachments: [{ attachmentArn, status: 'ATTACHED' }],
  });
  const attached = await ecs.task(arn);
  expect([attached.lastStatus, ebsOf(attached).status]).toEqual(['PENDING', 'ATTACHED']);
  expect(ecs.made.onMachines.has('vol-1')).toBe(true);
  await report(ecs, arn, 'RUNNING');
  await report(ecs, arn, 'STOPPED');
  expect(ebsOf(await ecs.task(arn)).status).toBe('DELETED');
  expect(ecs.made.live.size).toBe(0);
});

test('[EBS-7] agents report their own attachments, those of the pool every', async () => {
  const ecs = await opened();
  const { arn } = await ecs.runTask();
  const { id } = ebsOf(await ecs.task(arn));
  const attachments = [{ attachmentArn: `arn:aws:ecs:us-east-1:123456789012:attachment/${id}`, status: 'ATTACHED' }];
  const by = (caller: string) => outcome(ecs.call('SubmitAttachmentStateChanges', { attachments }, caller));
  expect(await by('111122223333')).toContain('was not found');
  expect(await by(platformAccount)).toBe('ok');
  expect(ebsOf(await ecs.task(arn)).status).toBe('ATTACHED');
});

test('[EBS-8] a volume that is to be kept is kept when it was attached, and only then', async () => {
  const ecs = await opened();
  const volumeConfigurations = configured({ terminationPolicy: { deleteOnTermination: false } });
  const [kept, never] = [await ecs.runTask({ volumeConfigurations }), await ecs.runTask({ volumeConfigurations })];
  const { id } = ebsOf(await ecs.task(kept.arn));
  await ecs.call('SubmitAttachmentStateChanges', {
    attachments: [{ attachmentArn: `arn:aws:ecs:us-east-1:123456789012:attachment/${id}`, status: 'ATTACHED' }],
  });
  const reason = 'ECS failed to set up the EBS volume. Encountered there are no loop devices here (/dev/loop-control)';
  await report(ecs, kept.arn, 'STOPPED');
  await report(ecs, never.arn, 'STOPPED', reason);
  expect(ebsOf(await ecs.task(kept.arn)).status).toBe('DETACHED');
  const failed = await ecs.task(never.arn);
  expect(failed).toMatchObject({ stopCode: 'TaskFailedToStart', stoppedReason: reason });
  expect(ebsOf(failed)).toMatchObject({ status: 'FAILED', details: { statusReason: reason } });
  expect([...ecs.made.live.keys()]).toEqual([ebsOf(await ecs.task(kept.arn)).details['volumeId']]);
  expect(ecs.made.used.size).toBe(0);
});

test('[EBS-6] a task whose volume cannot be made has failed before any agent hears of it', async () => {
  const ecs = await opened();
  const other = 'arn:aws:iam::123456789012:role/other';
  ecs.refusals.set(other, 'ECS was unable to assume the configured ECS Infrastructure Role');
  const refused = await ecs.runTask({ volumeConfigurations: configured({ roleArn: other }) });
  const missing = await ecs.runTask({ volumeConfigurations: configured({ snapshotId: 'snap-2' }) });
  expect(await ecs.task(refused.arn)).toMatchObject({
    lastStatus: 'STOPPED',
    stopCode: 'TaskFailedToStart',
    stoppedReason: 'ECS was unable to assume the configured ECS Infrastructure Role',
  });
  const words = `ECS failed to set up the EBS volume. Encountered InvalidSnapshot.NotFound; "The snapshot 'snap-2' does not exist."`;
  const task = await ecs.task(missing.arn);
  expect(task.stoppedReason).toBe(words);
  expect(ebsOf(task)).toMatchObject({ status: 'FAILED', details: { statusReason: words } });
  expect(ecs.payloads()).toEqual([]);
});

test('[EBS-7] a task that is stopped before its volume is made never gets one', async () => {
  const ecs = await opened();
  await defined(ecs, 'pool', { ...fargate, ...mounting });
  const { arn } = await ecs.runTask({ taskDefinition: 'pool', launchType: 'FARGATE', networkConfiguration: inSubnet });
  await ecs.call('StopTask', { cluster: 'web', task: arn });
  expect(ebsOf(await ecs.task(arn)).status).toBe('DELETED');
  expect(ecs.made.live.size).toBe(0);
});

const problems: readonly (readonly [string, Partial<RunTaskRequest>, string])[] = [
  [
    'no configuration',
    { volumeConfigurations: [] },
    "The volume 'data' of the task definition is configured at launch",
  ],
  ['two', { volumeConfigurations: [...configured(), ...configured()] }, 'Only one volume configuration'],
  [
    'another name',
    { volumeConfigurations: [{ ...configured()[0], name: 'other' }] },
    'Volume configuration provided but no matching configuredAtLaunch volume found in task definition.',
  ],
  [
    'a definition without such a volume',
    { taskDefinition: 'plain' },
    'Volume configuration provided but no matching configuredAtLaunch volume found in task definition.',
  ],
  ['nothing of EBS', { volumeConfigurations: [{ name: 'data' }] }, 'managedEBSVolume'],
  ['no role', { volumeConfigurations: configured({ roleArn: 'ecs' }) }, 'is not the ARN of a role'],
  [
    'neither size nor snapshot',
    { volumeConfigurations: [{ name: 'data', managedEBSVolume: { roleArn } }] },
    'needs a sizeInGiB',
  ],
  ['ntfs', { volumeConfigurations: configured({ filesystemType: 'ntfs' }) }, "The filesystemType 'ntfs'"],
  ['a type EC2 lacks', { volumeConfigurations: configured({ volumeType: 'gp9' }) }, 'no volume type gp9'],
  [
    'a reserved tag',
    {
      volumeConfigurations: configured({
        tagSpecifications: [{ resourceType: 'volume', tags: [{ key: 'AmazonECSManaged', value: 'x' }] }],
      }),
    },
    "The tag key 'AmazonECSManaged' is reserved",
  ],
  [
    'tags of no service',
    { volumeConfigurations: configured({ tagSpecifications: [{ resourceType: 'volume', propagateTags: 'SERVICE' }] }) },
    'Tags can not be propagated from a service',
  ],
  [
    'an old platform',
    { taskDefinition: 'pool', launchType: 'FARGATE', platformVersion: '1.3.0', networkConfiguration: inSubnet },
    'platform version 1.4.0 or later',
  ],
];

describe('[EBS-2] what RunTask refuses', () => {
  test.each(problems)('%s', async (_name, input, expected) => {
    const ecs = await opened();
    await defined(ecs, 'plain');
    await defined(ecs, 'pool', { ...fargate, ...mounting });
    const said = await outcome(ecs.runTask(input));
    expect(said).toContain('InvalidParameterException: ');
    expect(said).toContain(expected);
    expect(ecs.made.live.size).toBe(0);
  });
});

test('[EBS-7] tags: given ones win over the definition, ECS adds its own', async () => {
  const ecs = await opened();
  const tags = [
    { key: 'stage', value: 'mine' },
    { key: 'team', value: 'shop' },
  ];
  const tagSpecifications = [{ resourceType: 'volume', tags, propagateTags: 'TASK_DEFINITION' }] as const;
  const { arn } = await ecs.runTask({
    volumeConfigurations: configured({ tagSpecifications }),
    enableECSManagedTags: true,
  });
  await ecs.settled();
  expect(ecs.made.live.get('vol-1')?.tags).toEqual({
    stage: 'mine',
    team: 'shop',
    'aws:ecs:clusterName': 'web',
    AmazonECSCreated: arn,
    AmazonECSManaged: 'true',
  });
});

test('[EBS-10] a service keeps its volume configuration, and a change of it is a new deployment', async () => {
  const ecs = await openEcs();
  await ecs.call('CreateCluster', {});
  await ecs.call('RegisterTaskDefinition', { family: 'app', ...fargate, ...mounting });
  const base = {
    serviceName: 'web',
    desiredCount: 1,
    taskDefinition: 'app',
    launchType: 'FARGATE',
    networkConfiguration: inSubnet,
  } as const;
  expect(await outcome(ecs.call('CreateService', base))).toContain('is configured at launch');
  const { service } = await ecs.call('CreateService', { ...base, volumeConfigurations: configured() });
  expect(service?.deployments?.[0]?.volumeConfigurations).toEqual(configured());
  const same = await ecs.call('UpdateService', { service: 'web', volumeConfigurations: configured() });
  expect(same.service?.deployments).toHaveLength(1);
  const larger = configured({ sizeInGiB: 9 });
  const changed = await ecs.call('UpdateService', { service: 'web', volumeConfigurations: larger });
  expect(changed.service?.deployments?.map(({ volumeConfigurations }) => volumeConfigurations)).toEqual([
    larger,
    configured(),
  ]);
  expect(await outcome(ecs.call('UpdateService', { service: 'web', volumeConfigurations: [] }))).toContain(
    'is configured at launch',
  );
  const forced = await ecs.call('UpdateService', { service: 'web', forceNewDeployment: true });
  expect(forced.service?.deployments?.[0]?.volumeConfigurations).toEqual(larger);
});
