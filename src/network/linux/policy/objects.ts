import { inwardAddress, type GroupPolicy, type SubnetPolicy } from '../../../network-protocol/index.ts';
import type { Picture, PicturedInterface } from '../../index.ts';
import { widest } from '../prefixes.ts';
import { aclRule, groupRule, letsAllPass, memberSet, ruleForThisMachine, type Side } from './rule-text.ts';

/** What in the table comes from one thing of the picture. */
export interface Objects {
  /** Rules by chain. */
  readonly chains: ReadonlyMap<string, readonly string[]>;
  /** Sets of its own, with their elements. */
  readonly sets: ReadonlyMap<string, ReadonlySet<string>>;
  /** Its elements in sets and maps that are always there: what stands behind the key, '' in a set. */
  readonly elements: ReadonlyMap<SharedSet, ReadonlyMap<string, string>>;
}

export type SharedSet = 'to' | 'from' | 'acl_to' | 'acl_from' | 'stay' | 'inside' | 'public_in' | 'public_out';

/** Something of the picture that objects come from. */
export type Key = `${'interface' | 'group' | 'members' | 'subnet'}/${string}` | 'vpcs';

/** How interfaces are wired that are addresses of this machine itself: a load balancer's nodes, not tasks. */
export interface OnMachine {
  /** Further addresses that belong to an interface. */
  aliases(interfaceId: string): readonly string[];
}

const none: Objects = { chains: new Map(), sets: new Map(), elements: new Map() };

export function objectsOf(picture: Picture, key: Key, onMachine: OnMachine | undefined): Objects {
  if (key === 'vpcs') return vpcObjects(picture);
  const [kind, id = ''] = key.split('/');
  switch (kind) {
    case 'interface': {
      const found = picture.interfaces.get(id);
      return found === undefined ? none : interfaceObjects(picture, found, onMachine);
    }
    case 'group': {
      const found = picture.groups.get(id);
      return found === undefined ? none : groupObjects(picture, found, onMachine !== undefined);
    }
    case 'members': {
      const addresses = picture.members.get(id);
      return addresses === undefined ? none : { ...none, sets: new Map([[memberSet(id), addresses]]) };
    }
    default: {
      const found = picture.subnets.get(id);
      return found === undefined ? none : subnetObjects(found);
    }
  }
}

/** Keys of everything in a picture. */
export function keysOf(picture: Picture): readonly Key[] {
  return [
    ...[...picture.groups.keys()].map((id): Key => `group/${id}`),
    ...[...picture.members.keys()].map((id): Key => `members/${id}`),
    ...[...picture.subnets.keys()].map((id): Key => `subnet/${id}`),
    ...[...picture.interfaces.keys()].map((id): Key => `interface/${id}`),
    'vpcs',
  ];
}

function interfaceObjects(picture: Picture, one: PicturedInterface, onMachine: OnMachine | undefined): Objects {
  const { id, address, wayOut } = one;
  // Another interface has its address now: nothing of this one is in force.
  if (picture.holders.get(address) !== id) return none;
  const elements = new Map<SharedSet, Map<string, string>>();
  const put = (set: SharedSet, key: string, value: string): void => {
    const known = elements.get(set);
    if (known === undefined) elements.set(set, new Map([[key, value]]));
    else known.set(key, value);
  };
  const groups = one.groups.filter((group) => picture.groups.has(group));
  const chains = new Map<string, readonly string[]>();
  // Who calls an address of the machine from the machine has that address too, and is not the one that it belongs to.
  const here = onMachine === undefined ? [] : [`ip saddr ${address} goto here_${id}`];
  const toItself = onMachine === undefined ? [] : [`ip daddr ${address} accept`];
  if (onMachine !== undefined) chains.set(`here_${id}`, [...groups.map((group) => `jump here_${group}`), 'drop']);
  chains.set(`to_${id}`, [...here, ...groups.map((group) => `jump in_${group}`), 'drop']);
  chains.set(`from_${id}`, [...toItself, ...groups.map((group) => `jump out_${group}`), 'drop']);
  for (const own of [address, ...(onMachine?.aliases(id) ?? [])]) put('to', own, `goto to_${id}`);
  put('from', address, `goto from_${id}`);
  const subnet = picture.subnets.get(one.subnetId);
  if (subnet !== undefined && !letsAllPass(subnet.ingress)) put('acl_to', address, `jump acl_in_${subnet.id}`);
  if (subnet !== undefined && !letsAllPass(subnet.egress)) put('acl_from', address, `jump acl_out_${subnet.id}`);
  if (onMachine !== undefined) return { chains, sets: new Map(), elements };
  if (wayOut === 'none') put('stay', address, '');
  const inward = inwardAddress(one);
  // Another interface may have its public address now.
  if (inward !== undefined && picture.publicHolders.get(inward) === id) put('public_in', inward, address);
  if (one.publicAddress !== undefined) put('public_out', address, one.publicAddress);
  return { chains, sets: new Map(), elements };
}

function groupObjects(picture: Picture, { id, ingress, egress }: GroupPolicy, local: boolean): Objects {
  const hasMembers = (group: string): boolean => picture.members.has(group);
  const rules = (of: GroupPolicy['ingress'], side: Side): readonly string[] =>
    of.flatMap((rule) => groupRule(rule, side, hasMembers) ?? []);
  const chains = new Map([
    [`in_${id}`, rules(ingress, 'saddr')],
    [`out_${id}`, rules(egress, 'daddr')],
  ]);
  if (local)
    chains.set(
      `here_${id}`,
      ingress.flatMap((rule) => ruleForThisMachine(rule) ?? []),
    );
  return { ...none, chains };
}

/** Packets within a subnet do not meet its ACL. */
function subnetObjects({ id, cidr, ingress, egress }: SubnetPolicy): Objects {
  return {
    ...none,
    chains: new Map([
      [`acl_in_${id}`, [`ip saddr ${cidr} return`, ...ingress.map((entry) => aclRule(entry, 'saddr')), 'drop']],
      [`acl_out_${id}`, [`ip daddr ${cidr} return`, ...egress.map((entry) => aclRule(entry, 'daddr')), 'drop']],
    ]),
  };
}

function vpcObjects({ vpcs }: Picture): Objects {
  const inside = widest([...vpcs.values()].flatMap(({ cidrs }) => cidrs));
  return { ...none, elements: new Map([['inside', new Map(inside.map((cidr) => [cidr, '']))]]) };
}
