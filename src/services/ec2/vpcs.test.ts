import { describe, expect, test } from 'vitest';
import { network, openEc2 } from './contract/opened-ec2.ts';
import { newVpc, there, vpcFilter } from './contract/small-vpc.ts';

describe('VPCs', () => {
  test('[NET-10] one comes with its main route table, default group and default network ACL, and takes them along', async () => {
    const { call } = await openEc2();
    const TagSpecifications = [{ ResourceType: 'vpc', Tags: [{ Key: 'Name', Value: 'app' }] }] as const;
    const { Vpc } = await call('CreateVpc', { CidrBlock: '10.0.3.7/16', TagSpecifications });
    const vpcId = there(Vpc?.VpcId);
    expect(Vpc).toMatchObject({
      VpcId: expect.stringMatching(/^vpc-[0-9a-f]{17}$/) as string,
      CidrBlock: '10.0.0.0/16',
      State: 'pending',
      IsDefault: false,
      InstanceTenancy: 'default',
      DhcpOptionsId: network.dhcpOptions.id,
      Tags: [{ Key: 'Name', Value: 'app' }],
    });
    const { RouteTables } = await call('DescribeRouteTables', vpcFilter(vpcId));
    expect(RouteTables).toMatchObject([
      { Associations: [{ Main: true }], Routes: [{ DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'local' }] },
    ]);
    const { SecurityGroups } = await call('DescribeSecurityGroups', vpcFilter(vpcId));
    const GroupId = there(SecurityGroups?.[0]?.GroupId);
    expect(SecurityGroups).toMatchObject([
      {
        GroupName: 'default',
        IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId }] }],
        IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
      },
    ]);
    const { NetworkAcls } = await call('DescribeNetworkAcls', vpcFilter(vpcId));
    expect(NetworkAcls).toMatchObject([{ IsDefault: true, Associations: [] }]);
    const found = await call('DescribeVpcs', { Filters: [{ Name: 'tag:Name', Values: ['app'] }] });
    expect(found.Vpcs).toMatchObject([{ VpcId: vpcId, State: 'available' }]);
    const attribute = async (Attribute: 'enableDnsSupport' | 'enableDnsHostnames') =>
      call('DescribeVpcAttribute', { VpcId: vpcId, Attribute });
    expect(await attribute('enableDnsSupport')).toMatchObject({ EnableDnsSupport: { Value: true } });
    expect(await attribute('enableDnsHostnames')).toMatchObject({ EnableDnsHostnames: { Value: false } });
    await call('ModifyVpcAttribute', { VpcId: vpcId, EnableDnsHostnames: { Value: true } });
    expect(await attribute('enableDnsHostnames')).toMatchObject({ EnableDnsHostnames: { Value: true } });
    await call('DeleteVpc', { VpcId: vpcId });
    for (const name of [
      'DescribeRouteTables',
      'DescribeSecurityGroups',
      'DescribeNetworkAcls',
      'DescribeVpcs',
    ] as const)
      expect(JSON.stringify(await call(name, vpcFilter(vpcId)))).not.toContain(vpcId);
  });

  test.each([
    [{ CidrBlock: '10.0.0.0/15' }, "InvalidVpc.Range: The CIDR '10.0.0.0/15' is invalid."],
    [{ CidrBlock: '10.0.0.0/29' }, "InvalidVpc.Range: The CIDR '10.0.0.0/29' is invalid."],
    [{ CidrBlock: '127.1.0.0/16' }, "InvalidVpc.Range: The CIDR '127.1.0.0/16' is invalid."],
    [{ CidrBlock: '198.18.0.0/24' }, "InvalidVpc.Range: The CIDR '198.18.0.0/24' is invalid."],
    [
      { CidrBlock: '10.0.0.0' },
      'InvalidParameterValue: Value (10.0.0.0) for parameter cidrBlock is invalid. This is not a valid CIDR block.',
    ],
    [
      { CidrBlock: '10.0.0.256/16' },
      'InvalidParameterValue: Value (10.0.0.256/16) for parameter cidrBlock is invalid. This is not a valid CIDR block.',
    ],
    [{}, 'MissingParameter: The request must contain the parameter cidrBlock'],
    [
      { CidrBlock: '10.0.0.0/16', AmazonProvidedIpv6CidrBlock: true },
      'UnsupportedOperation: The parameter AmazonProvidedIpv6CidrBlock is not implemented by Longshore',
    ],
    [
      { CidrBlock: '10.0.0.0/16', InstanceTenancy: 'dedicated' as const },
      'UnsupportedOperation: Instance tenancy dedicated is not implemented by Longshore',
    ],
    [
      { CidrBlock: '10.0.0.0/16', DryRun: true },
      'DryRunOperation: Request would have succeeded, but DryRun flag is set.',
    ],
  ])('[NET-11] CreateVpc refuses %j', async (input, want) => {
    const { outcome, call } = await openEc2();
    expect(await outcome('CreateVpc', input)).toBe(want);
    expect((await call('DescribeVpcs', {})).Vpcs).toHaveLength(1);
  });

  test('[NET-1] [NET-11] an account has five in a region, also when two are asked for at once', async () => {
    const { outcome, call } = await openEc2();
    for (let net = 0; net < 3; net += 1) await call('CreateVpc', { CidrBlock: `10.${net}.0.0/16` });
    const both = await Promise.all([5, 6].map((net) => outcome('CreateVpc', { CidrBlock: `10.${net}.0.0/16` })));
    expect(both.sort()).toEqual(['VpcLimitExceeded: The maximum number of VPCs has been reached.', 'ok']);
    expect((await call('DescribeVpcs', {})).Vpcs).toHaveLength(5);
  });

  test('[NET-12] one with something in it stays', async () => {
    const opened = await openEc2();
    const { call, outcome } = opened;
    const { vpcId, subnetId, otherSubnetId } = await newVpc(opened);
    const refused = `DependencyViolation: The vpc '${vpcId}' has dependencies and cannot be deleted.`;
    expect(await outcome('DeleteVpc', { VpcId: vpcId })).toBe(refused);
    await call('DeleteSubnet', { SubnetId: subnetId });
    await call('DeleteSubnet', { SubnetId: otherSubnetId });
    const { RouteTable } = await call('CreateRouteTable', { VpcId: vpcId });
    expect(await outcome('DeleteVpc', { VpcId: vpcId })).toBe(refused);
    await call('DeleteRouteTable', { RouteTableId: there(RouteTable?.RouteTableId) });
    expect(await outcome('DeleteVpc', { VpcId: vpcId })).toBe('ok');
    expect(await outcome('DeleteVpc', { VpcId: vpcId })).toBe(
      `InvalidVpcID.NotFound: The vpc ID '${vpcId}' does not exist`,
    );
  });

  test('[NET-13] further address blocks', async () => {
    const opened = await openEc2();
    const { call, outcome } = opened;
    const { vpcId } = await newVpc(opened);
    const add = (CidrBlock: string) => outcome('AssociateVpcCidrBlock', { VpcId: vpcId, CidrBlock });
    expect(await add('10.0.128.0/20')).toMatch(/^InvalidVpc.Range: .* conflicts/);
    expect(await add('192.168.0.0/16')).toMatch(/^InvalidVpc.Range: The CIDR '192.168.0.0\/16' is restricted/);
    const { CidrBlockAssociation } = await call('AssociateVpcCidrBlock', { VpcId: vpcId, CidrBlock: '10.1.0.0/16' });
    expect(CidrBlockAssociation).toMatchObject({ CidrBlock: '10.1.0.0/16', CidrBlockState: { State: 'associating' } });
    for (const net of [2, 3, 4]) expect(await add(`10.${net}.0.0/16`)).toBe('ok');
    expect(await add('10.5.0.0/16')).toMatch(/^CidrBlockLimitExceeded: /);
    const { Subnet } = await call('CreateSubnet', { VpcId: vpcId, CidrBlock: '10.1.7.0/24' });
    const { Vpcs } = await call('DescribeVpcs', { VpcIds: [vpcId] });
    const [first, second] = Vpcs?.[0]?.CidrBlockAssociationSet ?? [];
    const remove = (one: typeof first) =>
      outcome('DisassociateVpcCidrBlock', { AssociationId: there(one?.AssociationId) });
    expect(await remove(first)).toMatch(/^OperationNotPermitted: /);
    expect(await remove(second)).toBe(
      `InvalidCidrBlock.InUse: The vpc ${vpcId} currently has a subnet within CIDR block 10.1.0.0/16`,
    );
    await call('DeleteSubnet', { SubnetId: there(Subnet?.SubnetId) });
    expect(await remove(second)).toBe('ok');
    expect(await remove(second)).toMatch(/^InvalidVpcCidrBlockAssociationID.NotFound: /);
  });

  test('[NET-14] the default network can be deleted and made again', async () => {
    const { call, outcome } = await openEc2();
    const refused = 'DefaultVpcAlreadyExists: A Default VPC already exists for this account in this region.';
    expect(await outcome('CreateDefaultVpc', {})).toBe(refused);
    expect(await outcome('CreateDefaultSubnet', { AvailabilityZone: 'us-east-1b' })).toBe(
      `DefaultSubnetAlreadyExistsInAvailabilityZone: '${network.subnets[1]?.id}' is already the default subnet in us-east-1b.`,
    );
    for (const { id } of network.subnets) await call('DeleteSubnet', { SubnetId: id });
    const made = await call('CreateDefaultSubnet', { AvailabilityZone: 'us-east-1b' });
    expect(made.Subnet).toMatchObject({ CidrBlock: '172.31.0.0/20', DefaultForAz: true, MapPublicIpOnLaunch: true });
    await call('DeleteSubnet', { SubnetId: there(made.Subnet?.SubnetId) });
    const InternetGatewayId = network.internetGateway.id;
    await call('DetachInternetGateway', { InternetGatewayId, VpcId: network.vpc.id });
    await call('DeleteInternetGateway', { InternetGatewayId });
    await call('DeleteVpc', { VpcId: network.vpc.id });
    expect((await call('DescribeVpcs', {})).Vpcs).toEqual([]);
    expect(await outcome('CreateDefaultSubnet', { AvailabilityZone: 'us-east-1b' })).toMatch(
      /^DefaultVpcDoesNotExist: /,
    );
    const { Vpc } = await call('CreateDefaultVpc', {});
    expect(Vpc).toMatchObject({ CidrBlock: '172.31.0.0/16', IsDefault: true });
    const { Subnets } = await call('DescribeSubnets', {});
    expect(Subnets?.map(({ CidrBlock, AvailabilityZone }) => `${CidrBlock} ${AvailabilityZone}`).sort()).toEqual([
      '172.31.0.0/20 us-east-1a',
      '172.31.16.0/20 us-east-1b',
      '172.31.32.0/20 us-east-1c',
    ]);
    const { RouteTables } = await call('DescribeRouteTables', {});
    expect(RouteTables?.[0]?.Routes).toMatchObject([
      { GatewayId: 'local' },
      { DestinationCidrBlock: '0.0.0.0/0', State: 'active' },
    ]);
  });
});
