import { changing, type ChangeDeps, type Ec2Handler } from '../core.ts';
import { missingParameter, notImplemented } from '../errors.ts';
import { writeVpc } from '../new-vpc.ts';
import { tagsFor } from '../tags.ts';
import { vpcCidr } from '../vpc-cidr.ts';
import { vpcShape } from './describe-vpcs.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html */
export function createVpc(deps: ChangeDeps): Ec2Handler<'CreateVpc'> {
  return changing<'CreateVpc'>(deps, ['CidrBlock', 'InstanceTenancy', 'TagSpecifications'], (input, change) => {
    const { CidrBlock, InstanceTenancy = 'default' } = input;
    if (InstanceTenancy !== 'default') throw notImplemented(`Instance tenancy ${InstanceTenancy}`);
    if (CidrBlock === undefined) throw missingParameter('cidrBlock');
    const tags = tagsFor('vpc', input.TagSpecifications);
    const { vpc } = writeVpc(change, { cidr: vpcCidr(CidrBlock), tags, isDefault: false });
    return { Vpc: { ...vpcShape(vpc), State: 'pending' } };
  });
}
