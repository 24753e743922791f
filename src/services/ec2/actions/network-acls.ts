import type { NetworkAcl } from '../../../protocol/generated/ec2.ts';
import { changing, describing, type ChangeDeps, type Ec2Deps, type Ec2Handler } from '../core.ts';
import { chooseFew } from '../describe.ts';
import { inUse, invalidParameterValue, limitExceeded, notFound } from '../errors.ts';
import type { FilterFields } from '../filters.ts';
import { placeOf } from '../idempotency.ts';
import { maxNetworkAcls } from '../limits.ts';
import { Networks } from '../networks.ts';
import { networkAcls, type NetworkAclRecord } from '../records/network-acl.ts';
import { subnets, type SubnetRecord } from '../records/subnet.ts';
import { found, networkAclOf, subnetOf, vpcOf } from '../references.ts';
import { shownEntries } from '../shown-acl-entries.ts';
import { tagList, tagsFor } from '../tags.ts';

/** A new one refuses everything. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAcl.html */
export function createNetworkAcl(deps: ChangeDeps): Ec2Handler<'CreateNetworkAcl'> {
  return changing<'CreateNetworkAcl'>(deps, ['VpcId', 'ClientToken', 'TagSpecifications'], (input, change) => {
    const { networks, scope, writer } = change;
    const token = input.ClientToken === undefined ? {} : { ClientToken: input.ClientToken };
    const { id: vpcId } = vpcOf(change, input.VpcId);
    const place = placeOf(change, { table: networkAcls, prefix: 'acl', input });
    if ('earlier' in place) return { NetworkAcl: shape(place.earlier, []), ...token };
    if (networks.ofVpc(networkAcls, scope, vpcId).length >= maxNetworkAcls)
      throw limitExceeded('NetworkAclLimitExceeded', 'network ACLs');
    const acl: NetworkAclRecord = {
      ...scope,
      ...place.idempotent,
      id: place.id,
      tags: tagsFor('network-acl', input.TagSpecifications),
      vpcId,
      isDefault: false,
      entries: [],
    };
    writer.put(networkAcls, acl);
    return { NetworkAcl: shape(acl, []), ...token };
  });
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNetworkAcl.html */
export function deleteNetworkAcl(deps: ChangeDeps): Ec2Handler<'DeleteNetworkAcl'> {
  return changing<'DeleteNetworkAcl'>(deps, ['NetworkAclId'], ({ NetworkAclId: id }, change) => {
    const { networks, scope, writer } = change;
    const acl = networkAclOf(change, id);
    if (acl.isDefault) throw invalidParameterValue(`cannot delete default network ACL ${id}`);
    if (networks.ofVpc(subnets, scope, acl.vpcId).some(({ networkAcl }) => networkAcl.id === id))
      throw inUse(`networkAcl '${id}'`);
    writer.delete(networkAcls, id);
    return {};
  });
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReplaceNetworkAclAssociation.html */
export function replaceNetworkAclAssociation(deps: ChangeDeps): Ec2Handler<'ReplaceNetworkAclAssociation'> {
  const takes = ['AssociationId', 'NetworkAclId'] as const;
  return changing<'ReplaceNetworkAclAssociation'>(deps, takes, ({ AssociationId: id, NetworkAclId }, change) => {
    const { networks, scope, writer } = change;
    const missing = () => notFound('association', id);
    const { id: subnetId } = found(
      networks.all(subnets, scope),
      ({ networkAcl }) => networkAcl.associationId === id,
      missing,
    );
    const subnet = subnetOf(change, subnetId);
    const acl = networkAclOf(change, NetworkAclId);
    if (acl.vpcId !== subnet.vpcId)
      throw invalidParameterValue(`network ACL ${acl.id} and subnet ${subnetId} belong to different networks`);
    const associationId = change.newId('aclassoc');
    writer.put(subnets, { ...subnet, networkAcl: { id: acl.id, associationId } });
    return { NewAssociationId: associationId };
  });
}

interface AclWithSubnets extends NetworkAclRecord {
  readonly subnets: readonly SubnetRecord[];
}

const fields: FilterFields<AclWithSubnets> = {
  'association.association-id': (acl) => acl.subnets.map(({ networkAcl }) => networkAcl.associationId),
  'association.network-acl-id': (acl) => acl.subnets.map(({ networkAcl }) => networkAcl.id),
  'association.subnet-id': (acl) => acl.subnets.map(({ id }) => id),
  default: ({ isDefault }) => [String(isDefault)],
  'entry.cidr': (acl) => shownEntries(acl).map(({ CidrBlock }) => CidrBlock),
  'entry.ipv6-cidr': (acl) => shownEntries(acl).map(({ Ipv6CidrBlock }) => Ipv6CidrBlock),
  'entry.egress': (acl) => shownEntries(acl).map(({ Egress }) => String(Egress)),
  'entry.icmp.code': (acl) => shownEntries(acl).map(({ IcmpTypeCode }) => text(IcmpTypeCode?.Code)),
  'entry.icmp.type': (acl) => shownEntries(acl).map(({ IcmpTypeCode }) => text(IcmpTypeCode?.Type)),
  'entry.port-range.from': (acl) => shownEntries(acl).map(({ PortRange }) => text(PortRange?.From)),
  'entry.port-range.to': (acl) => shownEntries(acl).map(({ PortRange }) => text(PortRange?.To)),
  'entry.protocol': (acl) => shownEntries(acl).map(({ Protocol }) => Protocol),
  'entry.rule-action': (acl) => shownEntries(acl).map(({ RuleAction }) => RuleAction),
  'entry.rule-number': (acl) => shownEntries(acl).map(({ RuleNumber }) => String(RuleNumber)),
  'network-acl-id': ({ id }) => [id],
  'owner-id': ({ account }) => [account],
  'vpc-id': ({ vpcId }) => [vpcId],
};

function text(value: number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkAcls.html */
export function describeNetworkAcls({ database }: Ec2Deps): Ec2Handler<'DescribeNetworkAcls'> {
  const networks = new Networks(database);
  return describing<'DescribeNetworkAcls'>((input, scope) => {
    const all = networks.all(subnets, scope);
    const { items, next } = chooseFew(input, {
      items: networks
        .all(networkAcls, scope)
        .map((acl) => ({ ...acl, subnets: all.filter(({ networkAcl }) => networkAcl.id === acl.id) })),
      kind: 'networkAcl',
      ids: input.NetworkAclIds,
      idOf: ({ id }) => id,
      fields,
    });
    return { NetworkAcls: items.map((acl) => shape(acl, acl.subnets)), ...next };
  });
}

function shape(acl: NetworkAclRecord, associated: readonly SubnetRecord[]): NetworkAcl {
  return {
    NetworkAclId: acl.id,
    VpcId: acl.vpcId,
    OwnerId: acl.account,
    IsDefault: acl.isDefault,
    Entries: shownEntries(acl),
    Associations: associated.map(({ id, networkAcl }) => ({
      NetworkAclAssociationId: networkAcl.associationId,
      NetworkAclId: acl.id,
      SubnetId: id,
    })),
    Tags: tagList(acl),
  };
}
