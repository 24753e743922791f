import type { Handler } from '../../../protocol/api/index.ts';
import type { NetworkInterface, Operations } from '../../../protocol/generated/ec2.ts';
import { describing } from '../core.ts';
import type { Ec2Deps } from '../core.ts';
import { publicDnsName } from '../addresses.ts';
import { pageSize } from '../describe.ts';
import { invalidParameterValue, notFound } from '../errors.ts';
import { compileFilters, literalFilter, matchingNothing } from '../filters.ts';
import type { FilterFields } from '../filters.ts';
import { Networks } from '../networks.ts';
import { addresses, addressKey } from '../records/address.ts';
import { networkInterfaceKey, networkInterfaces } from '../records/network-interface.ts';
import type { NetworkInterfaceRecord } from '../records/network-interface.ts';
import { scopeText } from '../records/scope.ts';
import type { Scope } from '../records/scope.ts';
import { securityGroups } from '../records/security-group.ts';
import { subnets } from '../records/subnet.ts';
import { tagList } from '../tags.ts';

type Input = Operations['DescribeNetworkInterfaces']['input'];
type Action = Handler<Input, Operations['DescribeNetworkInterfaces']['output']>;

/** Rows one answer may look at; when fewer pass the filters it ends with a token. */
const maxRowsRead = 5_000;

const addressFields = ['addresses.private-ip-address', 'private-ip-address'] as const;

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInterfaces.html */
export function describeNetworkInterfaces(deps: Ec2Deps): Action {
  return describing<'DescribeNetworkInterfaces'>((input, scope) => {
    const networks = new Networks(deps.database);
    const { rows, next } = choose(deps, input, scope);
    return {
      NetworkInterfaces: rows.map((row) => networkInterfaceShape(networks, row)),
      ...(next === undefined ? {} : { NextToken: next }),
    };
  });
}

interface Chosen {
  readonly rows: readonly NetworkInterfaceRecord[];
  readonly next?: string;
}

function choose(deps: Ec2Deps, input: Input, scope: Scope): Chosen {
  const size = pageSize(input, input.NetworkInterfaceIds);
  const matches = compileFilters(input.Filters, fieldsOf(deps));
  if (input.NetworkInterfaceIds !== undefined && input.NetworkInterfaceIds.length > 0) {
    return { rows: input.NetworkInterfaceIds.map((id) => byId(deps, scope, id)).filter(matches) };
  }
  const address = literalFilter(input.Filters, ...addressFields);
  if (address !== undefined) {
    const owner = deps.database.get(addresses, addressKey(address))?.row;
    const isOwn = owner?.account === scope.account && owner.region === scope.region;
    return { rows: isOwn ? [byId(deps, scope, owner.networkInterfaceId)].filter(matches) : [] };
  }
  return walk(deps, input, { scope, size, matches });
}

function byId({ database }: Ec2Deps, scope: Scope, id: string): NetworkInterfaceRecord {
  const found = database.get(networkInterfaces, networkInterfaceKey(scope, id));
  if (found === undefined) throw notFound('networkInterface', id);
  return found.row;
}

/** Goes through the interfaces of the subnet or group that is asked for, or of the whole account and region. */
function walk(
  { database }: Ec2Deps,
  input: Input,
  { scope, size, matches }: { scope: Scope; size: number; matches: (row: NetworkInterfaceRecord) => boolean },
): Chosen {
  const table = database.table(networkInterfaces);
  const [index, value] = placeToLook(new Networks(database), input, scope);
  const rows: NetworkInterfaceRecord[] = [];
  let after = input.NextToken;
  if (after !== undefined && !/^[\w\-/.:=+]{1,512}$/.test(after))
    throw invalidParameterValue(`The token '${after}' is invalid`);
  for (let read = 0; read < maxRowsRead; read += size) {
    const request = { limit: size - rows.length, ...(after === undefined ? {} : { after }) };
    const page = table.page(index, value, request);
    rows.push(...page.rows.map(({ row }) => row).filter(matches));
    after = page.next;
    if (after === undefined) return { rows };
    if (rows.length >= size) break;
  }
  return after === undefined ? { rows } : { rows, next: after };
}

/** Subnets and groups of others are not looked into. */
function placeToLook(
  networks: Networks,
  { Filters }: Input,
  scope: Scope,
): readonly ['subnet' | 'group' | 'scope', string] {
  const subnetId = literalFilter(Filters, 'subnet-id');
  if (subnetId !== undefined && networks.get(subnets, scope, subnetId) !== undefined) return ['subnet', subnetId];
  const groupId = literalFilter(Filters, 'group-id');
  if (groupId !== undefined && networks.get(securityGroups, scope, groupId) !== undefined) return ['group', groupId];
  return ['scope', scopeText(scope)];
}

