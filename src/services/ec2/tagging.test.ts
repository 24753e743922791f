import { expect, test } from 'vitest';
import { network, openEc2, scope } from './contract/opened-ec2.ts';
import { newVpc, openToInternet, there } from './contract/small-vpc.ts';
import { kinds } from './kinds.ts';
import { volumes } from './records/volume.ts';

test('[NET-30] everything has tags: given, found, taken', async () => {
  const opened = await openEc2();
  const { call } = opened;
  const vpc = await newVpc(opened);
  await openToInternet(opened, vpc);
  const { AllocationId } = await call('AllocateAddress', {});
  const { NatGateway } = await call('CreateNatGateway', { SubnetId: vpc.subnetId, AllocationId });
  const { VpcEndpoint } = await call('CreateVpcEndpoint', {
    VpcId: vpc.vpcId,
    ServiceName: 'com.amazonaws.us-east-1.s3',
  });
  const { networkInterfaceId } = await opened.createInterface({ subnets: [vpc.subnetId] });
  const list = await call('CreateManagedPrefixList', {
    PrefixListName: 'offices',
    MaxEntries: 1,
    AddressFamily: 'IPv4',
  });
  const volume = await call('CreateVolume', { AvailabilityZone: 'us-east-1a', Size: 1 });
  // Nobody makes its data here.
  const volumeKey = volumes.key(scope, there(volume.VolumeId));
  const row = there(opened.database.get(volumes, volumeKey)?.row);
  await opened.database.transact((tx) => tx.put(volumes, volumeKey, { ...row, state: 'available' }));
  const snapshot = await call('CreateSnapshot', { VolumeId: row.id });
  const { securityGroup, networkAcl, dhcpOptions, internetGateway } = network;
  const ids = [
    vpc.vpcId,
    vpc.subnetId,
    vpc.mainTableId,
    internetGateway.id,
    there(AllocationId),
    there(NatGateway?.NatGatewayId),
    networkAcl.id,
    there(VpcEndpoint?.VpcEndpointId),
    dhcpOptions.id,
    networkInterfaceId,
    securityGroup.id,
    there(securityGroup.rules[0]).id,
    there(list.PrefixList?.PrefixListId),
    row.id,
    there(snapshot.SnapshotId),
  ];
  expect(ids.map((id) => id.slice(0, id.indexOf('-')))).toEqual(kinds.map(({ prefix }) => prefix));
  await call('CreateTags', {
    Resources: ids,
    Tags: [
      { Key: 'Name', Value: 'x' },
      { Key: 'stage', Value: 'test' },
    ],
  });
  const all = await call('DescribeTags', { Filters: [{ Name: 'key', Values: ['Name'] }] });
  expect(all.Tags?.map(({ ResourceId, ResourceType, Value }) => [ResourceId, ResourceType, Value])).toEqual(
    ids.map((id, index) => [id, kinds[index]?.type, 'x']),
  );
  const { Subnets } = await call('DescribeSubnets', { Filters: [{ Name: 'tag:Name', Values: ['x'] }] });
  expect(Subnets).toMatchObject([{ SubnetId: vpc.subnetId }]);
  await call('DeleteTags', { Resources: ids, Tags: [{ Key: 'Name' }, { Key: 'stage', Value: 'another' }] });
  expect((await call('DescribeTags', {})).Tags).toHaveLength(ids.length);
  await call('DeleteTags', { Resources: ids });
  expect((await call('DescribeTags', {})).Tags).toEqual([]);
});

