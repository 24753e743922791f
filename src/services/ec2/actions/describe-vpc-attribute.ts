import type { Handler } from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/ec2.ts';
import { describing } from '../core.ts';
import { defaultNetwork } from '../default-network.ts';
import { notFound } from '../errors.ts';

type Action = Handler<Operations['DescribeVpcAttribute']['input'], Operations['DescribeVpcAttribute']['output']>;

/** What a default VPC has, as members of the answer. https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html */
const attributes = {
  enableDnsSupport: { EnableDnsSupport: { Value: true } },
  enableDnsHostnames: { EnableDnsHostnames: { Value: true } },
  enableNetworkAddressUsageMetrics: { EnableNetworkAddressUsageMetrics: { Value: false } },
} as const;

/** One attribute of the default VPC. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcAttribute.html */
export function describeVpcAttribute(): Action {
  return describing<'DescribeVpcAttribute'>(({ Attribute, VpcId }, scope) => {
    if (VpcId !== defaultNetwork(scope).vpcId) throw notFound('vpc', VpcId);
    return { VpcId, ...attributes[Attribute] };
  });
}
