import { describe, expect, test } from 'vitest';
import { openEc2, type OpenedEc2 } from './contract/opened-ec2.ts';
import { newVpc, openToInternet, there } from './contract/small-vpc.ts';
import { publicAddressRows } from './records/public-address.ts';

async function opened() {
  const networks = await openEc2();
  const vpc = await newVpc(networks);
  const internetGatewayId = await openToInternet(networks, vpc);
  return { ...networks, vpc, internetGatewayId };
}

async function interfaceShown({ call }: OpenedEc2, id: string | undefined) {
  const { NetworkInterfaces } = await call('DescribeNetworkInterfaces', { NetworkInterfaceIds: [there(id)] });
  return there(NetworkInterfaces?.[0]);
}

describe('Elastic IPs', () => {
  test('[NET-50] are allocated, mapped to an interface, taken off and released', async () => {
    const all = await opened();
    const { call, outcome } = all;
    const { AllocationId, PublicIp } = await call('AllocateAddress', { Domain: 'vpc' });
    expect(PublicIp).toMatch(/^198\.1[89]\.\d+\.\d+$/);
    const { NetworkInterface } = await call('CreateNetworkInterface', { SubnetId: all.vpc.subnetId });
    const NetworkInterfaceId = there(NetworkInterface?.NetworkInterfaceId);
    const { AssociationId } = await call('AssociateAddress', { AllocationId, NetworkInterfaceId });
    expect((await call('DescribeAddresses', { PublicIps: [there(PublicIp)] })).Addresses).toMatchObject([
      {
        AllocationId,
        PublicIp,
        AssociationId,
        NetworkInterfaceId,
        PrivateIpAddress: NetworkInterface?.PrivateIpAddress,
        Domain: 'vpc',
        NetworkBorderGroup: 'us-east-1',
      },
    ]);
    const association = { PublicIp, AllocationId, AssociationId, IpOwnerId: '123456789012' };
    expect(await interfaceShown(all, NetworkInterfaceId)).toMatchObject({ Association: association });
    const filtered = await call('DescribeNetworkInterfaces', {
      Filters: [{ Name: 'association.public-ip', Values: [there(PublicIp)] }],
    });
    expect(filtered.NetworkInterfaces).toMatchObject([{ NetworkInterfaceId }]);
    expect(await outcome('ReleaseAddress', { AllocationId })).toBe(
      `InvalidIPAddress.InUse: Address ${PublicIp} is in use.`,
    );
    const attribute = await call('DescribeAddressesAttribute', {
      AllocationIds: [there(AllocationId)],
      Attribute: 'domain-name',
    });
    expect(attribute.Addresses).toEqual([{ AllocationId, PublicIp }]);
    expect(await outcome('DescribeAddressesAttribute', { AllocationIds: ['eipalloc-1'] })).toBe(
      "InvalidAllocationID.NotFound: The allocation ID 'eipalloc-1' does not exist",
    );
    await call('DisassociateAddress', { AssociationId });
    expect((await interfaceShown(all, NetworkInterfaceId)).Association).toBeUndefined();
    expect(await outcome('DisassociateAddress', { AssociationId })).toBe(
      `InvalidAssociationID.NotFound: The association ID '${AssociationId}' does not exist`,
    );
    expect(await outcome('ReleaseAddress', { PublicIp })).toBe(
      'InvalidParameterValue: You must specify an allocation id when releasing a VPC elastic IP address',
    );
    await call('ReleaseAddress', { AllocationId });
    expect((await call('DescribeAddresses', {})).Addresses).toEqual([]);
    expect(all.database.table(publicAddressRows).size).toBe(0);
    expect(await outcome('ReleaseAddress', { AllocationId })).toBe(
      `InvalidAllocationID.NotFound: The allocation ID '${AllocationId}' does not exist`,
    );
  });

  test('[NET-51] are moved only when that is asked for, and free again when their interface goes', async () => {
    const all = await opened();
    const { call, outcome } = all;
    const { AllocationId } = await call('AllocateAddress', {});
    const first = (await call('CreateNetworkInterface', { SubnetId: all.vpc.subnetId })).NetworkInterface;
    const task = await all.createInterface({ subnets: [all.vpc.subnetId], assignPublicIp: true });
    const own = there((await interfaceShown(all, task.networkInterfaceId)).Association?.PublicIp);
    const firstId = there(first?.NetworkInterfaceId);
    const mapped = await call('AssociateAddress', { AllocationId, NetworkInterfaceId: firstId });
    const move = { AllocationId, NetworkInterfaceId: task.networkInterfaceId };
    expect(await outcome('AssociateAddress', move)).toBe(
      `Resource.AlreadyAssociated: resource ${AllocationId} is already associated with associate-id ${mapped.AssociationId}`,
    );
    await call('AssociateAddress', { ...move, AllowReassociation: true });
    expect((await interfaceShown(all, firstId)).Association).toBeUndefined();
    expect((await interfaceShown(all, task.networkInterfaceId)).Association).toMatchObject({ AllocationId });
    // The address that the interface had of its own is free again.
    expect(all.database.table(publicAddressRows).get(`/ec2/public-address/${own}`)).toBeUndefined();
    await all.removeInterface(task.networkInterfaceId);
    const { Addresses } = await call('DescribeAddresses', {});
    expect(Addresses).toMatchObject([{ AllocationId }]);
    expect(Addresses?.[0]?.AssociationId).toBeUndefined();
    expect(await outcome('ReleaseAddress', { AllocationId })).toBe('ok');
  });

  test('[NET-51] an account has five in a region; no two of the installation are the same', async () => {
    const { call, outcome } = await openEc2();
    const others = { account: '111111111111', region: 'eu-west-1' };
    const made = await Promise.all([
      ...Array.from({ length: 5 }, () => call('AllocateAddress', {})),
      ...Array.from({ length: 5 }, () => call('AllocateAddress', {}, others)),
    ]);
    expect(new Set(made.map(({ PublicIp }) => PublicIp)).size).toBe(10);
    expect(await outcome('AllocateAddress', {})).toBe(
      'AddressLimitExceeded: The maximum number of addresses has been reached.',
    );
  });

  test('[NET-51] need an internet gateway', async () => {
    const networks = await openEc2();
    const { vpcId, subnetId } = await newVpc(networks);
    const { AllocationId } = await networks.call('AllocateAddress', {});
    const { NetworkInterface } = await networks.call('CreateNetworkInterface', { SubnetId: subnetId });
    const { NetworkInterfaceId } = there(NetworkInterface);
    expect(await networks.outcome('AssociateAddress', { AllocationId, NetworkInterfaceId })).toBe(
      `Gateway.NotAttached: Network ${vpcId} is not attached to any internet gateway`,
    );
  });
});

