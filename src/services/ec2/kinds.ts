import { formatArn, isoTime } from '../../kernel/index.ts';
import type { ApiError } from '../../protocol/api/index.ts';
import { natGatewayNotFound, notFound, type Kind as KindInErrors } from './errors.ts';
import type { NetworkWriter, Networks } from './networks.ts';
import { dhcpOptions } from './records/dhcp-options.ts';
import { elasticIps } from './records/elastic-ip.ts';
import { internetGateways } from './records/internet-gateway.ts';
import { natGateways } from './records/nat-gateway.ts';
import { networkAcls } from './records/network-acl.ts';
import { networkInterfaces } from './records/network-interface.ts';
import type { ScopedTable } from './records/network-table.ts';
import { prefixLists } from './records/prefix-list.ts';
import { routeTables } from './records/route-table.ts';
import type { NetworkThing, Scope } from './records/scope.ts';
import { securityGroups, type SecurityGroupRecord } from './records/security-group.ts';
import { snapshots } from './records/snapshot.ts';
import { subnets } from './records/subnet.ts';
import { volumes } from './records/volume.ts';
import { vpcEndpoints } from './records/vpc-endpoint.ts';
import { vpcs } from './records/vpc.ts';
import type { ResourceType } from './tags.ts';
import { snapshotNotFound, volumeNotFound } from './volumes/errors.ts';

type Tags = NetworkThing['tags'];

/** A kind of thing that has tags: how its ids begin, what it is called in ARNs and tags, and where it is kept. */
export interface Kind {
  readonly prefix: string;
  readonly type: ResourceType;
  /** Those that may have tags. */
  all(networks: Networks, scope: Scope): readonly { readonly id: string; readonly tags: Tags }[];
  find(networks: Networks, scope: Scope, id: string): Known | undefined;
  /** AWS's error when there is no such thing. */
  missing(id: string): ApiError;
  /** @throws what `missing` makes */
  setTags(writer: NetworkWriter, networks: Networks, change: TagChange): void;
}

/** What policies may ask of a thing that is there. */
export interface Known {
  readonly tags: Tags;
  /** The condition keys of its kind. */
  readonly keys: Readonly<Record<string, string | undefined>>;
}

export interface TagChange {
  readonly scope: Scope;
  readonly id: string;
  change(tags: Tags): Tags;
}

interface KindOptions<Row extends NetworkThing> {
  readonly prefix: string;
  readonly type: ResourceType;
  readonly table: ScopedTable<Row>;
  missing(id: string): ApiError;
  keys(row: Row): Known['keys'];
}

function kind<Row extends NetworkThing>({ prefix, type, table, missing, keys }: KindOptions<Row>): Kind {
  return {
    prefix,
    type,
    missing,
    all: (networks, scope) => networks.all(table, scope),
    find(networks, scope, id) {
      const row = networks.get(table, scope, id);
      return row && { tags: row.tags, keys: { ...keys(row), ...(hasVpc(row) ? vpcKey(row) : {}) } };
    },
    setTags(writer, _networks, { id, change }) {
      const row = writer.get(table, id);
      if (row === undefined) throw missing(id);
      writer.put(table, { ...row, tags: change(row.tags) });
    },
  };
}

function hasVpc(row: NetworkThing): row is NetworkThing & { readonly vpcId: string } {
  return 'vpcId' in row && typeof row.vpcId === 'string' && !row.id.startsWith('igw-');
}

function vpcKey({ account, region, vpcId }: Scope & { readonly vpcId: string }): Known['keys'] {
  return { 'ec2:Vpc': formatArn('ec2', region, account, `vpc/${vpcId}`) };
}

const missing =
  (kindInErrors: KindInErrors): ((id: string) => ApiError) =>
  (id: string) =>
    notFound(kindInErrors, id);

/** Rules live in their group's record. */
const securityGroupRule: Kind = {
  prefix: 'sgr',
  type: 'security-group-rule',
  missing: (id) => notFound('securityGroupRule', id),
  all: (networks, scope) => networks.all(securityGroups, scope).flatMap(({ rules }) => rules),
  find(networks, scope, id) {
    const group = groupOfRule(networks, scope, id);
    const rule = group?.rules.find((each) => each.id === id);
    return group && rule && { tags: rule.tags, keys: {} };
  },
  setTags(writer, networks, { scope, id, change }) {
    const group = writer.get(securityGroups, groupOfRule(networks, scope, id)?.id ?? '');
    if (group === undefined) throw notFound('securityGroupRule', id);
    const rules = group.rules.map((rule) => (rule.id === id ? { ...rule, tags: change(rule.tags) } : rule));
    writer.put(securityGroups, { ...group, rules });
  },
};

