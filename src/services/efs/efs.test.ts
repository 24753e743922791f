import { expect, test } from 'vitest';
import { InvalidArgument, silentLog, Unavailable } from '../../kernel/index.ts';
import { ApiError, type RequestContext } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/efs.ts';
import { MemoryStore, openDatabase } from '../../store/index.ts';
import { SimClock, SimIds } from '../../testkit/index.ts';
import {
  efsService,
  efsTables,
  fileSystemMounts,
  resumeDeletions,
  type ClientAccessQuestion,
  type MountRequest,
} from './index.ts';

const account = '123456789012';
const scope = { account, region: 'us-east-1' };
const subnetA = 'subnet-0000000000000000a';
const subnetB = 'subnet-0000000000000000b';
const elsewhere = 'subnet-0000000000000000c';

async function openEfs() {
  const clock = new SimClock(() => new Promise((resolve) => setImmediate(resolve)));
  const db = await openDatabase(new MemoryStore(), efsTables, { log: silentLog, freezeRows: true });
  const directories = new Set<string>();
  const interfaces = new Map<string, { readonly description: string; readonly securityGroups: readonly string[] }>();
  const asked: ClientAccessQuestion[] = [];
  const access = { mount: true, write: true, root: true };
  let removing: Error | undefined;
  const subnets = [
    { id: subnetA, vpcId: 'vpc-1', availabilityZone: 'us-east-1a', availabilityZoneId: 'use1-az1' },
    { id: subnetB, vpcId: 'vpc-1', availabilityZone: 'us-east-1b', availabilityZoneId: 'use1-az2' },
    { id: elsewhere, vpcId: 'vpc-2', availabilityZone: 'us-east-1c', availabilityZoneId: 'use1-az3' },
  ];
  const policies = {
    access(question: ClientAccessQuestion) {
      asked.push(question);
      return access;
    },
    problem: (policy: string) => (policy.startsWith('{') ? undefined : 'no JSON'),
  };
  const deps = {
    db,
    clock,
    ids: new SimIds(1),
    log: silentLog,
    directories: {
      make: (owner: string, id: string) => Promise.resolve(void directories.add(`${owner}/${id}`)),
      remove: (owner: string, id: string) =>
        removing === undefined ? Promise.resolve(void directories.delete(`${owner}/${id}`)) : Promise.reject(removing),
      size: () => Promise.resolve({ bytes: 6_144, atMs: 5 }),
    },
    network: {
      subnet: (_scope: object, id: string) => subnets.find((subnet) => subnet.id === id),
      securityGroupVpc: (_scope: object, id: string) => (id === 'sg-1' ? 'vpc-1' : undefined),
      defaultSecurityGroup: () => 'sg-default',
      createInterface(
        _tx: object,
        given: { description: string; securityGroups: readonly string[]; privateIpv4Address?: string },
      ) {
        if (given.privateIpv4Address === '10.0.0.1') throw new InvalidArgument("The address '10.0.0.1' is in use");
        if (given.privateIpv4Address === '10.0.0.2') throw new Unavailable('the subnet is full');
        const networkInterfaceId = `eni-${interfaces.size}`;
        interfaces.set(networkInterfaceId, given);
        return { networkInterfaceId, privateIpv4Address: given.privateIpv4Address ?? '172.31.0.9' };
      },
      setSecurityGroups(_tx: object, _scope: object, id: string, securityGroups: readonly string[]) {
        interfaces.set(id, { description: '', securityGroups });
      },
      removeInterface: (_tx: object, _scope: object, id: string) => void interfaces.delete(id),
    },
    policies,
  };
  const service = efsService(deps);
  const call = async <Name extends keyof Operations>(
    name: Name,
    input: Operations[Name]['input'],
    as: object = {},
  ): Promise<Operations[Name]['output']> => {
    const handler = service.handlers[name] as (given: unknown, context: RequestContext) => unknown;
    return (await handler(input, { ...scope, ...as } as RequestContext)) as never;
  };
  const create = async (token = 'one') => (await call('CreateFileSystem', { CreationToken: token })).FileSystemId;
  const breakRemoving = (error: Error | undefined) => void (removing = error);
  const reached = { answer: true, asked: [] as unknown[] };
  const mount = fileSystemMounts(db, policies, (...question) => {
    reached.asked.push(question);
    return reached.answer;
  });
  return { db, deps, call, create, directories, interfaces, asked, access, breakRemoving, mount, reached };
}

