import { expect, test } from 'vitest';
import { network, openEc2 } from './contract/opened-ec2.ts';
import { newVpc, there } from './contract/small-vpc.ts';

const s3 = 'com.amazonaws.us-east-1.s3';
const api = 'com.amazonaws.us-east-1.ecr.api';

test('[NET-70] the services are Longshore’s, and the two with gateways', async () => {
  const { call, outcome } = await openEc2();
  const { ServiceNames } = await call('DescribeVpcEndpointServices', {});
  for (const name of [
    'ecr.api',
    'ecr.dkr',
    'logs',
    'secretsmanager',
    'ssm',
    's3',
    'ecs',
    'ecs-agent',
    'ecs-telemetry',
    'sts',
  ])
    expect(ServiceNames).toContain(`com.amazonaws.us-east-1.${name}`);
  const { ServiceDetails } = await call('DescribeVpcEndpointServices', { ServiceNames: [api] });
  expect(ServiceDetails).toMatchObject([
    {
      ServiceName: api,
      ServiceType: [{ ServiceType: 'Interface' }],
      PrivateDnsName: 'api.ecr.us-east-1.amazonaws.com',
    },
  ]);
  const gateways = await call('DescribeVpcEndpointServices', {
    Filters: [{ Name: 'service-type', Values: ['Gateway'] }],
  });
  expect(gateways.ServiceNames).toEqual(['com.amazonaws.us-east-1.dynamodb', s3]);
  expect(await outcome('DescribeVpcEndpointServices', { ServiceNames: ['x'] })).toBe(
    "InvalidServiceName: The Vpc Endpoint Service 'x' does not exist",
  );
});

test('[NET-71] a gateway endpoint is a route to its prefix list in the tables it has', async () => {
  const opened = await openEc2();
  const { call, outcome } = opened;
  const { vpcId: VpcId, mainTableId } = await newVpc(opened);
  const { VpcEndpoint } = await call('CreateVpcEndpoint', { VpcId, ServiceName: s3, RouteTableIds: [mainTableId] });
  const VpcEndpointId = there(VpcEndpoint?.VpcEndpointId);
  expect(VpcEndpoint).toMatchObject({ VpcEndpointType: 'Gateway', State: 'available', RouteTableIds: [mainTableId] });
  const routes = async (id: string) => {
    const { RouteTables } = await call('DescribeRouteTables', { RouteTableIds: [id] });
    return there(RouteTables?.[0]?.Routes).slice(1);
  };
  const [route] = await routes(mainTableId);
  expect(route).toMatchObject({
    DestinationPrefixListId: expect.stringMatching(/^pl-/) as string,
    GatewayId: VpcEndpointId,
    State: 'active',
  });
  const twice = await outcome('CreateVpcEndpoint', { VpcId, ServiceName: s3, RouteTableIds: [mainTableId] });
  expect(twice).toMatch(/^RouteAlreadyExists: .* already has a route with destination-prefix-list-id pl-/);
  const DestinationPrefixListId = there(route?.DestinationPrefixListId);
  const lists = await call('DescribePrefixLists', { Filters: [{ Name: 'prefix-list-name', Values: [s3] }] });
  expect(lists.PrefixLists).toEqual([
    { PrefixListId: DestinationPrefixListId, PrefixListName: s3, Cidrs: ['203.0.113.0/24'] },
  ]);
  expect(await outcome('DescribePrefixLists', { PrefixListIds: ['pl-1'] })).toBe(
    "InvalidPrefixListID.NotFound: The prefix list ID 'pl-1' does not exist",
  );
  expect(await outcome('DeleteRoute', { RouteTableId: mainTableId, DestinationPrefixListId })).toMatch(
    /^InvalidParameterValue: cannot remove VPC endpoint route/,
  );
  const { RouteTable } = await call('CreateRouteTable', { VpcId });
  const second = there(RouteTable?.RouteTableId);
  await call('ModifyVpcEndpoint', { VpcEndpointId, AddRouteTableIds: [second], RemoveRouteTableIds: [mainTableId] });
  expect([await routes(mainTableId), (await routes(second)).length]).toEqual([[], 1]);
  await call('DeleteRouteTable', { RouteTableId: second });
  const { VpcEndpoints } = await call('DescribeVpcEndpoints', { VpcEndpointIds: [VpcEndpointId] });
  expect(VpcEndpoints).toMatchObject([{ RouteTableIds: [] }]);
  await call('ModifyVpcEndpoint', { VpcEndpointId, AddRouteTableIds: [mainTableId] });
  const { Unsuccessful } = await call('DeleteVpcEndpoints', { VpcEndpointIds: [VpcEndpointId, 'vpce-1'] });
  expect(Unsuccessful).toEqual([
    {
      ResourceId: 'vpce-1',
      Error: { Code: 'InvalidVpcEndpointId.NotFound', Message: "The Vpc Endpoint Id 'vpce-1' does not exist" },
    },
  ]);
  expect(await routes(mainTableId)).toEqual([]);
});

