import { conditionValues } from '../../protocol/api/index.ts';
import type { Authorization, Questions } from '../../protocol/api/index.ts';
import { formatArn } from '../../kernel/index.ts';
import type { Operations } from '../../protocol/generated/ec2.ts';
import { defaultNetwork } from './default-network.ts';

/** Nearly all that describes has no resource. */
function onAny(action: keyof Operations): Questions<object> {
  return (_input, { region }) => [
    { action: `ec2:${action}`, resource: '*', context: conditionValues({ keys: { 'ec2:Region': region } }) },
  ];
}

/**
 * What each EC2 operation asks of the caller's policies.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
 */
export const ec2Authorization = {
  DescribeAccountAttributes: onAny('DescribeAccountAttributes'),
  DescribeAvailabilityZones: onAny('DescribeAvailabilityZones'),
  DescribeInternetGateways: onAny('DescribeInternetGateways'),
  DescribeNetworkInterfaces: onAny('DescribeNetworkInterfaces'),
  DescribeRegions: onAny('DescribeRegions'),
  DescribeRouteTables: onAny('DescribeRouteTables'),
  DescribeSubnets: onAny('DescribeSubnets'),
  DescribeVpcAttribute: ({ VpcId }, { account, region }) => {
    const keys = {
      'ec2:Region': region,
      'ec2:VpcID': VpcId,
      'ec2:Tenancy': VpcId === defaultNetwork({ account, region }).vpc.id ? 'default' : undefined,
    };
    return [
      {
        action: 'ec2:DescribeVpcAttribute',
        resource: formatArn('ec2', region, account, `vpc/${VpcId}`),
        context: conditionValues({ keys }),
      },
    ];
  },
  DescribeVpcs: onAny('DescribeVpcs'),
} satisfies Authorization<Operations>;
