import { describing, type Ec2Deps, type Ec2Handler } from '../core.ts';
import { notFound } from '../errors.ts';
import { Networks } from '../networks.ts';
import { securityGroups } from '../records/security-group.ts';
import { vpcs } from '../records/vpc.ts';

/** Groups of other VPCs that name a group: VPCs are not peered, so there are none. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroupReferences.html */
export function describeSecurityGroupReferences({ database }: Ec2Deps): Ec2Handler<'DescribeSecurityGroupReferences'> {
  const networks = new Networks(database);
  return describing<'DescribeSecurityGroupReferences'>(({ GroupId }, scope) => {
    const missing = GroupId.find((id) => networks.get(securityGroups, scope, id) === undefined);
    if (missing !== undefined) throw notFound('securityGroup', missing);
    return { SecurityGroupReferenceSet: [] };
  });
}

/** Rules that name a group of a peered VPC which is gone: for the same reason there are none. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeStaleSecurityGroups.html */
export function describeStaleSecurityGroups({ database }: Ec2Deps): Ec2Handler<'DescribeStaleSecurityGroups'> {
  const networks = new Networks(database);
  return describing<'DescribeStaleSecurityGroups'>(({ VpcId }, scope) => {
    if (networks.get(vpcs, scope, VpcId) === undefined) throw notFound('vpc', VpcId);
    return { StaleSecurityGroupSet: [] };
  });
}
