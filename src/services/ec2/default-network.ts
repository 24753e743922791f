import type { NetworkTable } from './records/network-table.ts';
import { dhcpOptions, type DhcpOptionsRecord } from './records/dhcp-options.ts';
import { networkAcls, type NetworkAclRecord } from './records/network-acl.ts';
import { internetGateways, type InternetGatewayRecord } from './records/internet-gateway.ts';
import { routeTables, type RouteTableRecord } from './records/route-table.ts';
import { scopeText, type NetworkThing, type Scope } from './records/scope.ts';
import { securityGroups, type SecurityGroupRecord } from './records/security-group.ts';
import { subnets, type SubnetRecord } from './records/subnet.ts';
import { vpcs, type VpcRecord } from './records/vpc.ts';
import { domainOf } from './addresses.ts';
import { regions, zoneId, zoneLetters, zoneName } from './regions.ts';
import { stableId } from './stable-id.ts';

/** What every account has in every region without having made it. */
export interface DefaultNetwork {
  readonly vpc: VpcRecord;
  readonly subnets: readonly SubnetRecord[];
  readonly securityGroup: SecurityGroupRecord;
  readonly routeTable: RouteTableRecord;
  readonly internetGateway: InternetGatewayRecord;
  readonly networkAcl: NetworkAclRecord;
  readonly dhcpOptions: DhcpOptionsRecord;
}

/** The address space of every default VPC. */
export const vpcCidr = '172.31.0.0/16';
const subnetCidrs = ['172.31.0.0/20', '172.31.16.0/20', '172.31.32.0/20'];
export const everywhere = '0.0.0.0/0';

/** The entries of a default network ACL. */
export const passEverything = [false, true].map((isEgress) => ({
  ruleNumber: 100,
  isEgress,
  protocol: '-1',
  allow: true,
  cidr: everywhere,
}));

/** Networks computed last: a dozen ids take longer to make than a task does otherwise. */
const kept = new Map<string, DefaultNetwork>();
const mostKept = 256;

/**
 * The default VPC of an account and region, computed from their names: reading it writes nothing, and its ids are the same after any restart.
 * https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html
 */
export function defaultNetwork(scope: Scope): DefaultNetwork {
  const key = scopeText(scope);
  let network = kept.get(key);
  if (network === undefined) {
    if (kept.size >= mostKept) kept.clear();
    kept.set(key, (network = compute(scope)));
  }
  return network;
}

function compute({ account, region }: Scope): DefaultNetwork {
  const id = (kind: string, ...parts: string[]): string => stableId(kind, account, region, ...parts);
  const vpcId = id('vpc');
  const common = { account, region, tags: {} };
  const groupId = id('sg');
  const internetGatewayId = id('igw');
  const rule = { protocol: '-1', fromPort: -1, toPort: -1, tags: {} };
  return {
    vpc: {
      ...common,
      id: vpcId,
      cidrs: [{ cidr: vpcCidr, associationId: id('vpc-cidr-assoc') }],
      isDefault: true,
      dhcpOptionsId: id('dopt'),
      enableDnsSupport: true,
      enableDnsHostnames: true,
    },
    subnets: zoneLetters.map((letter, index) => ({
      ...common,
      id: id('subnet', letter),
      vpcId,
      cidr: subnetCidrs[index] ?? '',
      availabilityZone: zoneName(region, letter),
      availabilityZoneId: zoneId(region, letter),
      isDefault: true,
      mapPublicIpOnLaunch: true,
      networkAcl: { id: id('acl'), associationId: id('aclassoc', letter) },
    })),
    securityGroup: {
      ...common,
      id: groupId,
      name: 'default',
      description: 'default VPC security group',
      vpcId,
      rules: [
        { ...rule, id: id('sgr', 'ingress'), isEgress: false, peer: { groupId } },
        { ...rule, id: id('sgr', 'egress'), isEgress: true, peer: { cidr: everywhere } },
      ],
    },
    routeTable: {
      ...common,
      id: id('rtb'),
      vpcId,
      associations: [{ id: id('rtbassoc'), main: true }],
      routes: [{ destination: everywhere, target: { internetGatewayId } }],
    },
    internetGateway: { ...common, id: internetGatewayId, vpcId },
    networkAcl: { ...common, id: id('acl'), vpcId, isDefault: true, entries: passEverything },
    dhcpOptions: { ...common, id: id('dopt'), domainName: domainOf(region) },
  };
}

/** A table and the rows that the default network has in it. */
export interface DefaultRows<Row extends NetworkThing = NetworkThing> {
  readonly table: NetworkTable<Row>;
  rows(network: DefaultNetwork): readonly Row[];
}

function defaultRows<Row extends NetworkThing>(
  table: NetworkTable<Row>,
  rows: (network: DefaultNetwork) => readonly Row[],
): DefaultRows<Row> {
  return { table, rows };
}

/** Every table that the default network has rows in. A kind of thing that a new account has needs a line here, and nothing else. */
export const defaultTables = [
  defaultRows(vpcs, ({ vpc }) => [vpc]),
  defaultRows(subnets, (network) => network.subnets),
  defaultRows(securityGroups, ({ securityGroup }) => [securityGroup]),
  defaultRows(routeTables, ({ routeTable }) => [routeTable]),
  defaultRows(internetGateways, ({ internetGateway }) => [internetGateway]),
  defaultRows(networkAcls, ({ networkAcl }) => [networkAcl]),
  defaultRows(dhcpOptions, (network) => [network.dhcpOptions]),
];

/** The regions to list: all that are known, and the one that was asked. */
export function listedRegions(own: string, others: readonly string[]): readonly string[] {
  return [...new Set([...regions, ...others, own])].sort();
}
