import { describing, type Ec2Deps, type Ec2Handler } from '../core.ts';
import { chooseFew } from '../describe.ts';
import { Networks } from '../networks.ts';
import { elasticIps } from '../records/elastic-ip.ts';

/** The one attribute is the address's name in reverse DNS, which none has here. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAddressesAttribute.html */
export function describeAddressesAttribute({ database }: Ec2Deps): Ec2Handler<'DescribeAddressesAttribute'> {
  const networks = new Networks(database);
  return describing<'DescribeAddressesAttribute'>((input, scope) => {
    const { items, next } = chooseFew(input, {
      items: networks.all(elasticIps, scope),
      kind: 'elasticIp',
      ids: input.AllocationIds,
      idOf: ({ id }) => id,
      fields: {},
    });
    return { Addresses: items.map(({ id, publicIp }) => ({ AllocationId: id, PublicIp: publicIp })), ...next };
  });
}
