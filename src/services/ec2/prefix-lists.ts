import type { PrefixListRecord } from './records/prefix-list.ts';
import { stableId } from './stable-id.ts';
import { standInAddress } from './stand-in.ts';

/**
 * A prefix list that AWS keeps, of a service that gateway endpoints lead to: the same for every account, and nobody's to change.
 * https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html
 */
export type AwsPrefixList = Omit<PrefixListRecord, 'account'> & { readonly account: 'AWS' };

const services = ['s3', 'dynamodb'];

/** Each counts as one rule; the service stands at one address, and so has one entry. */
export function awsPrefixLists(region: string): readonly AwsPrefixList[] {
  return services.map((service) => ({
    account: 'AWS',
    region,
    id: stableId('pl', region, service),
    name: `com.amazonaws.${region}.${service}`,
    addressFamily: 'IPv4',
    maxEntries: 1,
    version: 1,
    entries: [{ cidr: `${standInAddress(`${service}.${region}.amazonaws.com`)}/32` }],
    isModified: false,
    tags: {},
  }));
}

/** Undefined: AWS keeps no such list. */
export function awsPrefixList(region: string, id: string): AwsPrefixList | undefined {
  return awsPrefixLists(region).find((list) => list.id === id);
}
