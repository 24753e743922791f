import type { DhcpConfiguration } from '../../../protocol/generated/ec2.ts';
import { describing, type Ec2Deps, type Ec2Handler } from '../core.ts';
import { chooseFew } from '../describe.ts';
import type { FilterFields } from '../filters.ts';
import { Networks } from '../networks.ts';
import { dhcpOptions, type DhcpOptionsRecord } from '../records/dhcp-options.ts';
import { tagList } from '../tags.ts';

const fields: FilterFields<DhcpOptionsRecord> = {
  'dhcp-options-id': ({ id }) => [id],
  key: (options) => configurations(options).map(({ Key }) => Key),
  'owner-id': ({ account }) => [account],
  value: (options) => configurations(options).flatMap(({ Values }) => (Values ?? []).map(({ Value }) => Value)),
};

/** The one that an account has in each region. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeDhcpOptions.html */
export function describeDhcpOptions({ database }: Ec2Deps): Ec2Handler<'DescribeDhcpOptions'> {
  const networks = new Networks(database);
  return describing<'DescribeDhcpOptions'>((input, scope) => {
    const { items, next } = chooseFew(input, {
      items: networks.all(dhcpOptions, scope),
      kind: 'dhcpOptions',
      ids: input.DhcpOptionsIds,
      idOf: ({ id }) => id,
      fields,
    });
    const shown = items.map((options) => ({
      DhcpOptionsId: options.id,
      OwnerId: options.account,
      DhcpConfigurations: configurations(options),
      Tags: tagList(options),
    }));
    return { DhcpOptions: shown, ...next };
  });
}

function configurations({ domainName }: DhcpOptionsRecord): DhcpConfiguration[] {
  return [
    { Key: 'domain-name', Values: [{ Value: domainName }] },
    { Key: 'domain-name-servers', Values: [{ Value: 'AmazonProvidedDNS' }] },
  ];
}