async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    expect(error.members['ErrorCode']).toBe(error.code);
    return `${error.code}: ${error.message}`;
  }
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

test('[EFS-1] a creation token makes one file system, and the second try names it', async () => {
  const { call, create, directories } = await openEfs();
  const made = await call('CreateFileSystem', { CreationToken: 't', Tags: [{ Key: 'Name', Value: 'shared' }] });
  expect(made).toMatchObject({
    LifeCycleState: 'creating',
    Name: 'shared',
    PerformanceMode: 'generalPurpose',
    Encrypted: false,
  });
  expect(directories).toEqual(new Set([`${account}/${made.FileSystemId}`]));
  const again = call('CreateFileSystem', { CreationToken: 't' });
  await expect(again).rejects.toMatchObject({
    code: 'FileSystemAlreadyExists',
    members: { FileSystemId: made.FileSystemId },
  });
  const raced = await Promise.allSettled([create('r'), create('r')]);
  expect(raced.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(directories.size).toBe(2);
  const { FileSystems } = await call('DescribeFileSystems', { CreationToken: 't' });
  expect(FileSystems).toMatchObject([
    { FileSystemId: made.FileSystemId, LifeCycleState: 'available', NumberOfMountTargets: 0 },
  ]);
  expect((await call('DescribeFileSystems', {}, { account: '999999999999' })).FileSystems).toEqual([]);
});

test('[EFS-2] what there is no machinery for is refused', async () => {
  const { call } = await openEfs();
  const table: readonly (readonly [object, string])[] = [
    [{ Encrypted: true }, 'Encryption at rest is not implemented by Longshore'],
    [{ Encrypted: true, KmsKeyId: 'k' }, 'Encryption at rest is not implemented by Longshore'],
    [{ KmsKeyId: 'k' }, 'KmsKeyId can be given for encrypted file systems only.'],
    [{ ThroughputMode: 'provisioned' }, 'Provisioned throughput is not implemented by Longshore'],
    [{ AvailabilityZoneName: 'us-east-1a' }, 'AvailabilityZoneName (One Zone storage) is not implemented by Longshore'],
    [{ Backup: true }, 'Backup (there is no AWS Backup) is not implemented by Longshore'],
    [
      { PerformanceMode: 'maxIO', ThroughputMode: 'elastic' },
      'The performance mode maxIO is not supported with elastic throughput.',
    ],
  ];
  for (const [more, said] of table)
    expect(await outcome(call('CreateFileSystem', { CreationToken: 'x', ...more }))).toBe(`BadRequest: ${said}`);
});

test('[EFS-17] no file system has lifecycle policies, and to have none can be said', async () => {
  const { call, create } = await openEfs();
  const FileSystemId = await create();
  expect(await call('DescribeLifecycleConfiguration', { FileSystemId })).toEqual({ LifecyclePolicies: [] });
  expect(await call('PutLifecycleConfiguration', { FileSystemId, LifecyclePolicies: [] })).toEqual({
    LifecyclePolicies: [],
  });
  const wanted = { FileSystemId, LifecyclePolicies: [{ TransitionToIA: 'AFTER_30_DAYS' as const }] };
  expect(await outcome(call('PutLifecycleConfiguration', wanted))).toBe(
    'BadRequest: Lifecycle management (there is one storage class) is not implemented by Longshore',
  );
  const none = { FileSystemId: 'fs-00000000' };
  expect(await outcome(call('DescribeLifecycleConfiguration', none))).toContain('FileSystemNotFound');
});

test('[EFS-3] a file system with mount targets is in use; deleting one takes its data, also after a failure', async () => {
  const { call, create, deps, directories, breakRemoving } = await openEfs();
  const FileSystemId = await create();
  const { MountTargetId } = await call('CreateMountTarget', { FileSystemId, SubnetId: subnetA });
  await call('CreateAccessPoint', { FileSystemId, ClientToken: 'c' });
  expect(await outcome(call('DeleteFileSystem', { FileSystemId }))).toContain('FileSystemInUse');
  await call('DeleteMountTarget', { MountTargetId });
  breakRemoving(new Error('disk'));
  await call('DeleteFileSystem', { FileSystemId });
  await settle();
  expect((await call('DescribeFileSystems', {})).FileSystems).toMatchObject([{ LifeCycleState: 'deleting' }]);
  expect(await outcome(call('CreateAccessPoint', { FileSystemId, ClientToken: 'd' }))).toContain(
    'IncorrectFileSystemLifeCycleState',
  );
  breakRemoving(undefined);
  await resumeDeletions(deps);
  expect(directories.size).toBe(0);
  expect(await call('DescribeFileSystems', {})).toEqual({ FileSystems: [] });
  expect(await call('DescribeAccessPoints', {})).toEqual({ AccessPoints: [] });
  expect(await outcome(call('DeleteFileSystem', { FileSystemId }))).toBe(
    `FileSystemNotFound: File system '${FileSystemId}' does not exist.`,
  );
  expect(await create()).not.toBe(FileSystemId);
});

test('[EFS-4] one mount target a zone, all in one VPC, each with an interface', async () => {
  const { call, create, interfaces } = await openEfs();
  const FileSystemId = await create();
  const made = await call('CreateMountTarget', { FileSystemId, SubnetId: subnetA, SecurityGroups: ['sg-1'] });
  expect(made).toMatchObject({
    LifeCycleState: 'creating',
    AvailabilityZoneName: 'us-east-1a',
    AvailabilityZoneId: 'use1-az1',
    VpcId: 'vpc-1',
    IpAddress: '172.31.0.9',
  });
  expect([...interfaces.values()]).toMatchObject([
    { description: `EFS mount target for ${FileSystemId} (${made.MountTargetId})`, securityGroups: ['sg-1'] },
  ]);
  const table: readonly (readonly [object, string])[] = [
    [{ SubnetId: subnetA }, 'MountTargetConflict: mount target already exists in this AZ'],
    [
      { SubnetId: elsewhere },
      'MountTargetConflict: requested subnet for new mount target is not in the same VPC as existing mount targets',
    ],
    [{ SubnetId: 'subnet-00000000' }, "SubnetNotFound: The subnet ID 'subnet-00000000' does not exist"],
    [
      { SecurityGroups: ['sg-2'] },
      "SecurityGroupNotFound: The security group 'sg-2' does not exist in the VPC 'vpc-1'.",
    ],
    [
      { SecurityGroups: ['1', '2', '3', '4', '5', '6'] },
      'SecurityGroupLimitExceeded: A mount target can have at most 5 security groups.',
    ],
    [{ IpAddress: '10.0.0.1' }, 'IpAddressInUse: The address 10.0.0.1 is in use.'],
    [{ IpAddress: '10.0.0.2' }, `NoFreeAddressesInSubnet: The subnet '${subnetB}' has no free addresses.`],
    [{ FileSystemId: 'fs-00000000' }, "FileSystemNotFound: File system 'fs-00000000' does not exist."],
  ];
  for (const [more, said] of table)
    expect(await outcome(call('CreateMountTarget', { FileSystemId, SubnetId: subnetB, ...more }))).toBe(said);
  await call('CreateMountTarget', { FileSystemId, SubnetId: subnetB });
  const { MountTargets = [] } = await call('DescribeMountTargets', { FileSystemId });
  expect(MountTargets.map((target) => target.LifeCycleState)).toEqual(['available', 'available']);
  const { MountTargetId } = made;
  expect(await call('DescribeMountTargetSecurityGroups', { MountTargetId })).toEqual({ SecurityGroups: ['sg-1'] });
  await call('ModifyMountTargetSecurityGroups', { MountTargetId });
  expect(await call('DescribeMountTargetSecurityGroups', { MountTargetId })).toEqual({
    SecurityGroups: ['sg-default'],
  });
  await call('DeleteMountTarget', { MountTargetId });
  expect(interfaces.size).toBe(1);
  expect(await outcome(call('DeleteMountTarget', { MountTargetId }))).toContain('MountTargetNotFound');
  expect(await outcome(call('DescribeMountTargets', {}))).toContain('BadRequest');
});

test('[EFS-5] access points keep their user and root directory; a client token makes one', async () => {
  const { call, create } = await openEfs();
  const FileSystemId = await create();
  const PosixUser = { Uid: 1000, Gid: 1001, SecondaryGids: [5] };
  const RootDirectory = { Path: '/app', CreationInfo: { OwnerUid: 1000, OwnerGid: 1001, Permissions: '0750' } };
  const made = await call('CreateAccessPoint', {
    FileSystemId,
    ClientToken: 'c',
    PosixUser,
    RootDirectory,
    Tags: [{ Key: 'Name', Value: 'n' }],
  });
  expect(made).toMatchObject({ LifeCycleState: 'creating', PosixUser, RootDirectory, Name: 'n', FileSystemId });
  const again = call('CreateAccessPoint', { FileSystemId, ClientToken: 'c' });
  await expect(again).rejects.toMatchObject({
    code: 'AccessPointAlreadyExists',
    members: { AccessPointId: made.AccessPointId },
  });
  const plain = await call('CreateAccessPoint', { FileSystemId, ClientToken: 'd' });
  expect(plain.RootDirectory).toEqual({ Path: '/' });
  expect((await call('DescribeAccessPoints', { FileSystemId })).AccessPoints).toHaveLength(2);
  const first = await call('DescribeAccessPoints', { MaxResults: 1 });
  const second = await call('DescribeAccessPoints', { MaxResults: 1, NextToken: first.NextToken });
  expect(second.AccessPoints?.[0]?.AccessPointId).not.toBe(first.AccessPoints?.[0]?.AccessPointId);
  await call('DeleteAccessPoint', { AccessPointId: made.AccessPointId ?? '' });
  expect(await outcome(call('DescribeAccessPoints', { AccessPointId: made.AccessPointId }))).toContain(
    'AccessPointNotFound',
  );
});

test('[EFS-6] tags of file systems and access points, by id and by ARN', async () => {
  const { call, create } = await openEfs();
  const id = await create();
  const point = await call('CreateAccessPoint', { FileSystemId: id, ClientToken: 'c' });
  for (const ResourceId of [id, point.AccessPointArn ?? '']) {
    await call('TagResource', {
      ResourceId,
      Tags: [
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: '2' },
      ],
    });
    await call('UntagResource', { ResourceId, TagKeys: ['a'] });
    expect(await call('ListTagsForResource', { ResourceId })).toEqual({ Tags: [{ Key: 'b', Value: '2' }] });
  }
  expect(await outcome(call('ListTagsForResource', { ResourceId: 'fsmt-00000000' }))).toContain('BadRequest');
  const many = Array.from({ length: 51 }, (_, at) => ({ Key: `k${at}`, Value: '' }));
  expect(await outcome(call('TagResource', { ResourceId: id, Tags: many }))).toContain('at most 50 tags');
});

