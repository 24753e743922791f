import { ApiError } from '../../../protocol/api/index.ts';
import type { Address } from '../../../protocol/generated/ec2.ts';
import { changing, describing, type Change, type ChangeDeps, type Ec2Deps, type Ec2Handler } from '../core.ts';
import { chooseFew } from '../describe.ts';
import { invalidCombination, invalidParameterValue, limitExceeded, missingParameter, notFound } from '../errors.ts';
import type { FilterFields } from '../filters.ts';
import { maxElasticIps } from '../limits.ts';
import { mapAddress, unmapAddress } from '../mapped-addresses.ts';
import { Networks } from '../networks.ts';
import { elasticIps, type ElasticIpRecord } from '../records/elastic-ip.ts';
import { internetGateways } from '../records/internet-gateway.ts';
import { networkInterfaces, type NetworkInterfaceRecord } from '../records/network-interface.ts';
import { elasticIpOf, found, interfaceOf } from '../references.ts';
import { tagList, tagsFor } from '../tags.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AllocateAddress.html */
export function allocateAddress(deps: ChangeDeps): Ec2Handler<'AllocateAddress'> {
  const takes = ['Domain', 'NetworkBorderGroup', 'TagSpecifications'] as const;
  return changing<'AllocateAddress'>(deps, takes, (input, change) => {
    const { networks, scope, writer, tx, publicAddresses } = change;
    if (input.Domain === 'standard')
      throw new ApiError('UnsupportedOperation', 'EC2-Classic is retired: addresses are of the domain vpc');
    checkBorderGroup(input, scope.region);
    if (networks.all(elasticIps, scope).length >= maxElasticIps)
      throw limitExceeded('AddressLimitExceeded', 'addresses');
    const id = change.newId('eipalloc');
    const tags = tagsFor('elastic-ip', input.TagSpecifications);
    const address: ElasticIpRecord = { ...scope, tags, id, publicIp: publicAddresses.take(tx, scope, id) };
    writer.put(elasticIps, address);
    return { AllocationId: id, ...placeOf(address) };
  });
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReleaseAddress.html */
export function releaseAddress(deps: ChangeDeps): Ec2Handler<'ReleaseAddress'> {
  const takes = ['AllocationId', 'PublicIp', 'NetworkBorderGroup'] as const;
  return changing<'ReleaseAddress'>(deps, takes, (input, change) => {
    checkBorderGroup(input, change.scope.region);
    if (input.AllocationId === undefined)
      throw invalidParameterValue('You must specify an allocation id when releasing a VPC elastic IP address');
    const address = named(input, change);
    if (address.association !== undefined)
      throw new ApiError('InvalidIPAddress.InUse', `Address ${address.publicIp} is in use.`);
    change.publicAddresses.free(change.tx, address.publicIp);
    change.writer.delete(elasticIps, address.id);
    return {};
  });
}

/** To an interface; Longshore's instances have none. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateAddress.html */
export function associateAddress(deps: ChangeDeps): Ec2Handler<'AssociateAddress'> {
  const takes = ['AllocationId', 'PublicIp', 'NetworkInterfaceId', 'PrivateIpAddress', 'AllowReassociation'] as const;
  return changing<'AssociateAddress'>(deps, takes, (input, change) => {
    if (input.NetworkInterfaceId === undefined) throw missingParameter('networkInterfaceId');
    const card = interfaceOf(change, input.NetworkInterfaceId);
    const address = named(input, change);
    const { PrivateIpAddress: wanted = card.privateIpAddress } = input;
    if (wanted !== card.privateIpAddress) {
      const sentence = `${wanted} is not a private address of the interface ${card.id}`;
      throw new ApiError('InvalidParameterValue', sentence);
    }
    refuseForeign(card);
    if (change.networks.ofVpc(internetGateways, change.scope, card.vpcId).length === 0)
      throw new ApiError('Gateway.NotAttached', `Network ${card.vpcId} is not attached to any internet gateway`);
    const { association } = address;
    if (association?.networkInterfaceId === card.id) return { AssociationId: association.id };
    if (input.AllowReassociation !== true) refuseMapped(address, card);
    return { AssociationId: remap(change, address, card) };
  });
}

/** Both may be mapped otherwise. */
function remap(change: Change, address: ElasticIpRecord, card: NetworkInterfaceRecord): string {
  const free = address.association === undefined ? address : unmapAddress(change, address);
  const { publicIp, ...bare } = card;
  if (publicIp?.allocationId !== undefined) unmapAddress(change, elasticIpOf(change, publicIp.allocationId));
  else if (publicIp !== undefined) change.publicAddresses.free(change.tx, publicIp.address);
  return mapAddress(change, free, bare).associationId;
}

function refuseMapped({ id, association }: ElasticIpRecord, card: NetworkInterfaceRecord): void {
  if (association !== undefined) {
    const sentence = `resource ${id} is already associated with associate-id ${association.id}`;
    throw new ApiError('Resource.AlreadyAssociated', sentence);
  }
  const { associationId } = card.publicIp ?? {};
  if (associationId !== undefined) {
    const sentence = `resource ${card.id} is already associated with associate-id ${associationId}`;
    throw new ApiError('Resource.AlreadyAssociated', sentence);
  }
}

/** The addresses of NAT gateways are theirs. */
function refuseForeign({ interfaceType }: NetworkInterfaceRecord): void {
  if (interfaceType === 'nat_gateway')
    throw new ApiError('AuthFailure', 'You do not have permission to access the specified resource.');
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateAddress.html */
export function disassociateAddress(deps: ChangeDeps): Ec2Handler<'DisassociateAddress'> {
  return changing<'DisassociateAddress'>(deps, ['AssociationId', 'PublicIp'], (input, change) => {
    const { AssociationId: id, PublicIp } = input;
    const all = change.networks.all(elasticIps, change.scope);
    if (id === undefined && PublicIp === undefined) throw missingParameter('associationId');
    const address =
      id === undefined
        ? named({ PublicIp }, change)
        : found(
            all,
            ({ association }) => association?.id === id,
            () => notFound('association', id),
          );
    const row = elasticIpOf(change, address.id);
    const card = row.association && change.writer.get(networkInterfaces, row.association.networkInterfaceId);
    if (card !== undefined) refuseForeign(card);
    if (row.association !== undefined) unmapAddress(change, row);
    return {};
  });
}

interface Named {
  readonly AllocationId?: string | undefined;
  readonly PublicIp?: string | undefined;
}

function named({ AllocationId, PublicIp }: Named, change: Change): ElasticIpRecord {
  if (AllocationId !== undefined && PublicIp !== undefined)
    throw invalidCombination('You may specify public IP or allocation id, but not both in the same call');
  if (AllocationId !== undefined) return elasticIpOf(change, AllocationId);
  if (PublicIp === undefined) throw missingParameter('allocationId');
  const all = change.networks.all(elasticIps, change.scope);
  const { id } = found(
    all,
    ({ publicIp }) => publicIp === PublicIp,
    () => new ApiError('InvalidAddress.NotFound', `Address '${PublicIp}' not found.`),
  );
  return elasticIpOf(change, id);
}

function checkBorderGroup(
  { NetworkBorderGroup: group }: { readonly NetworkBorderGroup?: string | undefined },
  region: string,
): void {
  if (group !== undefined && group !== region)
    throw new ApiError('InvalidParameterValue', `The network border group '${group}' does not exist`);
}

/** What every answer about an address says. */
function placeOf({ publicIp, region }: ElasticIpRecord) {
  return { PublicIp: publicIp, Domain: 'vpc', NetworkBorderGroup: region, PublicIpv4Pool: 'amazon' } as const;
}

const fields: FilterFields<ElasticIpRecord> = {
  'allocation-id': ({ id }) => [id],
  'association-id': ({ association }) => [association?.id],
  'instance-id': () => [],
  'network-border-group': ({ region }) => [region],
  'network-interface-id': ({ association }) => [association?.networkInterfaceId],
  'network-interface-owner-id': ({ association, account }) => (association === undefined ? [] : [account]),
  'private-ip-address': ({ association }) => [association?.privateIpAddress],
  'public-ip': ({ publicIp }) => [publicIp],
  domain: () => ['vpc'],
};

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAddresses.html */
export function describeAddresses({ database }: Ec2Deps): Ec2Handler<'DescribeAddresses'> {
  const networks = new Networks(database);
  return describing<'DescribeAddresses'>((input, scope) => {
    const all = networks.all(elasticIps, scope);
    const { PublicIps: wanted = [] } = input;
    const unknown = wanted.find((ip) => !all.some(({ publicIp }) => publicIp === ip));
    if (unknown !== undefined) throw new ApiError('InvalidAddress.NotFound', `Address '${unknown}' not found.`);
    const { items } = chooseFew(
      { Filters: input.Filters },
      {
        items: wanted.length === 0 ? all : all.filter(({ publicIp }) => wanted.includes(publicIp)),
        kind: 'elasticIp',
        ids: input.AllocationIds,
        idOf: ({ id }) => id,
        fields,
      },
    );
    return { Addresses: items.map(shape) };
  });
}

function shape(address: ElasticIpRecord): Address {
  const { association } = address;
  const mapped = association && {
    AssociationId: association.id,
    NetworkInterfaceId: association.networkInterfaceId,
    NetworkInterfaceOwnerId: address.account,
    PrivateIpAddress: association.privateIpAddress,
  };
  return { AllocationId: address.id, ...placeOf(address), ...mapped, Tags: tagList(address) };
}