test('[NET-30] DescribeTags takes the filter tag: and a key', async () => {
  const opened = await openEc2();
  const { call } = opened;
  const { vpcId, subnetId } = await newVpc(opened);
  await call('CreateTags', { Resources: [vpcId, subnetId], Tags: [{ Key: 'Owner', Value: 'TeamA' }] });
  await call('CreateTags', { Resources: [vpcId], Tags: [{ Key: 'Name', Value: 'TeamA' }] });
  const found = await call('DescribeTags', { Filters: [{ Name: 'tag:Owner', Values: ['Team?'] }] });
  expect(found.Tags?.map(({ ResourceId, Key, Value }) => [ResourceId, Key, Value])).toEqual([
    [vpcId, 'Owner', 'TeamA'],
    [subnetId, 'Owner', 'TeamA'],
  ]);
  expect((await call('DescribeTags', { Filters: [{ Name: 'tag:Owner', Values: ['TeamB'] }] })).Tags).toEqual([]);
});

test('[NET-30] many things are tagged in one call, and tags are listed in pages', async () => {
  const opened = await openEc2();
  const { call } = opened;
  const { vpcId } = await newVpc(opened);
  const ids: string[] = [];
  for (let place = 10; place < 50; place += 1) {
    const { Subnet } = await call('CreateSubnet', { VpcId: vpcId, CidrBlock: `10.0.${place}.0/24` });
    ids.push(there(Subnet?.SubnetId));
  }
  await call('CreateTags', { Resources: ids, Tags: [{ Key: 'n', Value: '1' }] });
  const found: (string | undefined)[] = [];
  let NextToken: string | undefined;
  do {
    const page = await call('DescribeTags', { MaxResults: 7, NextToken });
    found.push(...(page.Tags ?? []).map(({ ResourceId }) => ResourceId));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  expect(found).toHaveLength(ids.length);
  expect(new Set(found)).toEqual(new Set(ids));
});

const tags = (count: number) => Array.from({ length: count }, (_, index) => ({ Key: `k${index}`, Value: '' }));
test.each([
  [[network.vpc.id], tags(51), 'TagLimitExceeded: The maximum number of Tags for a resource has been reached.'],
  [[network.vpc.id], [{ Key: 'aws:x', Value: '' }], 'InvalidParameterValue: Tag keys starting with'],
  [
    [network.vpc.id],
    [{ Key: 'k'.repeat(128), Value: '' }],
    'InvalidParameterValue: Tag key exceeds the maximum length',
  ],
  [
    [network.vpc.id],
    [{ Key: 'k', Value: 'v'.repeat(257) }],
    'InvalidParameterValue: Tag value exceeds the maximum length',
  ],
  [[network.vpc.id], [...tags(1), ...tags(1)], "InvalidParameterValue: Duplicate tag key 'k0' specified."],
  [[network.vpc.id], [{ Key: '', Value: 'x' }], 'InvalidParameterValue: Tag key cannot be empty'],
  [[network.vpc.id, 'subnet-1'], tags(1), "InvalidSubnetID.NotFound: The subnet ID 'subnet-1' does not exist"],
  [['ami-1'], tags(1), "InvalidID: The ID 'ami-1' is not valid"],
  [['nonsense'], tags(1), "InvalidID: The ID 'nonsense' is not valid"],
])('[NET-31] CreateTags of %j refuses and changes nothing (%#)', async (Resources, Tags, want) => {
  const { outcome, call } = await openEc2();
  expect(await outcome('CreateTags', { Resources, Tags })).toContain(want);
  expect((await call('DescribeTags', {})).Tags).toEqual([]);
});

test('[NET-31] fifty are the most also when they come one after another; a dry run gives none', async () => {
  const { outcome, call } = await openEc2();
  const Resources = [network.vpc.id];
  expect(await outcome('CreateTags', { Resources, Tags: tags(50), DryRun: true })).toMatch(/^DryRunOperation/);
  await call('CreateTags', { Resources, Tags: tags(50) });
  expect(await outcome('CreateTags', { Resources, Tags: [{ Key: 'k1', Value: 'again' }] })).toBe('ok');
  expect(await outcome('CreateTags', { Resources, Tags: [{ Key: 'more', Value: '' }] })).toMatch(/^TagLimitExceeded/);
});
