import { expect, test } from 'vitest';
import { InvalidArgument } from '../../kernel/index.ts';
import { network, openEc2 } from './contract/opened-ec2.ts';
import { newVpc, there } from './contract/small-vpc.ts';
import { subnets } from './records/subnet.ts';

test('[NET-20] a subnet is a block of its VPC in a zone, with the VPC’s network ACL', async () => {
  const opened = await openEc2();
  const { call } = opened;
  const { vpcId } = await newVpc(opened);
  const { Subnet } = await call('CreateSubnet', {
    VpcId: vpcId,
    CidrBlock: '10.0.9.0/28',
    AvailabilityZoneId: 'use1-az3',
    TagSpecifications: [{ ResourceType: 'subnet', Tags: [{ Key: 'tier', Value: 'private' }] }],
  });
  const SubnetId = there(Subnet?.SubnetId);
  expect(Subnet).toMatchObject({
    CidrBlock: '10.0.9.0/28',
    AvailabilityZone: 'us-east-1c',
    AvailabilityZoneId: 'use1-az3',
    AvailableIpAddressCount: 11,
    DefaultForAz: false,
    MapPublicIpOnLaunch: false,
    State: 'available',
    Tags: [{ Key: 'tier', Value: 'private' }],
  });
  const { NetworkAcls } = await call('DescribeNetworkAcls', {
    Filters: [{ Name: 'association.subnet-id', Values: [SubnetId] }],
  });
  expect(NetworkAcls).toMatchObject([{ VpcId: vpcId, IsDefault: true }]);
  await call('ModifySubnetAttribute', { SubnetId, MapPublicIpOnLaunch: { Value: true } });
  const { Subnets } = await call('DescribeSubnets', { SubnetIds: [SubnetId] });
  expect(Subnets).toMatchObject([{ MapPublicIpOnLaunch: true }]);
});

test.each([
  ['DescribeVpcs', 'ipv6-cidr-block-association.state'],
  ['DescribeSubnets', 'outpost-arn'],
  ['DescribeRouteTables', 'route.transit-gateway-id'],
  ['DescribeNetworkAcls', 'entry.ipv6-cidr'],
  ['DescribeNetworkInterfaces', 'attachment.instance-id'],
] as const)('%s by %s, which nothing has, finds nothing', async (name, filter) => {
  const { call } = await openEc2();
  const [list] = Object.values(await call(name, { Filters: [{ Name: filter, Values: ['*'] }] }));
  expect(list).toEqual([]);
});

test.each([
  [{ CidrBlock: '10.1.0.0/24' }, "InvalidSubnet.Range: The CIDR '10.1.0.0/24' is invalid."],
  [{ CidrBlock: '10.0.0.0/29' }, "InvalidSubnet.Range: The CIDR '10.0.0.0/29' is invalid."],
  [{ CidrBlock: '10.0.0.0/15' }, "InvalidSubnet.Range: The CIDR '10.0.0.0/15' is invalid."],
  [{ CidrBlock: '10.0.1.128/25' }, "InvalidSubnet.Conflict: The CIDR '10.0.1.128/25' conflicts with another subnet"],
  [{ CidrBlock: '10.0.0.0/16' }, "InvalidSubnet.Conflict: The CIDR '10.0.0.0/16' conflicts with another subnet"],
  [
    { CidrBlock: '10.0.9.0/24', AvailabilityZone: 'us-east-1z' },
    'InvalidParameterValue: Value (us-east-1z) for parameter availabilityZone is invalid. ' +
      'Subnets can currently only be created in the following availability zones: us-east-1a, us-east-1b, us-east-1c.',
  ],
  [
    { CidrBlock: '10.0.9.0/24', Ipv6Native: true },
    'UnsupportedOperation: The parameter Ipv6Native is not implemented by Longshore',
  ],
  [
    { CidrBlock: '10.0.9.0/24', TagSpecifications: [{ ResourceType: 'instance' as const, Tags: [] }] },
    "InvalidParameterValue: 'instance' is not a valid taggable resource type for this operation.",
  ],
])('[NET-21] CreateSubnet refuses %j', async (input, want) => {
  const opened = await openEc2();
  const { vpcId } = await newVpc(opened);
  expect(await opened.outcome('CreateSubnet', { VpcId: vpcId, ...input })).toBe(want);
});

test('[NET-21] of two that overlap and are asked for at once, one is made', async () => {
  const opened = await openEc2();
  const { vpcId } = await newVpc(opened);
  const blocks = ['10.0.8.0/22', '10.0.9.0/24'];
  const both = await Promise.all(
    blocks.map((CidrBlock) => opened.outcome('CreateSubnet', { VpcId: vpcId, CidrBlock })),
  );
  expect(both.filter((each) => each === 'ok')).toHaveLength(1);
  expect(both.find((each) => each !== 'ok')).toMatch(/^InvalidSubnet.Conflict/);
});