test('[EFS-6] tags are listed in pages', async () => {
  const { call, create } = await openEfs();
  const ResourceId = await create();
  const Tags = ['a', 'b', 'c'].map((Key) => ({ Key, Value: Key }));
  await call('TagResource', { ResourceId, Tags });
  const first = await call('ListTagsForResource', { ResourceId, MaxResults: 2 });
  expect(first.Tags).toEqual(Tags.slice(0, 2));
  expect(await call('ListTagsForResource', { ResourceId, MaxResults: 2, NextToken: first.NextToken })).toEqual({
    Tags: Tags.slice(2),
  });
  for (const NextToken of ['x', '4'])
    expect(await outcome(call('ListTagsForResource', { ResourceId, NextToken }))).toBe(
      `BadRequest: The marker '${NextToken}' is not valid.`,
    );
});

test('[EFS-7] a file system policy is checked, kept as written, and asked', async () => {
  const { call, create, mount, asked } = await openEfs();
  const FileSystemId = await create();
  await call('CreateMountTarget', { FileSystemId, SubnetId: subnetA });
  expect(await outcome(call('DescribeFileSystemPolicy', { FileSystemId }))).toContain('PolicyNotFound');
  expect(await outcome(call('PutFileSystemPolicy', { FileSystemId, Policy: 'x' }))).toBe(
    'InvalidPolicyException: no JSON',
  );
  await call('PutFileSystemPolicy', { FileSystemId, Policy: '{ }' });
  expect(await call('DescribeFileSystemPolicy', { FileSystemId })).toEqual({ FileSystemId, Policy: '{ }' });
  mount(request(FileSystemId));
  await call('DeleteFileSystemPolicy', { FileSystemId });
  mount(request(FileSystemId));
  expect(asked[0]?.policy).toBe('{ }');
  expect(asked[1]?.policy).toContain('ClientRootAccess');
});

