import type { Handler } from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/ec2.ts';
import { describing } from '../core.ts';
import { defaultNetwork } from '../default-network.ts';
import type { DefaultNetwork } from '../default-network.ts';
import { chooseFew } from '../describe.ts';
import type { FilterFields } from '../filters.ts';

type Action = Handler<
  Operations['DescribeInternetGateways']['input'],
  Operations['DescribeInternetGateways']['output']
>;

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInternetGateways.html */
export function describeInternetGateways(): Action {
  return describing<'DescribeInternetGateways'>((input, scope) => {
    const fields: FilterFields<DefaultNetwork> = {
      'attachment.state': () => ['available'],
      'attachment.vpc-id': ({ vpcId }) => [vpcId],
      'internet-gateway-id': ({ internetGatewayId }) => [internetGatewayId],
      'owner-id': () => [scope.account],
    };
    const { items, next } = chooseFew(input, {
      items: [defaultNetwork(scope)],
      kind: 'internetGateway',
      ids: input.InternetGatewayIds,
      idOf: ({ internetGatewayId }) => internetGatewayId,
      fields,
    });
    return {
      InternetGateways: items.map(({ internetGatewayId, vpcId }) => ({
        InternetGatewayId: internetGatewayId,
        OwnerId: scope.account,
        // On the wire AWS says "available" here, where its model says "attached".
        Attachments: [{ VpcId: vpcId, State: 'available' as 'attached' }],
        Tags: [],
      })),
      ...next,
    };
  });
}