test('[NET-22] one with interfaces stays; one that is deleted takes its route table association along', async () => {
  const opened = await openEc2();
  const { call, outcome } = opened;
  const { vpcId, subnetId } = await newVpc(opened);
  const { RouteTable } = await call('CreateRouteTable', { VpcId: vpcId });
  const RouteTableId = there(RouteTable?.RouteTableId);
  await call('AssociateRouteTable', { RouteTableId, SubnetId: subnetId });
  const made = await opened.createInterface({ subnets: [subnetId] });
  const refused = `DependencyViolation: The subnet '${subnetId}' has dependencies and cannot be deleted.`;
  expect(await outcome('DeleteSubnet', { SubnetId: subnetId })).toBe(refused);
  expect(await outcome('DeleteSubnet', { SubnetId: subnetId, DryRun: true })).toBe(refused);
  await opened.removeInterface(made.networkInterfaceId);
  expect(await outcome('DeleteSubnet', { SubnetId: subnetId, DryRun: true })).toMatch(/^DryRunOperation/);
  expect(await outcome('DeleteSubnet', { SubnetId: subnetId })).toBe('ok');
  expect((await call('DescribeRouteTables', { RouteTableIds: [RouteTableId] })).RouteTables).toMatchObject([
    { Associations: [] },
  ]);
  expect(await outcome('DeleteRouteTable', { RouteTableId })).toBe('ok');
  await expect(opened.createInterface({ subnets: [subnetId] })).rejects.toThrow(
    `The subnet ID '${subnetId}' does not exist`,
  );
});

test('[NET-22] an interface made while a subnet is deleted: either it is there and the subnet too, or neither', async () => {
  for (let round = 0; round < 5; round += 1) {
    const opened = await openEc2();
    const { subnetId } = await newVpc(opened);
    const results = await Promise.allSettled([
      ...Array.from({ length: round }, () => Promise.resolve()),
      opened.call('DeleteSubnet', { SubnetId: subnetId }),
      opened.createInterface({ subnets: [subnetId] }),
    ]);
    const [deleted, made] = results.slice(-2).map(({ status }) => status);
    expect([deleted, made].sort()).toEqual(['fulfilled', 'rejected']);
    const { Subnets } = await opened.call('DescribeSubnets', { Filters: [{ Name: 'subnet-id', Values: [subnetId] }] });
    expect(Subnets).toHaveLength(deleted === 'fulfilled' ? 0 : 1);
    if (made === 'fulfilled') await expect(opened.createInterface({ subnets: [subnetId] })).resolves.toBeDefined();
  }
});

test('[NET-22] one that a crash left half deleted gets no interface, and is deleted by the next try', async () => {
  const opened = await openEc2();
  const { subnetId } = await newVpc(opened);
  await opened.database.transact((tx) => {
    const key = subnets.key({ account: '123456789012', region: 'us-east-1' }, subnetId);
    tx.put(subnets, key, { ...there(tx.get(subnets, key)), deleting: true });
  });
  await expect(opened.createInterface({ subnets: [subnetId] })).rejects.toThrow(InvalidArgument);
  expect(await opened.outcome('CreateNetworkInterface', { SubnetId: subnetId })).toMatch(/^InvalidSubnetID.NotFound/);
  expect(await opened.outcome('DeleteSubnet', { SubnetId: subnetId })).toBe('ok');
});

test('[NET-23] a task’s interface is in the subnet of a user’s VPC, with that VPC’s default group', async () => {
  const opened = await openEc2();
  const { vpcId, subnetId } = await newVpc(opened);
  const made = await opened.createInterface({ subnets: [subnetId] });
  expect(made).toMatchObject({
    vpcId,
    subnetId,
    vpcPrefixes: ['10.0.0.0/16'],
    prefixLength: 24,
    gateway: '10.0.1.1',
    availabilityZone: 'us-east-1a',
  });
  const { NetworkInterfaces } = await opened.call('DescribeNetworkInterfaces', {
    NetworkInterfaceIds: [made.networkInterfaceId],
  });
  expect(NetworkInterfaces).toMatchObject([{ VpcId: vpcId, Groups: [{ GroupName: 'default' }] }]);
  await expect(
    opened.createInterface({ subnets: [subnetId], securityGroups: [network.securityGroup.id] }),
  ).rejects.toThrow('You have specified two resources that belong to different networks');
});
