import { changing, type ChangeDeps, type Ec2Handler } from '../core.ts';
import { invalidCombination, missingParameter } from '../errors.ts';
import { vpcs } from '../records/vpc.ts';
import { vpcOf } from '../references.ts';

/** One attribute a call. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcAttribute.html */
export function modifyVpcAttribute(deps: ChangeDeps): Ec2Handler<'ModifyVpcAttribute'> {
  const takes = ['VpcId', 'EnableDnsHostnames', 'EnableDnsSupport'] as const;
  return changing<'ModifyVpcAttribute'>(deps, takes, (input, change) => {
    const { EnableDnsHostnames: hostnames, EnableDnsSupport: support } = input;
    const vpc = vpcOf(change, input.VpcId);
    if (hostnames !== undefined && support !== undefined)
      throw invalidCombination('Fields for multiple attribute types specified: EnableDnsHostnames, EnableDnsSupport');
    const value = (hostnames ?? support)?.Value;
    if (value === undefined) throw missingParameter('enableDnsSupport or enableDnsHostnames');
    const changed = hostnames === undefined ? { enableDnsSupport: value } : { enableDnsHostnames: value };
    change.writer.put(vpcs, { ...vpc, ...changed });
    return {};
  });
}