function fieldsOf(deps: Ec2Deps): FilterFields<NetworkInterfaceRecord> {
  return {
    'addresses.primary': () => ['true'],
    'addresses.private-ip-address': ({ privateIpAddress }) => [privateIpAddress],
    'attachment.attachment-id': ({ attachmentId }) => [attachmentId],
    'attachment.instance-owner-id': (row) =>
      row.attachmentId === undefined ? [] : [row.instanceOwnerId ?? 'amazon-aws'],
    'association.allocation-id': ({ publicIp }) => [publicIp?.allocationId],
    'association.association-id': ({ publicIp }) => [publicIp?.associationId],
    'association.ip-owner-id': (row) => [ipOwner(row)],
    'association.public-ip': ({ publicIp }) => [publicIp?.address],
    'association.public-dns-name': (row) => [publicName(row)],
    'addresses.association.public-ip': ({ publicIp }) => [publicIp?.address],
    'addresses.association.owner-id': (row) => [ipOwner(row)],
    'attachment.status': ({ attachmentId }) => (attachmentId === undefined ? [] : ['attached']),
    'availability-zone': ({ availabilityZone }) => [availabilityZone],
    description: ({ description }) => [description],
    'group-id': ({ securityGroupIds }) => securityGroupIds,
    'group-name': (row) => groupsOf(new Networks(deps.database), row).map(({ GroupName }) => GroupName),
    'interface-type': ({ interfaceType }) => [interfaceType ?? 'interface'],
    'mac-address': ({ macAddress }) => [macAddress],
    'network-interface-id': ({ id }) => [id],
    'owner-id': ({ account }) => [account],
    'private-dns-name': ({ privateDnsName }) => [privateDnsName],
    'private-ip-address': ({ privateIpAddress }) => [privateIpAddress],
    'requester-managed': ({ requesterManaged }) => [String(requesterManaged)],
    'source-dest-check': ({ sourceDestCheck }) => [String(sourceDestCheck !== false)],
    status: (row) => [statusOf(row)],
    'subnet-id': ({ subnetId }) => [subnetId],
    'vpc-id': ({ vpcId }) => [vpcId],
    ...matchingNothing('attachment.instance-id', 'ipv6-addresses.ipv6-address', 'requester-id'),
  };
}

function groupsOf(
  networks: Networks,
  row: NetworkInterfaceRecord,
): { readonly GroupId: string; readonly GroupName: string }[] {
  return row.securityGroupIds.map((id) => ({
    GroupId: id,
    GroupName: networks.get(securityGroups, row, id)?.name ?? '',
  }));
}

function statusOf({ attachmentId }: NetworkInterfaceRecord): 'in-use' | 'available' {
  return attachmentId === undefined ? 'available' : 'in-use';
}

/** A public address that is no Elastic IP is AWS's own. */
function ipOwner({ publicIp, account }: NetworkInterfaceRecord): string | undefined {
  if (publicIp === undefined) return undefined;
  return publicIp.allocationId === undefined ? 'amazon' : account;
}

function publicName({ publicIp, region }: NetworkInterfaceRecord): string | undefined {
  return publicIp && publicDnsName(publicIp.address, region);
}

function associationOf(row: NetworkInterfaceRecord): NetworkInterface['Association'] {
  const { publicIp } = row;
  if (publicIp === undefined) return undefined;
  return {
    PublicIp: publicIp.address,
    PublicDnsName: publicName(row),
    IpOwnerId: ipOwner(row),
    ...(publicIp.allocationId === undefined ? {} : { AllocationId: publicIp.allocationId }),
    ...(publicIp.associationId === undefined ? {} : { AssociationId: publicIp.associationId }),
  };
}

export function networkInterfaceShape(networks: Networks, row: NetworkInterfaceRecord): NetworkInterface {
  const association = associationOf(row);
  const associated = association === undefined ? {} : { Association: association };
  return {
    NetworkInterfaceId: row.id,
    Description: row.description,
    InterfaceType: typeOnTheWire(row),
    Status: statusOf(row),
    OwnerId: row.account,
    VpcId: row.vpcId,
    SubnetId: row.subnetId,
    AvailabilityZone: row.availabilityZone,
    MacAddress: row.macAddress,
    PrivateIpAddress: row.privateIpAddress,
    PrivateDnsName: row.privateDnsName,
    PrivateIpAddresses: [
      {
        Primary: true,
        PrivateIpAddress: row.privateIpAddress,
        PrivateDnsName: row.privateDnsName,
        ...associated,
      },
    ],
    ...associated,
    Ipv6Addresses: [],
    Groups: groupsOf(networks, row),
    RequesterManaged: row.requesterManaged,
    SourceDestCheck: row.sourceDestCheck !== false,
    ...(row.attachmentId === undefined ? {} : { Attachment: attachmentOf(row) }),
    TagSet: tagList(row),
  };
}

/** The model spells it natGateway; AWS answers as its filter spells it. */
function typeOnTheWire({ interfaceType }: NetworkInterfaceRecord): NetworkInterface['InterfaceType'] {
  return interfaceType === 'nat_gateway' ? ('nat_gateway' as 'natGateway') : (interfaceType ?? 'interface');
}

function attachmentOf({ attachmentId, createdAtMs, instanceOwnerId }: NetworkInterfaceRecord) {
  return {
    AttachmentId: attachmentId,
    AttachTime: createdAtMs,
    DeleteOnTermination: false,
    DeviceIndex: 1,
    InstanceOwnerId: instanceOwnerId ?? 'amazon-aws',
    Status: 'attached',
  } as const;
}
