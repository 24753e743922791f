import { describe, expect, test } from 'vitest';
import { network, openEc2, type OpenedEc2 } from './contract/opened-ec2.ts';
import { newVpc, openToInternet, there } from './contract/small-vpc.ts';

const everywhere = '0.0.0.0/0';

async function routesOf({ call }: OpenedEc2, RouteTableId: string) {
  const { RouteTables } = await call('DescribeRouteTables', { RouteTableIds: [RouteTableId] });
  return there(RouteTables?.[0]?.Routes);
}

describe('route tables', () => {
  test('[NET-40] a subnet is in the table associated with it, else in its VPC’s main one, which can be another', async () => {
    const opened = await openEc2();
    const { call, outcome } = opened;
    const vpc = await newVpc(opened);
    const { RouteTable } = await call('CreateRouteTable', { VpcId: vpc.vpcId });
    const RouteTableId = there(RouteTable?.RouteTableId);
    expect(RouteTable).toMatchObject({ VpcId: vpc.vpcId, Associations: [], Routes: [{ GatewayId: 'local' }] });
    const { AssociationId } = await call('AssociateRouteTable', { RouteTableId, SubnetId: vpc.subnetId });
    const again = await call('AssociateRouteTable', { RouteTableId, SubnetId: vpc.subnetId });
    expect(again.AssociationId).toBe(AssociationId);
    const other = { RouteTableId: vpc.mainTableId, SubnetId: vpc.subnetId };
    expect(await outcome('AssociateRouteTable', other)).toMatch(/^Resource.AlreadyAssociated: /);
    const strange = { RouteTableId, SubnetId: there(network.subnets[0]).id };
    expect(await outcome('AssociateRouteTable', strange)).toMatch(/^InvalidParameterValue: .*different networks/);
    expect(await outcome('DeleteRouteTable', { RouteTableId })).toBe(
      `DependencyViolation: The routeTable '${RouteTableId}' has dependencies and cannot be deleted.`,
    );
    const moved = await call('ReplaceRouteTableAssociation', {
      AssociationId: there(AssociationId),
      RouteTableId: vpc.mainTableId,
    });
    expect(moved.NewAssociationId).not.toBe(AssociationId);
    await call('DisassociateRouteTable', { AssociationId: there(moved.NewAssociationId) });
    expect(await outcome('DisassociateRouteTable', { AssociationId: there(AssociationId) })).toBe(
      `InvalidAssociationID.NotFound: The association ID '${AssociationId}' does not exist`,
    );
    const { RouteTables } = await call('DescribeRouteTables', { RouteTableIds: [vpc.mainTableId] });
    const main = there(RouteTables?.[0]?.Associations?.[0]?.RouteTableAssociationId);
    expect(await outcome('DisassociateRouteTable', { AssociationId: main })).toBe(
      `InvalidParameterValue: cannot disassociate the main route table association ${main}`,
    );
    await call('ReplaceRouteTableAssociation', { AssociationId: main, RouteTableId });
    const mains = await call('DescribeRouteTables', {
      Filters: [
        { Name: 'association.main', Values: ['true'] },
        { Name: 'vpc-id', Values: [vpc.vpcId] },
      ],
    });
    expect(mains.RouteTables).toMatchObject([{ RouteTableId }]);
    expect(await outcome('DeleteRouteTable', { RouteTableId: vpc.mainTableId })).toBe('ok');
  });

  test('[NET-41] routes are made once, replaced, deleted; the local one stays', async () => {
    const opened = await openEc2();
    const { call, outcome } = opened;
    const vpc = await newVpc(opened);
    const GatewayId = await openToInternet(opened, vpc);
    const { mainTableId: RouteTableId } = vpc;
    const to = { RouteTableId, DestinationCidrBlock: everywhere };
    expect(await routesOf(opened, RouteTableId)).toMatchObject([
      { DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'local', Origin: 'CreateRouteTable', State: 'active' },
      { DestinationCidrBlock: everywhere, GatewayId, Origin: 'CreateRoute', State: 'active' },
    ]);
    expect(await call('CreateRoute', { ...to, GatewayId })).toEqual({ Return: true });
    const { NetworkInterface } = await call('CreateNetworkInterface', { SubnetId: vpc.subnetId });
    const NetworkInterfaceId = there(NetworkInterface?.NetworkInterfaceId);
    expect(await outcome('CreateRoute', { ...to, NetworkInterfaceId })).toBe(
      `RouteAlreadyExists: The route identified by ${everywhere} already exists.`,
    );
    await call('ReplaceRoute', { ...to, NetworkInterfaceId });
    expect((await routesOf(opened, RouteTableId))[1]).toMatchObject({ NetworkInterfaceId, State: 'blackhole' });
    await call('DeleteRoute', to);
    expect(await outcome('DeleteRoute', to)).toBe(
      `InvalidRoute.NotFound: no route with destination-cidr-block ${everywhere} in route table ${RouteTableId}`,
    );
    expect(await outcome('ReplaceRoute', { ...to, GatewayId })).toMatch(/^InvalidParameterValue: There is no route/);
    expect(await outcome('DeleteRoute', { RouteTableId, DestinationCidrBlock: '10.0.0.0/16' })).toBe(
      `InvalidParameterValue: cannot remove local route 10.0.0.0/16 in route table ${RouteTableId}`,
    );
  });

  test.each([
    [{}, 'MissingParameter'],
    [{ DestinationCidrBlock: '1.2.3.4' }, 'InvalidParameterValue: Value (1.2.3.4) for parameter destinationCidrBlock'],
    [{ DestinationCidrBlock: everywhere }, 'MissingParameter'],
    [{ DestinationCidrBlock: everywhere, GatewayId: 'igw-1' }, 'InvalidInternetGatewayID.NotFound'],
    [
      { DestinationCidrBlock: everywhere, NatGatewayId: 'nat-1' },
      'NatGatewayNotFound: The Nat Gateway nat-1 was not found',
    ],
    [{ DestinationCidrBlock: everywhere, NetworkInterfaceId: 'eni-1' }, 'InvalidNetworkInterfaceID.NotFound'],
    [{ DestinationCidrBlock: everywhere, GatewayId: network.internetGateway.id }, 'belong to different networks'],
    [
      { DestinationCidrBlock: everywhere, TransitGatewayId: 'tgw-1' },
      'TransitGatewayId is not implemented by Longshore',
    ],
    [{ DestinationCidrBlock: everywhere, GatewayId: 'igw-1', NatGatewayId: 'nat-1' }, 'InvalidParameterCombination'],
    [{ DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'IGW' }, 'RouteAlreadyExists'],
    [{ DestinationCidrBlock: '10.0.7.0/24', GatewayId: 'IGW' }, 'which is part of the VPC, is not implemented'],
  ])('[NET-42] CreateRoute refuses %j', async (input, want) => {
    const opened = await openEc2();
    const vpc = await newVpc(opened);
    const GatewayId = await openToInternet(opened, vpc);
    const own = 'GatewayId' in input && input.GatewayId === 'IGW' ? { GatewayId } : {};
    expect(await opened.outcome('CreateRoute', { RouteTableId: vpc.mainTableId, ...input, ...own })).toContain(want);
  });
});