test('[NET-72] an interface endpoint has an interface in each subnet, and names', async () => {
  const opened = await openEc2();
  const { call, outcome } = opened;
  const { vpcId: VpcId, subnetId, otherSubnetId } = await newVpc(opened);
  const input = {
    VpcId,
    ServiceName: api,
    VpcEndpointType: 'Interface',
    SubnetIds: [subnetId],
    ClientToken: 'e',
  } as const;
  expect(await outcome('CreateVpcEndpoint', input)).toMatch(/^InvalidParameter: Enabling private DNS requires both/);
  await call('ModifyVpcAttribute', { VpcId, EnableDnsHostnames: { Value: true } });
  const { VpcEndpoint } = await call('CreateVpcEndpoint', input);
  const VpcEndpointId = there(VpcEndpoint?.VpcEndpointId);
  expect((await call('CreateVpcEndpoint', input)).VpcEndpoint?.VpcEndpointId).toBe(VpcEndpointId);
  expect(VpcEndpoint).toMatchObject({
    SubnetIds: [subnetId],
    Groups: [{ GroupName: 'default' }],
    PrivateDnsEnabled: true,
  });
  expect(VpcEndpoint?.DnsEntries?.map(({ DnsName }) => DnsName)).toEqual([
    expect.stringMatching(new RegExp(`^${VpcEndpointId}-\\w{8}\\.api\\.ecr\\.us-east-1\\.vpce\\.amazonaws\\.com$`)),
    expect.stringMatching(new RegExp(`^${VpcEndpointId}-\\w{8}-us-east-1a\\.api\\.ecr\\.us-east-1\\.vpce`)),
    'api.ecr.us-east-1.amazonaws.com',
  ]);
  const { NetworkInterfaces } = await call('DescribeNetworkInterfaces', {
    NetworkInterfaceIds: [...there(VpcEndpoint?.NetworkInterfaceIds)],
  });
  expect(NetworkInterfaces).toMatchObject([
    {
      InterfaceType: 'vpc_endpoint',
      Description: `VPC Endpoint Interface ${VpcEndpointId}`,
      RequesterManaged: true,
      SubnetId: subnetId,
    },
  ]);
  expect(await outcome('CreateVpcEndpoint', { ...input, ClientToken: 'f' })).toMatch(
    /^InvalidParameter: private-dns-enabled cannot be set because there is already a conflicting DNS domain/,
  );
  await call('ModifyVpcEndpoint', { VpcEndpointId, AddSubnetIds: [otherSubnetId], PrivateDnsEnabled: false });
  const shown = async () => there((await call('DescribeVpcEndpoints', {})).VpcEndpoints?.[0]);
  expect(await shown()).toMatchObject({ SubnetIds: [subnetId, otherSubnetId], PrivateDnsEnabled: false });
  expect(await outcome('DeleteSubnet', { SubnetId: subnetId })).toMatch(/^DependencyViolation/);
  await call('ModifyVpcEndpoint', { VpcEndpointId, RemoveSubnetIds: [subnetId] });
  expect(await outcome('DeleteSubnet', { SubnetId: subnetId })).toBe('ok');
  await call('DeleteVpcEndpoints', { VpcEndpointIds: [VpcEndpointId] });
  expect((await call('DescribeNetworkInterfaces', {})).NetworkInterfaces).toEqual([]);
});

const narrow = JSON.stringify({
  Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: '*' }],
});
test.each([
  [
    { ServiceName: 'com.amazonaws.us-east-1.sqs' },
    "InvalidServiceName: The Vpc Endpoint Service 'com.amazonaws.us-east-1.sqs' does not exist",
  ],
  [
    { ServiceName: api },
    'InvalidParameter: The VPC Endpoint Type (Gateway) and Endpoint Service Type (Interface) do not match.',
  ],
  [{ ServiceName: s3, SubnetIds: ['subnet-1'] }, 'InvalidParameterCombination'],
  [{ ServiceName: s3, PolicyDocument: narrow }, 'is not implemented by Longshore'],
  [{ ServiceName: s3, PolicyDocument: '{' }, 'InvalidPolicyDocument'],
  [{ ServiceName: s3, RouteTableIds: [network.routeTable.id] }, 'belong to different networks'],
  [
    { ServiceName: api, VpcEndpointType: 'Interface', PrivateDnsEnabled: false, SubnetIds: ['subnet-1'] },
    'InvalidSubnetID.NotFound',
  ],
  [
    { ServiceName: api, VpcEndpointType: 'Interface', PrivateDnsEnabled: false, SecurityGroupIds: ['sg-1'] },
    'InvalidGroup.NotFound',
  ],
] as const)('[NET-73] CreateVpcEndpoint refuses %j', async (input, want) => {
  const opened = await openEc2();
  const { vpcId } = await newVpc(opened);
  expect(await opened.outcome('CreateVpcEndpoint', { VpcId: vpcId, ...input })).toContain(want);
});
