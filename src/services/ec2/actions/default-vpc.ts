import { ApiError } from '../../../protocol/api/index.ts';
import { formatAddress, overlaps, parsePrefix } from '../addresses.ts';
import { changing, type ChangeDeps, type Ec2Handler } from '../core.ts';
import { everywhere, vpcCidr } from '../default-network.ts';
import { missingParameter } from '../errors.ts';
import { defaultAclOf, writeSubnet, zoneOf } from '../new-subnet.ts';
import { writeVpc } from '../new-vpc.ts';
import { internetGateways } from '../records/internet-gateway.ts';
import { subnets } from '../records/subnet.ts';
import { vpcs } from '../records/vpc.ts';
import { zoneLetters, zoneName } from '../regions.ts';
import { subnetShape } from './describe-subnets.ts';
import { vpcShape } from './describe-vpcs.ts';

/** Default subnets are /20. */
const defaultSubnetLength = 20;

/** The n-th block of that size in the default VPC. */
function blockOf(place: number): string {
  const { first } = parsePrefix(vpcCidr);
  return `${formatAddress(first + place * 2 ** (32 - defaultSubnetLength))}/${defaultSubnetLength}`;
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateDefaultVpc.html */
export function createDefaultVpc(deps: ChangeDeps): Ec2Handler<'CreateDefaultVpc'> {
  return changing<'CreateDefaultVpc'>(deps, [], (_input, change) => {
    const { networks, scope, writer, newId } = change;
    if (networks.all(vpcs, scope).some(({ isDefault }) => isDefault)) {
      const sentence = 'A Default VPC already exists for this account in this region.';
      throw new ApiError('DefaultVpcAlreadyExists', sentence);
    }
    const internetGatewayId = newId('igw');
    const routes = [{ destination: everywhere, target: { internetGatewayId } }];
    const { vpc, networkAclId } = writeVpc(change, { cidr: vpcCidr, tags: {}, isDefault: true, routes });
    writer.put(internetGateways, { ...scope, tags: {}, id: internetGatewayId, vpcId: vpc.id });
    for (const [index, letter] of zoneLetters.entries()) {
      const availabilityZone = zoneName(scope.region, letter);
      writeSubnet(change, { vpcId: vpc.id, networkAclId, cidr: blockOf(index), availabilityZone, isDefault: true });
    }
    return { Vpc: { ...vpcShape(vpc), State: 'pending' } };
  });
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateDefaultSubnet.html */
export function createDefaultSubnet(deps: ChangeDeps): Ec2Handler<'CreateDefaultSubnet'> {
  return changing<'CreateDefaultSubnet'>(deps, ['AvailabilityZone', 'AvailabilityZoneId'], (input, change) => {
    const { networks, scope } = change;
    if (input.AvailabilityZone === undefined && input.AvailabilityZoneId === undefined)
      throw missingParameter('availabilityZone');
    const availabilityZone = zoneOf(scope.region, input);
    const vpc = networks.all(vpcs, scope).find(({ isDefault }) => isDefault);
    if (vpc === undefined)
      throw new ApiError('DefaultVpcDoesNotExist', 'No default VPC exists for this account in this region.');
    const present = networks.ofVpc(subnets, scope, vpc.id);
    const same = present.find((subnet) => subnet.isDefault && subnet.availabilityZone === availabilityZone);
    if (same !== undefined) {
      const sentence = `'${same.id}' is already the default subnet in ${availabilityZone}.`;
      throw new ApiError('DefaultSubnetAlreadyExistsInAvailabilityZone', sentence);
    }
    const blocks = Array.from({ length: 2 ** (defaultSubnetLength - parsePrefix(vpcCidr).length) }, (_, at) =>
      blockOf(at),
    );
    const cidr = blocks.find((block) => !present.some((subnet) => overlaps(subnet.cidr, block)));
    if (cidr === undefined)
      throw new ApiError('InsufficientCidrBlocks', `No /${defaultSubnetLength} block of ${vpcCidr} is free`);
    const networkAclId = defaultAclOf(change, vpc.id).id;
    const subnet = writeSubnet(change, { vpcId: vpc.id, networkAclId, cidr, availabilityZone, isDefault: true });
    return { Subnet: subnetShape(subnet, change.addresses.freeIn(subnet.cidr)) };
  });
}