test('[NET-52] a task’s interface with a public address shows it and frees it', async () => {
  const all = await opened();
  const { networkInterfaceId } = await all.createInterface({ subnets: [all.vpc.subnetId], assignPublicIp: true });
  const { Association, PrivateIpAddresses } = await interfaceShown(all, networkInterfaceId);
  expect(Association).toEqual({
    PublicIp: expect.stringMatching(/^198\.1[89]\./) as string,
    PublicDnsName: expect.stringMatching(/^ec2-198-1[89]-\d+-\d+\.compute-1\.amazonaws\.com$/) as string,
    IpOwnerId: 'amazon',
  });
  expect(PrivateIpAddresses).toMatchObject([{ Association }]);
  expect(all.database.table(publicAddressRows).size).toBe(1);
  await all.removeInterface(networkInterfaceId);
  expect(all.database.table(publicAddressRows).size).toBe(0);
});

describe('NAT gateways', () => {
  test('[NET-53] a public one has an interface and an Elastic IP, leads out, and is shown for an hour after it is deleted', async () => {
    const all = await opened();
    const { call, outcome, vpc } = all;
    const { RouteTable } = await call('CreateRouteTable', { VpcId: vpc.vpcId });
    const RouteTableId = there(RouteTable?.RouteTableId);
    await call('AssociateRouteTable', { RouteTableId, SubnetId: vpc.otherSubnetId });
    const { AllocationId, PublicIp } = await call('AllocateAddress', {});
    const input = { SubnetId: vpc.subnetId, AllocationId, ClientToken: 'once' };
    const { NatGateway } = await call('CreateNatGateway', input);
    const NatGatewayId = there(NatGateway?.NatGatewayId);
    expect(NatGateway).toMatchObject({ State: 'pending', ConnectivityType: 'public', VpcId: vpc.vpcId });
    expect((await call('CreateNatGateway', input)).NatGateway?.NatGatewayId).toBe(NatGatewayId);
    expect(await outcome('CreateNatGateway', { ...input, SubnetId: vpc.otherSubnetId })).toMatch(
      /^IdempotentParameterMismatch: /,
    );
    const byState = (state: string) => call('DescribeNatGateways', { Filter: [{ Name: 'state', Values: [state] }] });
    const [address] = (await byState('available')).NatGateways?.[0]?.NatGatewayAddresses ?? [];
    expect(address).toMatchObject({ AllocationId, PublicIp, IsPrimary: true, Status: 'succeeded' });
    expect(await interfaceShown(all, address?.NetworkInterfaceId)).toMatchObject({
      Description: `Interface for NAT Gateway ${NatGatewayId}`,
      InterfaceType: 'nat_gateway',
      RequesterManaged: true,
      Groups: [],
      Association: { PublicIp, AllocationId },
    });
    expect(await outcome('DisassociateAddress', { AssociationId: address?.AssociationId })).toMatch(/^AuthFailure: /);
    const { networkInterfaceId } = await all.createInterface({ subnets: [vpc.otherSubnetId] });
    expect(all.wayOutOf(networkInterfaceId)).toBe('none');
    await call('CreateRoute', { RouteTableId, DestinationCidrBlock: '0.0.0.0/0', NatGatewayId });
    expect(all.wayOutOf(networkInterfaceId)).toBe('nat');

    await call('DeleteNatGateway', { NatGatewayId });
    expect(all.wayOutOf(networkInterfaceId)).toBe('none');
    const { RouteTables } = await call('DescribeRouteTables', { RouteTableIds: [RouteTableId] });
    expect(RouteTables?.[0]?.Routes?.[1]).toMatchObject({ NatGatewayId, State: 'blackhole' });
    expect((await byState('deleted')).NatGateways).toMatchObject([{ NatGatewayId }]);
    expect(await outcome('ReleaseAddress', { AllocationId })).toBe('ok');
    await all.pass(3_599_999);
    expect((await call('DescribeNatGateways', { NatGatewayIds: [NatGatewayId] })).NatGateways).toHaveLength(1);
    await all.pass(1);
    expect(await outcome('DescribeNatGateways', { NatGatewayIds: [NatGatewayId] })).toBe(
      `NatGatewayNotFound: The Nat Gateway ${NatGatewayId} was not found`,
    );
  });

  test('[NET-57] behind one an interface is seen as its address, else as its own while a route leads out', async () => {
    const all = await opened();
    const { call, vpc, internetGatewayId: GatewayId } = all;
    const { networkInterfaceId } = await all.createInterface({ subnets: [vpc.subnetId], assignPublicIp: true });
    const own = (await interfaceShown(all, networkInterfaceId)).Association?.PublicIp;
    const seen = () => all.policyOf(networkInterfaceId)?.publicAddress;
    expect([own, seen()]).toEqual([expect.stringMatching(/^198\.1[89]\./), own]);
    const route = { RouteTableId: vpc.mainTableId, DestinationCidrBlock: '0.0.0.0/0' };
    await call('DeleteRoute', route);
    expect(seen()).toBeUndefined();
    await call('CreateRoute', { ...route, GatewayId });
    expect(seen()).toBe(own);
    const { AllocationId, PublicIp } = await call('AllocateAddress', {});
    const { AssociationId } = await call('AssociateAddress', {
      AllocationId,
      NetworkInterfaceId: networkInterfaceId,
    });
    expect(seen()).toBe(PublicIp);
    await call('DisassociateAddress', { AssociationId });
    expect(seen()).toBeUndefined();
    // The gateway's own subnet leads to the internet.
    const { RouteTable } = await call('CreateRouteTable', { VpcId: vpc.vpcId });
    const RouteTableId = there(RouteTable?.RouteTableId);
    await call('AssociateRouteTable', { RouteTableId, SubnetId: vpc.otherSubnetId });
    await call('CreateRoute', { ...route, RouteTableId, GatewayId });
    const { NatGateway } = await call('CreateNatGateway', { SubnetId: vpc.otherSubnetId, AllocationId });
    await call('ReplaceRoute', { ...route, NatGatewayId: there(NatGateway?.NatGatewayId) });
    expect([seen(), all.wayOutOf(networkInterfaceId)]).toEqual([PublicIp, 'nat']);
  });

  test('[NET-55] one whose address is in use, or whose VPC has no internet gateway, fails in AWS’s words', async () => {
    const networks = await openEc2();
    const { call } = networks;
    const vpc = await newVpc(networks);
    const { AllocationId } = await call('AllocateAddress', {});
    const create = () => call('CreateNatGateway', { SubnetId: vpc.subnetId, AllocationId });
    expect((await create()).NatGateway?.State).toBe('pending');
    await openToInternet(networks, vpc);
    await create();
    await create();
    const { NatGateways } = await call('DescribeNatGateways', {});
    const said = NatGateways?.map(({ State, FailureCode, FailureMessage }) => [State, FailureCode, FailureMessage]);
    expect(said).toEqual([
      ['failed', 'Gateway.NotAttached', `Network ${vpc.vpcId} has no Internet gateway attached`],
      ['available', undefined, undefined],
      ['failed', 'Resource.AlreadyAssociated', `Elastic IP address [${AllocationId}] is already associated`],
    ]);
    await networks.pass(3_600_000);
    expect((await call('DescribeNatGateways', {})).NatGateways).toHaveLength(1);
  });

  test('[NET-54] a private one leads nowhere outside; a zone has five', async () => {
    const all = await opened();
    const { call, outcome, vpc } = all;
    const SubnetId = vpc.subnetId;
    const { NatGateway } = await call('CreateNatGateway', { SubnetId, ConnectivityType: 'private' });
    expect(NatGateway?.NatGatewayAddresses?.[0]?.PublicIp).toBeUndefined();
    const NatGatewayId = there(NatGateway?.NatGatewayId);
    const route = { RouteTableId: vpc.mainTableId, DestinationCidrBlock: '0.0.0.0/0', NatGatewayId };
    await call('ReplaceRoute', route);
    const { networkInterfaceId } = await all.createInterface({ subnets: [SubnetId], assignPublicIp: true });
    expect(all.wayOutOf(networkInterfaceId)).toBe('none');
    expect(await outcome('CreateNatGateway', { SubnetId })).toMatch(/^MissingParameter: .*allocationId/);
    for (let more = 0; more < 4; more += 1) await call('CreateNatGateway', { SubnetId, ConnectivityType: 'private' });
    expect(await outcome('CreateNatGateway', { SubnetId, ConnectivityType: 'private' })).toMatch(
      /^NatGatewayLimitExceeded: /,
    );
    await call('DeleteNatGateway', { NatGatewayId });
    expect(await outcome('CreateNatGateway', { SubnetId, ConnectivityType: 'private' })).toBe('ok');
    expect(await outcome('DeleteSubnet', { SubnetId })).toMatch(/^DependencyViolation/);
  });
});
