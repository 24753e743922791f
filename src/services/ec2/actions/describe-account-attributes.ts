import type { Handler } from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/ec2.ts';
import { describing } from '../core.ts';
import { defaultNetwork } from '../default-network.ts';

type Action = Handler<
  Operations['DescribeAccountAttributes']['input'],
  Operations['DescribeAccountAttributes']['output']
>;

/** The attributes that the API names; AWS's quotas of instances and addresses mean nothing here and are not shown. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAccountAttributes.html */
export function describeAccountAttributes(): Action {
  return describing<'DescribeAccountAttributes'>(({ AttributeNames = [] }, scope) => {
    const values = { 'supported-platforms': 'VPC', 'default-vpc': defaultNetwork(scope).vpcId } as const;
    const names = (['supported-platforms', 'default-vpc'] as const).filter(
      (name) => AttributeNames.length === 0 || AttributeNames.includes(name),
    );
    return {
      AccountAttributes: names.map((name) => ({
        AttributeName: name,
        AttributeValues: [{ AttributeValue: values[name] }],
      })),
    };
  });
}