test('[NET-43] an internet gateway: one a VPC, one VPC a gateway, and not detached under public addresses', async () => {
  const opened = await openEc2();
  const { call, outcome } = opened;
  const vpc = await newVpc(opened);
  const { vpcId: VpcId } = vpc;
  const InternetGatewayId = await openToInternet(opened, vpc);
  const { InternetGateway } = await call('CreateInternetGateway', {});
  const second = there(InternetGateway?.InternetGatewayId);
  expect(await outcome('AttachInternetGateway', { InternetGatewayId: second, VpcId })).toBe(
    `InvalidParameterValue: Network ${VpcId} already has an internet gateway attached`,
  );
  expect(await outcome('AttachInternetGateway', { InternetGatewayId, VpcId })).toBe(
    `Resource.AlreadyAssociated: resource ${InternetGatewayId} is already attached to network ${VpcId}`,
  );
  expect(await outcome('DetachInternetGateway', { InternetGatewayId: second, VpcId })).toBe(
    `Gateway.NotAttached: resource ${second} is not attached to network ${VpcId}`,
  );
  expect(await outcome('DeleteInternetGateway', { InternetGatewayId })).toBe(
    `DependencyViolation: The internetGateway '${InternetGatewayId}' has dependencies and cannot be deleted.`,
  );
  const made = await opened.createInterface({ subnets: [vpc.subnetId], assignPublicIp: true });
  expect(opened.wayOutOf(made.networkInterfaceId)).toBe('internet');
  expect(await outcome('DetachInternetGateway', { InternetGatewayId, VpcId })).toBe(
    `DependencyViolation: Network ${VpcId} has some mapped public address(es). ` +
      'Please unmap those public address(es) before detaching the gateway.',
  );
  await opened.removeInterface(made.networkInterfaceId);
  await call('DetachInternetGateway', { InternetGatewayId, VpcId });
  expect((await routesOf(opened, vpc.mainTableId))[1]).toMatchObject({ State: 'blackhole' });
  const late = await opened.createInterface({ subnets: [vpc.subnetId], assignPublicIp: true });
  expect(opened.wayOutOf(late.networkInterfaceId)).toBe('none');
  await call('DeleteInternetGateway', { InternetGatewayId });
  for (let more = 0; more < 3; more += 1) await call('CreateInternetGateway', {});
  expect(await outcome('CreateInternetGateway', {})).toBe(
    'InternetGatewayLimitExceeded: The maximum number of internet gateways has been reached.',
  );
});
