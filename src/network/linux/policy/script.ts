import { inwardAddress, publicBlock } from '../../../network-protocol/index.ts';
import type { Picture, PolicyChange } from '../../index.ts';
import { interfacePrefix, localServices } from '../names.ts';
import { keysOf, objectsOf, type Key, type Objects, type OnMachine, type SharedSet } from './objects.ts';
import { letsAllPass } from './rule-text.ts';

/** Whose table it is, and what is in it. */
export interface PolicyTable {
  /** Without its family. */
  readonly name: string;
  readonly onMachine?: OnMachine | undefined;
}

const sharedSets: Readonly<Record<SharedSet, string>> = {
  to: 'map %s { type ipv4_addr : verdict; }',
  from: 'map %s { type ipv4_addr : verdict; }',
  acl_to: 'map %s { type ipv4_addr : verdict; }',
  acl_from: 'map %s { type ipv4_addr : verdict; }',
  stay: 'set %s { type ipv4_addr; }',
  inside: 'set %s { type ipv4_addr; flags interval; }',
  public_in: 'map %s { type ipv4_addr : ipv4_addr; }',
  public_out: 'map %s { type ipv4_addr : ipv4_addr; }',
};

const services = `{ ${localServices.join(', ')} }`;
/** What a kernel answers for a packet that it cannot deliver: it belongs to that packet, also when that one was never tracked. */
const unreachable = 'icmp type { destination-unreachable, time-exceeded, parameter-problem } accept';

/** Who sends from an address of a VPC is a task of this machine, or comes by the way that leads to that address: from the machine that it is on. */
const origin = `iifname != "lo" iifname != "${interfacePrefix}*" ip saddr @inside fib saddr . iif oif missing drop`;

/** Who has no way out sends to the VPC only. */
const stay = 'ip saddr @stay ip daddr != @inside drop';

/**
 * A connection by public address, with its answers. Each end is judged where a packet has the addresses that this end sees, as on AWS: whoever sends before
 * the public address is translated, whoever receives after that. In between, both are private ones, and nobody asks.
 */
const byPublicAddress = `ct status dnat ct original ip daddr ${publicBlock} accept`;

const publicBases: typeof bases = [
  [
    'public_from',
    'filter hook prerouting priority -150',
    [`ip daddr != ${publicBlock} accept`, stay, ...checks('from')],
  ],
  ['public_in', 'nat hook prerouting priority -110', ['dnat ip to ip daddr map @public_in']],
  ['public_here', 'nat hook output priority -110', ['dnat ip to ip daddr map @public_in']],
  [
    'public_out',
    'nat hook postrouting priority 85',
    [`ct status dnat ct original ip daddr ${publicBlock} snat ip to ip saddr map @public_out`],
  ],
  ['public_to', 'filter hook postrouting priority 110', [`ip saddr != ${publicBlock} accept`, ...checks('to')]],
];

/**
 * By hook, for packets that leave an interface (`from`) and that reach one (`to`), because `accept` ends one base chain only: tasks among
 * each other and the world (forward), tasks and clients on the machine to the machine's own addresses (input), the machine to tasks (output).
 */
const bases: readonly (readonly [name: string, spec: string, rules: readonly string[]])[] = [
  ['origin', 'filter hook prerouting priority -289', [origin]],
  ['forward_from', 'filter hook forward priority -9', [byPublicAddress, stay, ...checks('from')]],
  ['forward_to', 'filter hook forward priority -8', [byPublicAddress, ...checks('to')]],
  ['input_from', 'filter hook input priority -9', [`ip daddr ${services} accept`, byPublicAddress, ...checks('from')]],
  ['input_to', 'filter hook input priority -8', checks('to')],
  ['output_from', 'filter hook output priority -9', checks('from')],
  [
    'output_to',
    'filter hook output priority -8',
    [byPublicAddress, `ip saddr ${services} accept`, unreachable, ...checks('to')],
  ],
  ...publicBases,
];

