import { describe, expect, test } from 'vitest';
import { InvalidArgument, silentLog } from '../../../kernel/index.ts';
import { SimIds } from '../../../testkit/index.ts';
import { openEc2, scope } from '../contract/opened-ec2.ts';
import { there } from '../contract/small-vpc.ts';
import { taskVolumes, VolumeDataKeeper, type TaskVolumeRequest, type VolumeData } from '../index.ts';
import { snapshots } from '../records/snapshot.ts';
import { volumes } from '../records/volume.ts';

const AvailabilityZone = 'us-east-1a';
const taskArn = 'arn:aws:ecs:us-east-1:123456789012:task/web/1';

/** Data in memory: what was done, by id; what `fails` names cannot be. */
class FakeData implements VolumeData {
  readonly sizes = new Map<string, number>();
  readonly fails = new Set<string>();
  #waits: Promise<void> | undefined;

  /** Does nothing until the function it answers with is called. */
  hold(): () => void {
    let letGo = (): void => undefined;
    this.#waits = new Promise((resolve) => {
      letGo = resolve;
    });
    return () => letGo();
  }

  async make(_account: string, { volumeId, sizeGiB, snapshotId = '' }: Parameters<VolumeData['make']>[1]) {
    await this.#waits;
    this.#check(volumeId, snapshotId);
    if (snapshotId !== '' && !this.sizes.has(snapshotId)) throw new Error(`${snapshotId} is not there`);
    this.sizes.set(volumeId, sizeGiB);
  }
  async grow(_account: string, volumeId: string, sizeGiB: number) {
    await this.#waits;
    this.#check(volumeId);
    this.sizes.set(volumeId, sizeGiB);
  }
  async remove(_account: string, id: string) {
    await this.#waits;
    this.sizes.delete(id);
  }
  async snapshot(_account: string, volumeId: string, snapshotId: string) {
    await this.#waits;
    this.#check(volumeId);
    this.sizes.set(snapshotId, this.sizes.get(volumeId) ?? 0);
    return 4096;
  }
  #check(...ids: readonly string[]): void {
    const bad = ids.find((id) => this.fails.has(id) || this.fails.has('all'));
    if (bad !== undefined) throw new Error(`the data of ${bad} is not on this machine`);
  }
}

