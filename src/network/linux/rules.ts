import { publicAddressOfMachine, publicBlock } from '../../network-protocol/index.ts';
import { interfaceName, interfacePrefix, localServices } from './names.ts';
import type { InterfaceRecord } from './names.ts';
import { networksOf } from './prefixes.ts';

/** The one table of rules on a machine, shared by its agents. */
export const table = 'inet longshore';
/** Connections to a public address of a task, with their answers. */
const byPublicAddress = `ct status dnat ct original ip daddr ${publicBlock}`;
const tasks = `"${interfacePrefix}*"`;
/** Interfaces of the engine's own bridges, whose containers are tasks too (network mode `bridge`). */
const bridges = ['docker0', 'br-*', 'podman*', 'cni-podman*'];

const sets = [
  ['task_sources', 'type ifname . ipv4_addr;'],
  ['vpc', 'type ipv4_addr; flags interval;'],
  ['same_vpc', 'type ipv4_addr . ipv4_addr; flags interval;'],
] as const;

/**
 * The table, for `nft -f`: sets are kept as they are, rules written anew, in one transaction.
 *
 * - `task_sources`: which address may come from which interface
 * - `same_vpc`: pairs of prefixes that belong together; `vpc`: all prefixes
 *
 * An `accept` ends only its own base chain, so leaving a task (`egress`) and reaching one (`ingress`) are chains of their own. What it lets
 * pass, security groups, network ACLs and ways out may still drop: they are each agent's own table (`policy/`).
 */
export function tableScript(): string {
  const bases = [
    ['sources', 'type filter hook prerouting priority -290; policy accept;'],
    ['input', 'type filter hook input priority -10; policy accept;'],
    ['egress', 'type filter hook forward priority -10; policy accept;'],
    ['ingress', 'type filter hook forward priority -5; policy accept;'],
    ['leaving', 'type nat hook postrouting priority 90; policy accept;'],
  ];
  const chains = ['local_services', 'task_egress', 'task_ingress'];
  return lines([
    `add table ${table}`,
    ...sets.map(([name, spec]) => `add set ${table} ${name} { ${spec} }`),
    ...bases.map(([name, spec]) => `add chain ${table} ${name} { ${spec} }`),
    ...chains.map((name) => `add chain ${table} ${name}`),
    ...[...bases.map(([name]) => name), ...chains].map((name) => `flush chain ${table} ${name}`),
    ...rules().map(([chain, rule]) => `add rule ${table} ${chain} ${rule}`),
  ]);
}

function rules(): readonly (readonly [chain: string, rule: string])[] {
  const fromBridges = (verdict: string) => bridges.map((name) => `iifname "${name}" ${verdict}`);
  return [
    // A task sends as itself or not at all; it has no IPv6.
    ['sources', `iifname ${tasks} meta nfproto ipv6 drop`],
    ['sources', `iifname ${tasks} iifname . ip saddr != @task_sources drop`],
    // Linux answers for the addresses of lo on every interface: these are for tasks and this machine only.
    ['input', `ip daddr { ${localServices.join(', ')} } jump local_services`],
    ['local_services', 'iifname "lo" return'],
    ['local_services', `iifname ${tasks} return`],
    ...fromBridges('return').map((rule) => ['local_services', rule] as const),
    ['local_services', 'drop'],
    // A public address that no interface of this machine has.
    ['egress', `oifname "lo" ip daddr ${publicBlock} drop`],
    ['egress', 'ct state established,related accept'],
    ['egress', `iifname ${tasks} jump task_egress`],
    // By public address to whichever VPC; each owner's own table says who has one, and who may.
    ['task_egress', `${byPublicAddress} accept`],
    ['task_egress', 'ip saddr . ip daddr @same_vpc accept'],
    ['task_egress', 'ip daddr @vpc drop'],
    ['ingress', 'ct state established,related accept'],
    ['ingress', `oifname ${tasks} jump task_ingress`],
    ['task_ingress', `iifname ${tasks} accept`],
    ...fromBridges('accept').map((rule) => ['task_ingress', rule] as const),
    // From tasks on other machines, if they come the way that leads there, which each owner's own table sees to.
    ['task_ingress', 'ip saddr . ip daddr @same_vpc accept'],
    ['task_ingress', 'drop'],
    // The machine itself, and containers on the engine's bridges.
    ['leaving', `${byPublicAddress} fib saddr type local snat ip to ${publicAddressOfMachine}`],
    ['leaving', `${byPublicAddress} ip saddr != @vpc snat ip to ${publicAddressOfMachine}`],
    // Whoever got through task_egress may leave, behind this machine's address.
    ['leaving', 'ip saddr @vpc ip daddr != @vpc masquerade'],
  ];
}

/** What an interface adds to the sets; adding it again changes nothing. Fails where its VPC and that of another overlap in part. */
export function addScript(record: InterfaceRecord): string {
  return lines([...networkElements([record.vpcPrefixes]), ...ownElements(record)].map((element) => `add ${element}`));
}

/** Makes the sets what the interfaces of this machine need, in one transaction, whatever is in them. */
export function setsScript(records: readonly InterfaceRecord[]): string {
  const networks = networksOf(records.map((record) => record.vpcPrefixes));
  return lines([
    ...sets.map(([name]) => `flush set ${table} ${name}`),
    ...[...networkElements(networks), ...records.flatMap(ownElements)].map((element) => `add ${element}`),
  ]);
}

/** Takes an interface's own elements out; adding first makes it no error that they are gone. */
export function removeScript(record: Pick<InterfaceRecord, 'id' | 'address'>): string {
  const elements = ownElements(record);
  return lines([...elements.map((element) => `add ${element}`), ...elements.map((element) => `delete ${element}`)]);
}

export function deleteTableScript(): string {
  return lines([`add table ${table}`, `delete table ${table}`]);
}

function networkElements(networks: readonly (readonly string[])[]): readonly string[] {
  return networks.flatMap((prefixes) => {
    const pairs = prefixes.flatMap((from) => prefixes.map((to) => `${from} . ${to}`));
    return [`element ${table} vpc { ${prefixes.join(', ')} }`, `element ${table} same_vpc { ${pairs.join(', ')} }`];
  });
}

function ownElements(record: Pick<InterfaceRecord, 'id' | 'address'>): readonly string[] {
  return [`element ${table} task_sources { "${interfaceName(record.id)}" . ${record.address} }`];
}

function lines(commands: readonly string[]): string {
  return commands.map((command) => `${command}\n`).join('');
}