/** The ACL knows nothing of connections and comes first; groups are asked for what begins one. */
function checks(direction: 'to' | 'from'): readonly string[] {
  const field = direction === 'to' ? 'daddr' : 'saddr';
  return [
    `ip ${field} vmap @acl_${direction}`,
    'ct state established,related accept',
    `ip ${field} vmap @${direction}`,
  ];
}

/** The whole table anew, whatever was in it: one transaction. */
export function freshCommands(table: PolicyTable, picture: Picture): readonly string[] {
  const name = `inet ${table.name}`;
  const after = merged(keysOf(picture).map((key) => objectsOf(picture, key, table.onMachine)));
  return [
    ...deleteCommands(table.name),
    `add table ${name}`,
    ...Object.entries(sharedSets).map(([set, spec]) => `add ${spec.replace('%s', `${name} ${set}`)}`),
    ...bases.map(([chain, spec]) => `add chain ${name} ${chain} { type ${spec}; policy accept; }`),
    ...differences(name, merged([]), after),
    ...bases.flatMap(([chain, , rules]) => rules.map((rule) => `add rule ${name} ${chain} ${rule}`)),
  ];
}

export function deleteCommands(name: string): readonly string[] {
  return [`add table inet ${name}`, `delete table inet ${name}`];
}

/** What makes the table of one picture that of the next: one transaction that costs what changed, not what there is. */
export function changeCommands(
  table: PolicyTable,
  pictures: { readonly before: Picture; readonly after: Picture },
  keys: Iterable<Key>,
): readonly string[] {
  const touched = [...new Set(keys)];
  const of = (picture: Picture): Objects => merged(touched.map((key) => objectsOf(picture, key, table.onMachine)));
  return differences(`inet ${table.name}`, of(pictures.before), of(pictures.after));
}

/** What a change touches: the things it names, and those that depend on whether they are there. */
export function touchedBy(
  change: PolicyChange,
  { before, after }: { readonly before: Picture; readonly after: Picture },
): readonly Key[] {
  const groups = [...change.groups.map(({ id }) => id), ...change.removedGroups];
  const members = [...groups, ...[...change.members, ...change.memberChanges].map(({ group }) => group)];
  const subnets = [...change.subnets.map(({ id }) => id), ...change.removedSubnets];
  const comesOrGoes = (of: 'groups' | 'members', id: string): boolean => before[of].has(id) !== after[of].has(id);
  const newGroups = new Set(groups.filter((id) => comesOrGoes('groups', id)));
  const newMembers = new Set(members.filter((id) => comesOrGoes('members', id)));
  const newAcls = new Set(subnets.filter((id) => asks(before, id) !== asks(after, id)));
  const interfaces = [...change.interfaces.map(({ id }) => id), ...change.removedInterfaces];
  return [
    ...[...interfaces, ...displaced(change, before)].map((id): Key => `interface/${id}`),
    ...groups.map((id): Key => `group/${id}`),
    ...members.map((id): Key => `members/${id}`),
    ...subnets.map((id): Key => `subnet/${id}`),
    ...(change.vpcs.length + change.removedVpcs.length > 0 ? (['vpcs'] as const) : []),
    ...dependents(after, { newGroups, newMembers, newAcls }),
  ];
}

/** Interfaces whose address, or public address, another one has from now on. */
function displaced({ interfaces }: PolicyChange, before: Picture): readonly string[] {
  return interfaces.flatMap((one) =>
    [before.holders.get(one.address), before.publicHolders.get(inwardAddress(one) ?? '')].filter(
      (holder) => holder !== undefined && holder !== one.id,
    ),
  ) as string[];
}

function asks({ subnets }: Picture, id: string): string {
  const found = subnets.get(id);
  return found === undefined ? '' : `${letsAllPass(found.ingress)} ${letsAllPass(found.egress)}`;
}

