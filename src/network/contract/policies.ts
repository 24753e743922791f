import type { GroupPolicy, GroupRule, InterfacePolicy } from '../../network-protocol/index.ts';
import { noChange, type PolicyChange } from '../policy/picture.ts';

export const testVpc = { id: 'vpc-0c0ffee', cidrs: ['10.213.0.0/16'] };
export const testSubnet = subnet('subnet-0c0ffee', '10.213.0.0/24');

/** A subnet whose ACL lets everything pass. */
export function subnet(id: string, cidr: string): PolicyChange['subnets'][number] {
  const all = [{ allow: true, protocol: 'all', cidr: '0.0.0.0/0' }] as const;
  return { id, vpcId: testVpc.id, cidr, ingress: all, egress: all };
}

export function interfacePolicy(
  id: string,
  address: string,
  groups: readonly string[],
  more: Partial<InterfacePolicy> = {},
): InterfacePolicy {
  return { id, address, vpcId: testVpc.id, subnetId: testSubnet.id, groups, wayOut: 'none', ...more };
}

export function group(
  id: string,
  ingress: readonly GroupRule[],
  egress: readonly GroupRule[] = [allowed],
): GroupPolicy {
  return { id, vpcId: testVpc.id, ingress, egress };
}

/** Everything, from and to everywhere. */
export const allowed: GroupRule = { protocol: 'all', peer: { cidrs: ['0.0.0.0/0'] } };

export function tcp(port: number, peer: GroupRule['peer'] = { cidrs: ['0.0.0.0/0'] }): GroupRule {
  return { protocol: 6, ports: { from: port, to: port }, peer };
}

/** Everything may pass to and from these. */
export function openTo(
  interfaces: readonly { readonly id: string; readonly address: string }[],
  more: Partial<InterfacePolicy> = {},
): PolicyChange {
  return {
    ...noChange,
    interfaces: interfaces.map(({ id, address }) => interfacePolicy(id, address, ['sg-0c0ffee'], more)),
    groups: [group('sg-0c0ffee', [allowed])],
    subnets: [testSubnet],
    vpcs: [testVpc],
  };
}