function groupOfRule(networks: Networks, scope: Scope, id: string): SecurityGroupRecord | undefined {
  return networks.all(securityGroups, scope).find(({ rules }) => rules.some((rule) => rule.id === id));
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html#amazonec2-resources-for-iam-policies */
export const kinds: readonly Kind[] = [
  kind({
    prefix: 'vpc',
    type: 'vpc',
    table: vpcs,
    missing: missing('vpc'),
    keys: ({ id }) => ({ 'ec2:VpcID': id, 'ec2:Tenancy': 'default' }),
  }),
  kind({
    prefix: 'subnet',
    type: 'subnet',
    table: subnets,
    missing: missing('subnet'),
    keys: ({ id, availabilityZone }) => ({ 'ec2:SubnetID': id, 'ec2:AvailabilityZone': availabilityZone }),
  }),
  kind({
    prefix: 'rtb',
    type: 'route-table',
    table: routeTables,
    missing: missing('routeTable'),
    keys: ({ id }) => ({ 'ec2:RouteTableID': id }),
  }),
  kind({
    prefix: 'igw',
    type: 'internet-gateway',
    table: internetGateways,
    missing: missing('internetGateway'),
    keys: ({ id }) => ({ 'ec2:InternetGatewayID': id }),
  }),
  kind({
    prefix: 'eipalloc',
    type: 'elastic-ip',
    table: elasticIps,
    missing: missing('elasticIp'),
    keys: ({ id, publicIp }) => ({ 'ec2:AllocationId': id, 'ec2:PublicIpAddress': publicIp, 'ec2:Domain': 'vpc' }),
  }),
  kind({ prefix: 'nat', type: 'natgateway', table: natGateways, missing: natGatewayNotFound, keys: () => ({}) }),
  kind({
    prefix: 'acl',
    type: 'network-acl',
    table: networkAcls,
    missing: missing('networkAcl'),
    keys: ({ id }) => ({ 'ec2:NetworkAclID': id }),
  }),
  kind({
    prefix: 'vpce',
    type: 'vpc-endpoint',
    table: vpcEndpoints,
    missing: missing('vpcEndpoint'),
    keys: ({ serviceName }) => ({ 'ec2:VpceServiceName': serviceName, 'ec2:VpceServiceOwner': 'amazon' }),
  }),
  kind({
    prefix: 'dopt',
    type: 'dhcp-options',
    table: dhcpOptions,
    missing: missing('dhcpOptions'),
    keys: ({ id }) => ({ 'ec2:DhcpOptionsID': id }),
  }),
  {
    ...kind({
      prefix: 'eni',
      type: 'network-interface',
      table: networkInterfaces,
      missing: missing('networkInterface'),
      keys: ({ id, account, region, subnetId, availabilityZone }) => ({
        'ec2:NetworkInterfaceID': id,
        'ec2:Subnet': formatArn('ec2', region, account, `subnet/${subnetId}`),
        'ec2:AvailabilityZone': availabilityZone,
      }),
    }),
    all: (networks, scope) => networks.taggedInterfaces(scope),
  },
  kind({
    prefix: 'sg',
    type: 'security-group',
    table: securityGroups,
    missing: missing('securityGroup'),
    keys: ({ id }) => ({ 'ec2:SecurityGroupID': id }),
  }),
  securityGroupRule,
  kind({
    prefix: 'pl',
    type: 'prefix-list',
    table: prefixLists,
    missing: missing('prefixList'),
    keys: () => ({}),
  }),
  kind({
    prefix: 'vol',
    type: 'volume',
    table: volumes,
    missing: volumeNotFound,
    keys: ({ account, region, availabilityZone, iops, throughput, sizeGiB, type, id, snapshotId }) => ({
      'ec2:AvailabilityZone': availabilityZone,
      'ec2:Encrypted': 'false',
      'ec2:VolumeID': id,
      'ec2:VolumeSize': String(sizeGiB),
      'ec2:VolumeType': type,
      ...(iops === undefined ? {} : { 'ec2:VolumeIops': String(iops) }),
      ...(throughput === undefined ? {} : { 'ec2:VolumeThroughput': String(throughput) }),
      ...(snapshotId === undefined
        ? {}
        : { 'ec2:ParentSnapshot': formatArn('ec2', region, account, `snapshot/${snapshotId}`) }),
    }),
  }),
  kind({
    prefix: 'snap',
    type: 'snapshot',
    table: snapshots,
    missing: snapshotNotFound,
    keys: ({ id, account, region, sizeGiB, startedAtMs, volumeId }) => ({
      'ec2:Encrypted': 'false',
      'ec2:Owner': account,
      'ec2:ParentVolume': formatArn('ec2', region, account, `volume/${volumeId}`),
      'ec2:SnapshotID': id,
      'ec2:SnapshotTime': isoTime(startedAtMs),
      'ec2:VolumeSize': String(sizeGiB),
    }),
  }),
];

/** The kind of thing that an id names. */
export function kindOf(id: string): Kind | undefined {
  const prefix = id.slice(0, Math.max(id.indexOf('-'), 0));
  return kinds.find((each) => each.prefix === prefix);
}
