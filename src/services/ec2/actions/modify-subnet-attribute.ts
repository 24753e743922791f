import { changing, type ChangeDeps, type Ec2Handler } from '../core.ts';
import { missingParameter } from '../errors.ts';
import { subnets } from '../records/subnet.ts';
import { subnetOf } from '../references.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySubnetAttribute.html */
export function modifySubnetAttribute(deps: ChangeDeps): Ec2Handler<'ModifySubnetAttribute'> {
  return changing<'ModifySubnetAttribute'>(deps, ['SubnetId', 'MapPublicIpOnLaunch'], (input, change) => {
    const subnet = subnetOf(change, input.SubnetId);
    const value = input.MapPublicIpOnLaunch?.Value;
    if (value === undefined) throw missingParameter('mapPublicIpOnLaunch');
    change.writer.put(subnets, { ...subnet, mapPublicIpOnLaunch: value });
    return {};
  });
}
