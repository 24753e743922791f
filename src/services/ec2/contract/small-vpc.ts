import type { OpenedEc2 } from './opened-ec2.ts';

/** What must be there. */
export function there<Item>(item: Item | undefined): Item {
  if (item === undefined) throw new Error('it is not there');
  return item;
}

/** The ids of a new VPC with a subnet in each of two zones. */
export interface SmallVpc {
  readonly vpcId: string;
  readonly subnetId: string;
  readonly otherSubnetId: string;
  readonly mainTableId: string;
}

/** @param net the second number of its addresses */
export async function newVpc({ call }: OpenedEc2, net = 0): Promise<SmallVpc> {
  const { Vpc } = await call('CreateVpc', { CidrBlock: `10.${net}.0.0/16` });
  const vpcId = there(Vpc?.VpcId);
  const subnet = async (place: number, zone: string): Promise<string> => {
    const CidrBlock = `10.${net}.${place}.0/24`;
    const { Subnet } = await call('CreateSubnet', { VpcId: vpcId, CidrBlock, AvailabilityZone: zone });
    return there(Subnet?.SubnetId);
  };
  const [subnetId, otherSubnetId] = [await subnet(1, 'us-east-1a'), await subnet(2, 'us-east-1b')];
  const { RouteTables } = await call('DescribeRouteTables', { Filters: [{ Name: 'vpc-id', Values: [vpcId] }] });
  return { vpcId, subnetId, otherSubnetId, mainTableId: there(RouteTables?.[0]?.RouteTableId) };
}

/** An internet gateway at the VPC and a route to it in its main route table. */
export async function openToInternet({ call }: OpenedEc2, { vpcId, mainTableId }: SmallVpc): Promise<string> {
  const { InternetGateway } = await call('CreateInternetGateway', {});
  const GatewayId = there(InternetGateway?.InternetGatewayId);
  await call('AttachInternetGateway', { InternetGatewayId: GatewayId, VpcId: vpcId });
  await call('CreateRoute', { RouteTableId: mainTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId });
  return GatewayId;
}

export function vpcFilter(vpcId: string) {
  return { Filters: [{ Name: 'vpc-id', Values: [vpcId] }] };
}
