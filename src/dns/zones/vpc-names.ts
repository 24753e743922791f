import type { NameVpc } from '../../names-protocol/index.ts';
import { privateNames, type Names } from '../names.ts';
import { inCidr } from './in-cidr.ts';

/** Of default VPCs, which are in every account and region. */
const defaultCidr = '172.31.0.0/16';

/**
 * `ip-10-0-0-5.ec2.internal` for the addresses of all VPCs, and backwards. Who asks from a VPC without DNS support is not answered at all. Where VPCs have
 * the same addresses, one that is answered is enough.
 * https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html
 */
export function vpcNames(known: { readonly vpcs: Iterable<NameVpc> }): Names {
  const covering = (address: string): readonly NameVpc[] =>
    [...known.vpcs].filter(({ cidrs }) => cidrs.some((cidr) => inCidr(address, cidr)));
  const isDefault = (address: string): boolean => inCidr(address, defaultCidr);
  const names = privateNames(
    (address) => isDefault(address) || covering(address).some(({ answers }) => answers),
    (address) => (isDefault(address) ? undefined : covering(address)[0]?.region),
  );
  return {
    ...names,
    answers({ kind, address }) {
      if (kind === 'host' || isDefault(address)) return true;
      const vpcs = covering(address);
      return vpcs.length === 0 || vpcs.some(({ answers }) => answers);
    },
  };
}
