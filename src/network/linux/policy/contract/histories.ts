import fc from 'fast-check';
import type { AclEntry, GroupRule, InterfacePolicy } from '../../../../network-protocol/index.ts';
import { interfacePolicy } from '../../../contract/policies.ts';
import { noChange, type PolicyChange } from '../../../index.ts';

/** One thing after another that happens to a machine. */
export type Step = { readonly change: PolicyChange } | { readonly forget: string } | { readonly guard: string };

const ids = fc.integer({ min: 0, max: 5 });
export const interfaceId = (n: number): string => `eni-00000000000000${n}a`;
const groupId = (n: number): string => `sg-${n}`;
/** Fewer than interfaces: an address may come to another one while its first is known still. */
export const addressOf = (n: number): string => `10.213.0.${(n % 4) + 10}`;

const peer = fc.oneof(
  fc.constantFrom(['0.0.0.0/0'], ['10.213.0.0/16', '10.213.0.0/24'], ['192.0.2.7/32']).map((cidrs) => ({ cidrs })),
  ids.map((n) => ({ group: groupId(n) })),
);
const traffic = fc.constantFrom<Omit<GroupRule, 'peer'>[]>(
  { protocol: 'all' },
  { protocol: 6, ports: { from: 80, to: 80 } },
  { protocol: 17, ports: { from: 1000, to: 2000 } },
  { protocol: 1, icmp: { type: 8 } },
  { protocol: 132, ports: { from: 5, to: 6 } },
);
const rule: fc.Arbitrary<GroupRule> = fc.record({ traffic, peer }).map((one) => ({ ...one.traffic, peer: one.peer }));
const rules = fc.array(rule, { maxLength: 3 });
const entries: fc.Arbitrary<readonly AclEntry[]> = fc.array(
  fc
    .record({ allow: fc.boolean(), cidr: fc.constantFrom('0.0.0.0/0', '10.213.1.0/24'), traffic })
    .map((one) => ({ allow: one.allow, cidr: one.cidr, ...one.traffic })),
  { maxLength: 2 },
);
const addresses = fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { maxLength: 4 });
const address = (n: number): string => `10.213.2.${n}`;

const interfaces = fc.uniqueArray(
  fc.record({
    n: ids,
    groups: fc.uniqueArray(ids, { minLength: 1, maxLength: 3 }),
    // Fewer than interfaces, as an Elastic IP goes from one to another; a gateway's is that of several.
    out: fc.constantFrom<Pick<InterfacePolicy, 'wayOut' | 'publicAddress'>[]>(
      { wayOut: 'none' },
      { wayOut: 'nat' },
      { wayOut: 'nat', publicAddress: '198.18.0.9' },
      { wayOut: 'internet', publicAddress: '198.18.0.10' },
      { wayOut: 'internet', publicAddress: '198.19.0.11' },
    ),
    subnet: fc.integer({ min: 0, max: 1 }),
  }),
  { selector: ({ n }) => n, maxLength: 2 },
);
const cidrs = fc.constantFrom(['10.213.0.0/16'], ['10.213.0.0/20'], ['10.214.0.0/16', '10.213.0.0/24'], []);

/** References to what is not there may occur: the enforcer must then let less pass, and never fail. */
export const change: fc.Arbitrary<PolicyChange> = fc
  .record({
    complete: fc.nat({ max: 9 }).map((n) => n === 0),
    interfaces,
    removed: fc.uniqueArray(ids, { maxLength: 1 }),
    groups: fc.uniqueArray(fc.record({ n: ids, ingress: rules, egress: rules }), {
      selector: ({ n }) => n,
      maxLength: 2,
    }),
    members: fc.uniqueArray(fc.record({ n: ids, addresses }), { selector: ({ n }) => n, maxLength: 1 }),
    moves: fc.uniqueArray(fc.record({ n: ids, added: addresses, removed: addresses }), {
      selector: ({ n }) => n,
      maxLength: 2,
    }),
    removedGroups: fc.uniqueArray(ids, { maxLength: 1 }),
    subnets: fc.uniqueArray(fc.record({ n: fc.integer({ min: 0, max: 1 }), ingress: entries, egress: entries }), {
      selector: ({ n }) => n,
      maxLength: 1,
    }),
    vpcs: fc.array(cidrs, { maxLength: 1 }),
  })
  .map((made) => ({
    ...noChange,
    complete: made.complete,
    interfaces: made.interfaces.map(({ n, groups, out, subnet }) =>
      interfacePolicy(interfaceId(n), addressOf(n), groups.map(groupId), { ...out, subnetId: `subnet-${subnet}` }),
    ),
    removedInterfaces: made.removed.map(interfaceId),
    groups: made.groups.map(({ n, ingress, egress }) => ({ id: groupId(n), vpcId: 'vpc-1', ingress, egress })),
    members: made.members.map((one) => ({ group: groupId(one.n), addresses: one.addresses.map(address) })),
    memberChanges: made.moves.map(({ n, added, removed }) => ({
      group: groupId(n),
      added: added.map(address),
      removed: removed.map(address),
    })),
    removedGroups: made.removedGroups.map(groupId),
    subnets: made.subnets.map(({ n, ingress, egress }) => ({
      id: `subnet-${n}`,
      vpcId: 'vpc-1',
      cidr: `10.213.${n}.0/24`,
      ingress,
      egress,
    })),
    vpcs: made.vpcs.map((blocks) => ({ id: 'vpc-1', cidrs: blocks })),
  }));

export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: change.map((one) => ({ change: one })) },
  { weight: 1, arbitrary: ids.map((n) => ({ forget: interfaceId(n) })) },
  { weight: 1, arbitrary: ids.map((n) => ({ guard: interfaceId(n) })) },
);