async function opened() {
  const ec2 = await openEc2();
  const data = new FakeData();
  const clock = { nowMs: () => 1_700_000_000_000, after: () => () => undefined };
  const parts = { database: ec2.database, clock, ids: new SimIds(2), log: silentLog };
  const keeper = new VolumeDataKeeper({ ...parts, data });
  keeper.start();
  const settled = async () => {
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  const forTasks = taskVolumes(parts);
  return {
    ...ec2,
    data,
    keeper,
    parts,
    settled,
    async create(input: Parameters<typeof ec2.call<'CreateVolume'>>[1] = { Size: 1 }) {
      const { VolumeId } = await ec2.call('CreateVolume', { AvailabilityZone, ...input });
      await settled();
      return there(VolumeId);
    },
    async snapshotOf(VolumeId: string) {
      const { SnapshotId } = await ec2.call('CreateSnapshot', { VolumeId });
      await settled();
      return there(SnapshotId);
    },
    async volume(id: string) {
      return there((await ec2.call('DescribeVolumes', { VolumeIds: [id] })).Volumes?.[0]);
    },
    async forTask(more: Partial<TaskVolumeRequest> = {}) {
      const request = {
        scope,
        taskArn,
        availabilityZone: AvailabilityZone,
        deleteOnTermination: true,
        tags: { AmazonECSManaged: 'true' },
        sizeGiB: 2,
        ...more,
      };
      return (await ec2.database.transact((tx) => forTasks.create(tx, request))).result;
    },
    forTasks,
  };
}

test('[EBS-1] a volume is being created until its data is there, and gone when its data is', async () => {
  const { call, create, settled, volume, outcome, data } = await opened();
  expect(await call('CreateVolume', { AvailabilityZone, Size: 3, VolumeType: 'gp3' })).toMatchObject({
    State: 'creating',
    Size: 3,
    VolumeType: 'gp3',
    Iops: 3_000,
    Throughput: 125,
    Encrypted: false,
    AvailabilityZone,
    AvailabilityZoneId: 'use1-az1',
  });
  const id = await create();
  expect(await volume(id)).toMatchObject({
    State: 'available',
    Size: 1,
    VolumeType: 'gp2',
    Iops: 100,
    Attachments: [],
  });
  expect(data.sizes.get(id)).toBe(1);
  const letGo = data.hold();
  await call('DeleteVolume', { VolumeId: id });
  expect(await volume(id)).toMatchObject({ State: 'deleting' });
  letGo();
  await settled();
  expect(data.sizes.has(id)).toBe(false);
  const missing = `InvalidVolume.NotFound: The volume '${id}' does not exist.`;
  expect(await outcome('DescribeVolumes', { VolumeIds: [id] })).toBe(missing);
  expect(await outcome('DeleteVolume', { VolumeId: id })).toBe(missing);
});

test('[EBS-1] data that cannot be made is an error of the volume', async () => {
  const { create, volume, data } = await opened();
  data.fails.add('all');
  expect(await volume(await create())).toMatchObject({ State: 'error' });
});

test('[EBS-1] a client token makes one volume; a keeper that starts later finishes what is left', async () => {
  const { call, outcome, keeper, parts, data, volume, settled } = await opened();
  keeper.stop();
  const made = await call('CreateVolume', { AvailabilityZone, Size: 1, ClientToken: 't' });
  expect((await call('CreateVolume', { AvailabilityZone, Size: 1, ClientToken: 't' })).VolumeId).toBe(made.VolumeId);
  expect(await outcome('CreateVolume', { AvailabilityZone, Size: 2, ClientToken: 't' })).toContain(
    'IdempotentParameterMismatch',
  );
  new VolumeDataKeeper({ ...parts, data }).start();
  await settled();
  expect(await volume(there(made.VolumeId))).toMatchObject({ State: 'available' });
});

const zone = { AvailabilityZone };
describe('[EBS-2] volumes that AWS does not have', () => {
  test.each([
    [{ Size: 1 }, 'MissingParameter: The request must contain the parameter availabilityZone'],
    [{ AvailabilityZone: 'us-east-1z', Size: 1 }, "InvalidZone.NotFound: The zone 'us-east-1z' does not exist."],
    [zone, 'MissingParameter: The request must contain the parameter size/snapshot'],
    [{ ...zone, Size: 0 }, 'InvalidParameterValue: Volume of 0GiB'],
    [{ ...zone, Size: 16_385 }, 'InvalidParameterValue: Volume of 16385GiB'],
    [{ ...zone, Size: 100, VolumeType: 'st1' }, 'InvalidParameterValue: Volume of 100GiB'],
    [{ ...zone, Size: 10, Iops: 3_000 }, 'InvalidParameterCombination: The parameter iops is not supported for gp2'],
    [{ ...zone, Size: 10, VolumeType: 'io1' }, 'MissingParameter: The request must contain the parameter iops'],
    [{ ...zone, Size: 10, VolumeType: 'io1', Iops: 501 }, 'InvalidParameterValue: Iops to volume size ratio of 50.1'],
    [{ ...zone, Size: 10, VolumeType: 'gp3', Iops: 2_999 }, 'InvalidParameterValue: Volume iops of 2999'],
    [
      { ...zone, Size: 10, VolumeType: 'gp3', Throughput: 1_000 },
      'InvalidParameterValue: Throughput (MiB/s) to iops ratio of 0.333',
    ],
    [
      { ...zone, Size: 10, Throughput: 200 },
      'InvalidParameterCombination: The parameter throughput is not supported for gp2',
    ],
    [
      { ...zone, Size: 1, Encrypted: true },
      'UnsupportedOperation: Encryption of volumes (Encrypted) is not implemented',
    ],
    [{ ...zone, Size: 1, KmsKeyId: 'k' }, 'UnsupportedOperation: Encryption of volumes (KmsKeyId) is not implemented'],
    [
      { ...zone, Size: 10, VolumeType: 'io2', Iops: 100, MultiAttachEnabled: true },
      'UnsupportedOperation: The parameter MultiAttachEnabled is not implemented',
    ],
    [{ ...zone, SnapshotId: 'snap-1' }, "InvalidSnapshot.NotFound: The snapshot 'snap-1' does not exist."],
    [
      { ...zone, Size: 1, VolumeInitializationRate: 100 },
      'InvalidParameterCombination: The parameter VolumeInitializationRate',
    ],
  ] as const)('%j', async (input, expected) => {
    const { outcome } = await opened();
    expect(await outcome('CreateVolume', input)).toContain(expected);
  });

  test.each([
    [
      { Size: 1, VolumeType: 'gp3' },
      { Iops: 3_000, Throughput: 125 },
    ],
    [
      { Size: 65_536, VolumeType: 'gp3', Iops: 80_000, Throughput: 2_000 },
      { Iops: 80_000, Throughput: 2_000 },
    ],
    [{ Size: 1_000 }, { Iops: 3_000 }],
    [{ Size: 16_384 }, { Iops: 16_000 }],
    [{ Size: 4, VolumeType: 'io2', Iops: 4_000 }, { Iops: 4_000 }],
    [{ Size: 125, VolumeType: 'sc1' }, {}],
  ] as const)('but %j', async (input, expected) => {
    const { create, volume } = await opened();
    const { Iops, Throughput } = await volume(await create(input));
    expect({ ...(Iops && { Iops }), ...(Throughput && { Throughput }) }).toEqual(expected);
  });
});

test('[EBS-3] a snapshot is pending until its data is copied, and what volumes are made from', async () => {
  const { call, create, snapshotOf, volume, outcome, data, settled } = await opened();
  const source = await create({ Size: 5 });
  const pending = await call('CreateSnapshot', { VolumeId: source, Description: 'first' });
  expect(pending).toMatchObject({ State: 'pending', Progress: '0%', VolumeSize: 5, Description: 'first' });
  await settled();
  const SnapshotIds = [there(pending.SnapshotId)];
  expect((await call('DescribeSnapshots', { SnapshotIds })).Snapshots?.[0]).toMatchObject({
    State: 'completed',
    Progress: '100%',
    FullSnapshotSizeInBytes: 4096,
    OwnerId: scope.account,
  });
  const copy = await create({ SnapshotId: SnapshotIds[0] });
  expect(await volume(copy)).toMatchObject({ Size: 5, SnapshotId: SnapshotIds[0], State: 'available' });
  expect(await outcome('CreateVolume', { ...zone, SnapshotId: SnapshotIds[0], Size: 4 })).toContain(
    'is smaller than snapshot',
  );
  await call('DeleteSnapshot', { SnapshotId: there(SnapshotIds[0]) });
  expect(await outcome('DescribeSnapshots', { SnapshotIds })).toContain('InvalidSnapshot.NotFound');
  await settled();
  expect(data.sizes.has(there(SnapshotIds[0]))).toBe(false);
  data.fails.add(source);
  const failed = await snapshotOf(source);
  expect((await call('DescribeSnapshots', { SnapshotIds: [failed] })).Snapshots?.[0]).toMatchObject({
    State: 'error',
    StateMessage: `the data of ${source} is not on this machine`,
  });
  expect(await outcome('CreateVolume', { ...zone, SnapshotId: failed })).toContain('IncorrectState');
});

test('[EBS-3] a volume that is deleted stays until its snapshot is complete', async () => {
  const { call, create, data, settled } = await opened();
  const id = await create({ Size: 2 });
  const letGo = data.hold();
  const { SnapshotId } = await call('CreateSnapshot', { VolumeId: id });
  await call('DeleteVolume', { VolumeId: id });
  await settled();
  expect(data.sizes.has(id)).toBe(true);
  letGo();
  await settled();
  expect(data.sizes.get(there(SnapshotId))).toBe(2);
  expect(data.sizes.has(id)).toBe(false);
});

test('[EBS-3] a snapshot that is deleted stays until the volumes that are made of it have their data', async () => {
  const { call, create, snapshotOf, volume, data, settled, forTask, forTasks, database } = await opened();
  const SnapshotId = await snapshotOf(await create({ Size: 2 }));
  const letGo = data.hold();
  const { VolumeId } = await call('CreateVolume', { ...zone, SnapshotId });
  const { volumeId } = await forTask({ snapshotId: SnapshotId });
  await settled();
  await call('DeleteSnapshot', { SnapshotId });
  letGo();
  await settled();
  expect(await volume(there(VolumeId))).toMatchObject({ State: 'available' });
  // The agent of the task copies it still.
  expect(data.sizes.has(SnapshotId)).toBe(true);
  await database.transact((tx) => forTasks.attached(tx, scope, volumeId));
  await settled();
  expect(data.sizes.has(SnapshotId)).toBe(false);
});

test('[EBS-4] a volume that becomes one of a type with figures gets 3,000 IOPS unless told otherwise', async () => {
  const { call, create, volume, settled } = await opened();
  const id = await create({ Size: 100 });
  await call('ModifyVolume', { VolumeId: id, VolumeType: 'io1' });
  await settled();
  expect(await volume(id)).toMatchObject({ VolumeType: 'io1', Iops: 3_000 });
  await call('ModifyVolume', { VolumeId: id, Iops: 500 });
  await settled();
  await call('ModifyVolume', { VolumeId: id, Size: 120 });
  await settled();
  expect(await volume(id)).toMatchObject({ Size: 120, Iops: 500 });
  await call('ModifyVolume', { VolumeId: id, VolumeType: 'io2' });
  await settled();
  expect(await volume(id)).toMatchObject({ VolumeType: 'io2', Iops: 3_000 });
});

test('[EBS-4] a volume grows, and one that cannot stays as it was', async () => {
  const { call, create, volume, outcome, data, settled } = await opened();
  const id = await create({ Size: 2 });
  const letGo = data.hold();
  expect((await call('ModifyVolume', { VolumeId: id, Size: 4, VolumeType: 'gp3' })).VolumeModification).toMatchObject({
    ModificationState: 'modifying',
    OriginalSize: 2,
    OriginalVolumeType: 'gp2',
    TargetSize: 4,
    TargetVolumeType: 'gp3',
    TargetIops: 3_000,
  });
  expect(await outcome('ModifyVolume', { VolumeId: id, Size: 5 })).toContain('VolumeModificationRateExceeded');
  letGo();
  await settled();
  expect(data.sizes.get(id)).toBe(4);
  expect(await volume(id)).toMatchObject({ Size: 4, VolumeType: 'gp3' });
  expect((await call('DescribeVolumesModifications', {})).VolumesModifications).toMatchObject([
    { VolumeId: id, ModificationState: 'completed', Progress: 100 },
  ]);
  expect(await outcome('ModifyVolume', { VolumeId: id, Size: 3 })).toContain('New size cannot be smaller');
  data.fails.add(id);
  await call('ModifyVolume', { VolumeId: id, Size: 8 });
  await settled();
  expect(await volume(id)).toMatchObject({ Size: 4 });
  expect((await call('DescribeVolumesModifications', {})).VolumesModifications?.[0]).toMatchObject({
    ModificationState: 'failed',
  });
});

test('[EBS-5] filters, pages and tags', async () => {
  const { call, create, snapshotOf, outcome } = await opened();
  const Tags = [{ Key: 'stage', Value: 'test' }];
  const first = await create({ Size: 1, TagSpecifications: [{ ResourceType: 'volume', Tags }] });
  const others = [];
  for (const Size of [2, 3, 4, 5, 6]) others.push(await create({ Size }));
  const ids = async (input: Parameters<typeof call<'DescribeVolumes'>>[1]) =>
    (await call('DescribeVolumes', input)).Volumes?.map(({ VolumeId }) => VolumeId);
  expect(await ids({ Filters: [{ Name: 'tag:stage', Values: ['t*'] }] })).toEqual([first]);
  expect(await ids({ Filters: [{ Name: 'size', Values: ['2', '3'] }] })).toHaveLength(2);
  expect(await ids({ Filters: [{ Name: 'status', Values: ['in-use'] }] })).toEqual([]);
  expect(await outcome('DescribeVolumes', { Filters: [{ Name: 'colour', Values: ['red'] }] })).toContain('is invalid');
  const page = await call('DescribeVolumes', { MaxResults: 5 });
  expect(page.Volumes).toHaveLength(5);
  expect(await ids({ MaxResults: 5, NextToken: there(page.NextToken) })).toHaveLength(1);
  const snapshot = await snapshotOf(first);
  await call('CreateTags', { Resources: [snapshot, first], Tags: [{ Key: 'team', Value: 'shop' }] });
  const described = (await call('DescribeTags', {})).Tags?.map(({ ResourceType, Key }) => `${ResourceType}/${Key}`);
  expect(described?.sort()).toEqual(['snapshot/team', 'volume/stage', 'volume/team']);
  const own = async (OwnerIds: string[]) => (await call('DescribeSnapshots', { OwnerIds })).Snapshots;
  expect(await own(['self'])).toHaveLength(1);
  expect(await own(['amazon'])).toEqual([]);
});

test('[EBS-7] the volume of a task is in use until the task is over, then gone or free', async () => {
  const { database, forTask, forTasks, volume, outcome, settled, snapshotOf, create } = await opened();
  const [gone, free] = [await forTask(), await forTask({ deleteOnTermination: false, instanceId: 'i-1' })];
  expect(await volume(gone.volumeId)).toMatchObject({
    State: 'in-use',
    Attachments: [{ AssociatedResource: taskArn, State: 'attaching', InstanceOwningService: 'fargate.amazonaws.com' }],
  });
  await database.transact((tx) => forTasks.attached(tx, scope, free.volumeId));
  expect((await volume(free.volumeId)).Attachments).toMatchObject([
    { State: 'attached', InstanceId: 'i-1', Device: '/dev/xvdba', DeleteOnTermination: false },
  ]);
  expect(await outcome('DeleteVolume', { VolumeId: free.volumeId })).toBe(
    `VolumeInUse: Volume ${free.volumeId} is currently attached to ${taskArn}`,
  );
  expect(await outcome('CreateSnapshot', { VolumeId: free.volumeId })).toContain('not implemented by Longshore');
  expect(await outcome('ModifyVolume', { VolumeId: free.volumeId, Size: 9 })).toContain('not implemented by Longshore');
  await database.transact((tx) => forTasks.release(tx, scope, { volumeId: gone.volumeId, deletes: true }));
  await database.transact((tx) => forTasks.release(tx, scope, { volumeId: free.volumeId, deletes: false }));
  await settled();
  expect(await outcome('DescribeVolumes', { VolumeIds: [gone.volumeId] })).toContain('InvalidVolume.NotFound');
  expect(await volume(free.volumeId)).toMatchObject({ State: 'available', Attachments: [] });
  const copy = await forTask({ snapshotId: await snapshotOf(await create({ Size: 3 })), sizeGiB: 4 });
  expect(copy).toMatchObject({ sizeGiB: 4, snapshotId: expect.stringContaining('snap-') as string });
  await database.transact((tx) => forTasks.attached(tx, scope, copy.volumeId));
  await expect(forTask({ snapshotId: 'snap-1' })).rejects.toThrow(
    new InvalidArgument(`InvalidSnapshot.NotFound; "The snapshot 'snap-1' does not exist."`),
  );
  expect(() => forTasks.check({ sizeGiB: 1, type: 'gp9' })).toThrow('InvalidParameterValue; "Value (gp9)');
  expect(() => forTasks.check({ snapshotId: 'snap-1' })).not.toThrow();
  expect(database.table(volumes).count('unsettled', 'all') + database.table(snapshots).count('unsettled', 'all')).toBe(
    0,
  );
});