function request(fileSystemId: string, more: Partial<MountRequest> = {}): MountRequest {
  return {
    scope,
    fileSystemId,
    rootDirectory: '/',
    encrypted: false,
    vpcId: 'vpc-1',
    availabilityZone: 'us-east-1a',
    ...more,
  };
}

test('[EFS-8] a task mounts in the VPC and zone of a mount target, as far as policies let it', async () => {
  const { call, create, mount, access } = await openEfs();
  const id = await create();
  await call('CreateMountTarget', { FileSystemId: id, SubnetId: subnetA });
  const PosixUser = { Uid: 7, Gid: 8 };
  const point = await call('CreateAccessPoint', {
    FileSystemId: id,
    ClientToken: 'c',
    PosixUser,
    RootDirectory: { Path: '/p' },
  });
  const other = await create('two');
  const unresolved = (name: string) => ({
    refusal: expect.stringContaining(
      `Failed to resolve "${name}.efs.us-east-1.amazonaws.com" - check that your file system ID is correct`,
    ) as string,
  });
  const denied = (where: string) => ({ refusal: `b'mount.nfs4: access denied by server while mounting ${where}:/'` });
  expect(mount(request(id, { rootDirectory: '/sub' }))).toEqual({ account, rootDirectory: '/sub', readOnly: false });
  expect(mount(request(id, { accessPointId: point.AccessPointId ?? '' }))).toEqual({
    account,
    rootDirectory: '/p',
    posixUser: { uid: 7, gid: 8, secondaryGids: [] },
    readOnly: false,
  });
  expect(mount(request('fs-00000000'))).toEqual(unresolved('fs-00000000'));
  expect(mount(request(id, { scope: { ...scope, account: '999999999999' } }))).toEqual(unresolved(id));
  expect(mount(request(other))).toEqual(unresolved(other));
  expect(mount(request(id, { availabilityZone: 'us-east-1b' }))).toEqual(unresolved(id));
  expect(mount(request(id, { vpcId: 'vpc-2' }))).toEqual(unresolved(id));
  expect(mount(request(id, { accessPointId: 'fsap-00000000', encrypted: true }))).toEqual(denied('127.0.0.1'));
  access.write = false;
  expect(mount(request(id))).toMatchObject({ readOnly: true });
  access.root = false;
  expect(mount(request(id))).toMatchObject({
    refusal: expect.stringContaining('not implemented by Longshore') as string,
  });
  expect(mount(request(id, { accessPointId: point.AccessPointId ?? '' }))).toMatchObject({ readOnly: true });
  access.mount = false;
  expect(mount(request(id))).toEqual(denied(`${id}.efs.us-east-1.amazonaws.com`));
});

test('[EFS-16] a mount goes from the task’s interface to its mount target’s, on port 2049, or times out', async () => {
  const { call, create, mount, reached } = await openEfs();
  const id = await create();
  const { NetworkInterfaceId } = await call('CreateMountTarget', { FileSystemId: id, SubnetId: subnetA });
  reached.answer = false;
  const closed = request(id, { networkInterfaceId: 'eni-task' });
  expect(mount(closed)).toEqual({ refusal: "b'mount.nfs4: Connection timed out'" });
  expect(mount({ ...closed, encrypted: true })).toEqual({ refusal: "b'mount.nfs4: Connection reset by peer'" });
  expect(reached.asked[0]).toEqual([scope, 'eni-task', NetworkInterfaceId, 2049]);
  expect(mount(request(id))).toMatchObject({ readOnly: false });
  reached.answer = true;
  expect(mount(closed)).toMatchObject({ readOnly: false });
});
