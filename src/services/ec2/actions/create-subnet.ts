import { ApiError } from '../../../protocol/api/index.ts';
import { overlaps } from '../addresses.ts';
import { changing, type ChangeDeps, type Ec2Handler } from '../core.ts';
import { missingParameter } from '../errors.ts';
import { defaultAclOf, writeSubnet, zoneOf } from '../new-subnet.ts';
import { subnets } from '../records/subnet.ts';
import { vpcOf } from '../references.ts';
import { tagsFor } from '../tags.ts';
import { subnetCidr } from '../vpc-cidr.ts';
import { subnetShape } from './describe-subnets.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html */
export function createSubnet(deps: ChangeDeps): Ec2Handler<'CreateSubnet'> {
  const takes = ['VpcId', 'CidrBlock', 'AvailabilityZone', 'AvailabilityZoneId', 'TagSpecifications'] as const;
  return changing<'CreateSubnet'>(deps, takes, (input, change) => {
    const { networks, scope } = change;
    const vpc = vpcOf(change, input.VpcId);
    if (input.CidrBlock === undefined) throw missingParameter('cidrBlock');
    const blocks = vpc.cidrs.map((block) => block.cidr);
    const cidr = subnetCidr(input.CidrBlock, blocks);
    const availabilityZone = zoneOf(scope.region, input);
    if (networks.ofVpc(subnets, scope, vpc.id).some((subnet) => overlaps(subnet.cidr, cidr)))
      throw new ApiError('InvalidSubnet.Conflict', `The CIDR '${cidr}' conflicts with another subnet`);
    const subnet = writeSubnet(change, {
      vpcId: vpc.id,
      networkAclId: defaultAclOf(change, vpc.id).id,
      cidr,
      availabilityZone,
      isDefault: false,
      tags: tagsFor('subnet', input.TagSpecifications),
    });
    return { Subnet: subnetShape(subnet, change.addresses.freeIn(cidr)) };
  });
}