function dependents(
  picture: Picture,
  changed: {
    readonly newGroups: ReadonlySet<string>;
    readonly newMembers: ReadonlySet<string>;
    readonly newAcls: ReadonlySet<string>;
  },
): readonly Key[] {
  const { newGroups, newMembers, newAcls } = changed;
  const found: Key[] = [];
  if (newGroups.size + newAcls.size > 0)
    for (const { id, groups, subnetId } of picture.interfaces.values())
      if (newAcls.has(subnetId) || groups.some((group) => newGroups.has(group))) found.push(`interface/${id}`);
  if (newMembers.size > 0)
    for (const { id, ingress, egress } of picture.groups.values())
      if ([...ingress, ...egress].some(({ peer }) => 'group' in peer && newMembers.has(peer.group)))
        found.push(`group/${id}`);
  return found;
}

function merged(parts: readonly Objects[]): Objects {
  const elements = new Map<SharedSet, Map<string, string>>();
  for (const part of parts)
    for (const [set, own] of part.elements) {
      const known = elements.get(set) ?? new Map<string, string>();
      for (const [key, value] of own) known.set(key, value);
      elements.set(set, known);
    }
  return {
    chains: new Map(parts.flatMap(({ chains }) => [...chains])),
    sets: new Map(parts.flatMap(({ sets }) => [...sets])),
    elements,
  };
}

/** In an order that the kernel takes: what is referred to before who refers to it, and the other way round where things go. */
function differences(table: string, before: Objects, after: Objects): readonly string[] {
  const newSets = [...after.sets.keys()].filter((set) => !before.sets.has(set));
  const goneSets = [...before.sets.keys()].filter((set) => !after.sets.has(set));
  const newChains = [...after.chains.keys()].filter((chain) => !before.chains.has(chain));
  const goneChains = [...before.chains.keys()].filter((chain) => !after.chains.has(chain));
  const changed = [...after.chains].filter(([chain, rules]) => !same(before.chains.get(chain) ?? [], rules));
  const elements = elementChanges(table, before, after);
  return [
    ...newSets.map((set) => `add set ${table} ${set} { type ipv4_addr; }`),
    ...newChains.map((chain) => `add chain ${table} ${chain}`),
    ...elements.gone,
    ...changed.filter(([chain]) => before.chains.has(chain)).map(([chain]) => `flush chain ${table} ${chain}`),
    ...changed.flatMap(([chain, rules]) => rules.map((rule) => `add rule ${table} ${chain} ${rule}`)),
    ...elements.added,
    ...goneChains.map((chain) => `flush chain ${table} ${chain}`),
    ...goneChains.map((chain) => `delete chain ${table} ${chain}`),
    ...goneSets.map((set) => `delete set ${table} ${set}`),
  ];
}

function elementChanges(
  table: string,
  before: Objects,
  after: Objects,
): { readonly gone: readonly string[]; readonly added: readonly string[] } {
  const gone: string[] = [];
  const added: string[] = [];
  const say = (to: string[], verb: string, set: string, elements: readonly string[]): void => {
    if (elements.length > 0) to.push(`${verb} element ${table} ${set} { ${elements.join(', ')} }`);
  };
  for (const [set, addresses] of after.sets) {
    const known = before.sets.get(set);
    say(gone, 'delete', set, known === undefined ? [] : [...known].filter((address) => !addresses.has(address)));
    say(
      added,
      'add',
      set,
      [...addresses].filter((address) => known?.has(address) !== true),
    );
  }
  for (const set of new Set([...before.elements.keys(), ...after.elements.keys()])) {
    const [was, is] = [before.elements.get(set) ?? new Map(), after.elements.get(set) ?? new Map()];
    say(
      gone,
      'delete',
      set,
      [...was].filter(([key, value]) => is.get(key) !== value).map(([key]) => key),
    );
    const fresh = [...is].filter(([key, value]) => was.get(key) !== value);
    say(
      added,
      'add',
      set,
      fresh.map(([key, value]) => (value === '' ? key : `${key} : ${value}`)),
    );
  }
  return { gone, added };
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((rule, index) => rule === b[index]);
}
