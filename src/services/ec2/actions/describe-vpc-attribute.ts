import type { Handler } from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/ec2.ts';
import { describing } from '../core.ts';
import type { Ec2Deps } from '../core.ts';
import { notFound } from '../errors.ts';
import { Networks } from '../networks.ts';
import { vpcs } from '../records/vpc.ts';

type Action = Handler<Operations['DescribeVpcAttribute']['input'], Operations['DescribeVpcAttribute']['output']>;

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcAttribute.html */
export function describeVpcAttribute({ database }: Ec2Deps): Action {
  const networks = new Networks(database);
  return describing<'DescribeVpcAttribute'>(({ Attribute, VpcId }, scope) => {
    const vpc = networks.get(vpcs, scope, VpcId);
    if (vpc === undefined) throw notFound('vpc', VpcId);
    const attributes = {
      enableDnsSupport: { EnableDnsSupport: { Value: vpc.enableDnsSupport } },
      enableDnsHostnames: { EnableDnsHostnames: { Value: vpc.enableDnsHostnames } },
      enableNetworkAddressUsageMetrics: { EnableNetworkAddressUsageMetrics: { Value: false } },
    };
    return { VpcId, ...attributes[Attribute] };
  });
}
