import { describing, type Ec2Deps, type Ec2Handler } from '../core.ts';
import { chooseFew } from '../describe.ts';
import { notFound } from '../errors.ts';
import type { FilterFields } from '../filters.ts';
import { Networks } from '../networks.ts';
import { securityGroups, type SecurityGroupRecord } from '../records/security-group.ts';
import { vpcs } from '../records/vpc.ts';
import { tagList } from '../tags.ts';

const fields: FilterFields<SecurityGroupRecord> = {
  description: ({ description }) => [description],
  'group-id': ({ id }) => [id],
  'group-name': ({ name }) => [name],
  'owner-id': ({ account }) => [account],
  'primary-vpc-id': ({ vpcId }) => [vpcId],
};

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetSecurityGroupsForVpc.html */
export function getSecurityGroupsForVpc({ database }: Ec2Deps): Ec2Handler<'GetSecurityGroupsForVpc'> {
  const networks = new Networks(database);
  return describing<'GetSecurityGroupsForVpc'>((input, scope) => {
    const { VpcId } = input;
    if (networks.get(vpcs, scope, VpcId) === undefined) throw notFound('vpc', VpcId);
    const { items, next } = chooseFew(input, {
      items: networks.ofVpc(securityGroups, scope, VpcId),
      kind: 'securityGroup',
      ids: undefined,
      idOf: ({ id }) => id,
      fields,
    });
    return {
      SecurityGroupForVpcs: items.map((group) => ({
        GroupId: group.id,
        GroupName: group.name,
        Description: group.description,
        OwnerId: group.account,
        PrimaryVpcId: group.vpcId,
        Tags: tagList(group),
      })),
      ...next,
    };
  });
}
