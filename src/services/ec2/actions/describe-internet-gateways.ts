import type { Handler } from '../../../protocol/api/index.ts';
import type { InternetGateway, Operations } from '../../../protocol/generated/ec2.ts';
import { describing } from '../core.ts';
import type { Ec2Deps } from '../core.ts';
import { chooseFew } from '../describe.ts';
import type { FilterFields } from '../filters.ts';
import { Networks } from '../networks.ts';
import { internetGateways, type InternetGatewayRecord } from '../records/internet-gateway.ts';
import { tagList } from '../tags.ts';

type Action = Handler<
  Operations['DescribeInternetGateways']['input'],
  Operations['DescribeInternetGateways']['output']
>;

const fields: FilterFields<InternetGatewayRecord> = {
  'attachment.state': ({ vpcId }) => (vpcId === undefined ? [] : ['available']),
  'attachment.vpc-id': ({ vpcId }) => [vpcId],
  'internet-gateway-id': ({ id }) => [id],
  'owner-id': ({ account }) => [account],
};

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInternetGateways.html */
export function describeInternetGateways({ database }: Ec2Deps): Action {
  const networks = new Networks(database);
  return describing<'DescribeInternetGateways'>((input, scope) => {
    const { items, next } = chooseFew(input, {
      items: networks.all(internetGateways, scope),
      kind: 'internetGateway',
      ids: input.InternetGatewayIds,
      idOf: ({ id }) => id,
      fields,
    });
    return { InternetGateways: items.map(internetGatewayShape), ...next };
  });
}

export function internetGatewayShape(gateway: InternetGatewayRecord): InternetGateway {
  const { vpcId } = gateway;
  return {
    InternetGatewayId: gateway.id,
    OwnerId: gateway.account,
    // On the wire AWS says "available" here, where its model says "attached".
    Attachments: vpcId === undefined ? [] : [{ VpcId: vpcId, State: 'available' as 'attached' }],
    Tags: tagList(gateway),
  };
}
