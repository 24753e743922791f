import { ApiError } from '../../../protocol/api/index.ts';
import { contains, overlaps } from '../addresses.ts';
import { changing, type ChangeDeps, type Ec2Handler } from '../core.ts';
import { missingParameter } from '../errors.ts';
import { maxCidrs } from '../limits.ts';
import { subnets } from '../records/subnet.ts';
import { vpcs } from '../records/vpc.ts';
import { found, vpcOf } from '../references.ts';
import { goTogether, vpcCidr } from '../vpc-cidr.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateVpcCidrBlock.html */
export function associateVpcCidrBlock(deps: ChangeDeps): Ec2Handler<'AssociateVpcCidrBlock'> {
  return changing<'AssociateVpcCidrBlock'>(deps, ['VpcId', 'CidrBlock'], ({ VpcId, CidrBlock }, change) => {
    const vpc = vpcOf(change, VpcId);
    if (CidrBlock === undefined) throw missingParameter('cidrBlock');
    const cidr = vpcCidr(CidrBlock);
    const first = vpc.cidrs[0]?.cidr ?? cidr;
    if (vpc.cidrs.some((each) => overlaps(each.cidr, cidr)))
      throw new ApiError('InvalidVpc.Range', `The CIDR '${cidr}' conflicts with an existing CIDR block of the VPC`);
    if (!goTogether(first, cidr)) {
      const advice =
        'Use a CIDR from the same private address range as the current VPC CIDR, or use a publicly-routable CIDR';
      throw new ApiError('InvalidVpc.Range', `The CIDR '${cidr}' is restricted. ${advice}`);
    }
    if (vpc.cidrs.length >= maxCidrs) {
      const sentence = `This network '${VpcId}' has met its maximum number of allowed CIDRs: ${maxCidrs}`;
      throw new ApiError('CidrBlockLimitExceeded', sentence);
    }
    const associationId = change.newId('vpc-cidr-assoc');
    change.writer.put(vpcs, { ...vpc, cidrs: [...vpc.cidrs, { cidr, associationId }] });
    const shape = { AssociationId: associationId, CidrBlock: cidr, CidrBlockState: { State: 'associating' } } as const;
    return { VpcId, CidrBlockAssociation: shape };
  });
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateVpcCidrBlock.html */
export function disassociateVpcCidrBlock(deps: ChangeDeps): Ec2Handler<'DisassociateVpcCidrBlock'> {
  return changing<'DisassociateVpcCidrBlock'>(deps, ['AssociationId'], ({ AssociationId: id }, change) => {
    const { networks, scope, writer } = change;
    const isIt = (block: { readonly associationId: string }): boolean => block.associationId === id;
    const missing = () =>
      new ApiError(
        'InvalidVpcCidrBlockAssociationID.NotFound',
        `The vpc CIDR block association ID '${id}' does not exist`,
      );
    const { id: vpcId } = found(networks.all(vpcs, scope), ({ cidrs }) => cidrs.some(isIt), missing);
    const vpc = vpcOf(change, vpcId);
    const { cidr } = found(vpc.cidrs, isIt, missing);
    if (vpc.cidrs.findIndex(isIt) === 0) {
      const why = 'It is the primary IPv4 CIDR block of the VPC';
      throw new ApiError(
        'OperationNotPermitted',
        `The vpc CIDR block with association ID ${id} may not be disassociated. ${why}`,
      );
    }
    if (networks.ofVpc(subnets, scope, vpcId).some((subnet) => contains(cidr, subnet.cidr)))
      throw new ApiError('InvalidCidrBlock.InUse', `The vpc ${vpcId} currently has a subnet within CIDR block ${cidr}`);
    writer.put(vpcs, { ...vpc, cidrs: vpc.cidrs.filter((block) => !isIt(block)) });
    const shape = { AssociationId: id, CidrBlock: cidr, CidrBlockState: { State: 'disassociating' } } as const;
    return { VpcId: vpcId, CidrBlockAssociation: shape };
  });
}
