import type { Database } from '../../../store/index.ts';
import { publicBlock } from '../../../network-protocol/index.ts';
import { contains, formatAddress, parseAddress } from '../addresses.ts';
import { everywhere } from '../default-network.ts';
import { invalidParameterValue, notFound } from '../errors.ts';
import { Networks } from '../networks.ts';
import type { PlacedOn } from '../ports.ts';
import { groupRule, interfacePolicy, subnetPolicy, vpcPolicy } from '../policies.ts';
import { addresses, addressKey } from '../records/address.ts';
import { networkInterfaceKey, networkInterfaces, type NetworkInterfaceRecord } from '../records/network-interface.ts';
import { elasticIps } from '../records/elastic-ip.ts';
import { publicAddressKey, publicAddressRows } from '../records/public-address.ts';
import type { Scope } from '../records/scope.ts';
import { securityGroups, type SecurityGroupRule } from '../records/security-group.ts';
import { subnets } from '../records/subnet.ts';
import { routeTableOf } from '../way-out.ts';
import type { End, GroupOfEnd, InterfaceEnd, RuleOfGroup, WayOut } from './ends.ts';

/** The machine that an address of a VPC is on, as far as it is known. */
export type MachineOf = (vpcId: string, address: string) => PlacedOn | undefined;

/**
 * The end that a text names: an interface, an address, or `internet`.
 * @throws InvalidParameterValue, InvalidNetworkInterfaceID.NotFound
 */
export function readEnd(database: Database, scope: Scope, text: string, machineOf?: MachineOf): End {
  if (text === 'internet') return { kind: 'outside', name: 'the Internet', cidr: everywhere };
  if (text.startsWith('eni-')) return interfaceEnd(database, scope, text, machineOf);
  if (formatAddress(parseAddress(text)) !== text) {
    throw invalidParameterValue(`'${text}' is not a network interface (eni-…), an IPv4 address, or 'internet'`);
  }
  const owner = database.get(addresses, addressKey(text))?.row;
  if (owner?.account === scope.account && owner.region === scope.region) {
    return interfaceEnd(database, scope, owner.networkInterfaceId, machineOf);
  }
  return (
    publicEnd(database, scope, { address: text, machineOf }) ?? { kind: 'outside', name: text, cidr: `${text}/32` }
  );
}

/** The end behind a public address; undefined: it is outside of what Longshore gives, or of this account and region. */
function publicEnd(
  database: Database,
  scope: Scope,
  { address, machineOf }: { readonly address: string; readonly machineOf: MachineOf | undefined },
): End | undefined {
  if (!contains(publicBlock, `${address}/32`)) return undefined;
  const row = database.get(publicAddressRows, publicAddressKey(address))?.row;
  if (row !== undefined && (row.account !== scope.account || row.region !== scope.region)) return undefined;
  const holder = row?.holder.startsWith('eipalloc-')
    ? database.get(elasticIps, elasticIps.key(scope, row.holder))?.row.association?.networkInterfaceId
    : row?.holder;
  const card =
    holder === undefined ? undefined : database.get(networkInterfaces, networkInterfaceKey(scope, holder))?.row;
  if (card === undefined || card.interfaceType === 'nat_gateway')
    return { kind: 'outside', name: address, cidr: `${address}/32`, nobody: true };
  return { ...interfaceEnd(database, scope, card.id, machineOf), calledAt: address };
}

/** @throws InvalidNetworkInterfaceID.NotFound */
export function interfaceEnd(
  database: Database,
  scope: Scope,
  id: string,
  machineOf: MachineOf = () => undefined,
): InterfaceEnd {
  const networks = new Networks(database);
  const row = database.get(networkInterfaces, networkInterfaceKey(scope, id))?.row;
  const policy = row && interfacePolicy(networks, row);
  const subnet = row && subnetPolicy(networks, row, row.subnetId);
  const vpc = row && vpcPolicy(networks, row, row.vpcId);
  if (row === undefined || policy === undefined || subnet === undefined || vpc === undefined) {
    throw notFound('networkInterface', id);
  }
  return {
    kind: 'interface',
    id,
    address: row.privateIpAddress,
    machine: machineOf(row.vpcId, row.privateIpAddress),
    vpc,
    subnet,
    groups: row.securityGroupIds.map((group) => groupOfEnd(networks, scope, group)),
    wayOut: wayOutOf(networks, row, policy.wayOut),
    seenAs: policy.publicAddress,
  };
}

function groupOfEnd(networks: Networks, scope: Scope, id: string): GroupOfEnd {
  const group = networks.get(securityGroups, scope, id);
  const rules = (group?.rules ?? []).flatMap((rule) => ruleOfGroup(networks, scope, rule) ?? []);
  return { id, name: group?.name ?? 'gone', rules };
}

function ruleOfGroup(networks: Networks, scope: Scope, rule: SecurityGroupRule): RuleOfGroup | undefined {
  const policy = groupRule(networks, scope, rule);
  if (policy === undefined) return undefined;
  const { peer, ...traffic } = policy;
  const name = Object.values(rule.peer).join(' ');
  return {
    id: rule.id,
    isEgress: rule.isEgress,
    traffic,
    peer: 'group' in peer ? peer : { cidrs: peer.cidrs, name },
  };
}

function wayOutOf(networks: Networks, row: NetworkInterfaceRecord, kind: 'internet' | 'nat' | 'none'): WayOut {
  const subnet = networks.get(subnets, row, row.subnetId);
  const table = subnet && routeTableOf(networks, subnet);
  if (table === undefined) return { kind: 'none', because: `${row.subnetId} has no route table` };
  const target = table.routes.find(({ destination }) => destination === everywhere)?.target;
  const [targetId = 'nothing'] = target === undefined ? [] : Object.values(target);
  if (kind !== 'none') return { kind, by: `the route of ${table.id} to ${targetId}` };
  if (target === undefined) return { kind, because: `${table.id} has no route to ${everywhere}` };
  if ('internetGatewayId' in target && row.publicIp === undefined) {
    return {
      kind,
      because: `the internet gateway ${targetId} of ${table.id} serves public addresses only, and ${row.id} has none`,
    };
  }
  return { kind, because: `the route of ${table.id} to ${targetId} leads nowhere outside` };
}
