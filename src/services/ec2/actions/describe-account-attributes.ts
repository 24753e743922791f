import type { Handler } from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/ec2.ts';
import { describing } from '../core.ts';
import type { Ec2Deps } from '../core.ts';
import { Networks } from '../networks.ts';
import { vpcs } from '../records/vpc.ts';

type Action = Handler<
  Operations['DescribeAccountAttributes']['input'],
  Operations['DescribeAccountAttributes']['output']
>;

/** The attributes that the API names; AWS's quotas of instances and addresses mean nothing here and are not shown. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAccountAttributes.html */
export function describeAccountAttributes({ database }: Ec2Deps): Action {
  const networks = new Networks(database);
  return describing<'DescribeAccountAttributes'>(({ AttributeNames = [] }, scope) => {
    const defaultVpc = networks.all(vpcs, scope).find(({ isDefault }) => isDefault);
    const values = { 'supported-platforms': 'VPC', 'default-vpc': defaultVpc?.id ?? 'none' } as const;
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
