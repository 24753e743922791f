import { ApiError } from '../../../protocol/api/index.ts';
import type { NatGateway, NatGatewayAddress } from '../../../protocol/generated/ec2.ts';
import {
  changing,
  describing,
  type Change,
  type ChangeDeps,
  type Ec2Deps,
  type Ec2Handler,
  type Input,
} from '../core.ts';
import { chooseFew } from '../describe.ts';
import { invalidCombination, missingParameter, natGatewayNotFound } from '../errors.ts';
import type { FilterFields } from '../filters.ts';
import { placeOf } from '../idempotency.ts';
import { removeInterface } from '../interfaces.ts';
import { deletedNatGatewayShownMs, maxDeletedNatGateways, maxNatGateways } from '../limits.ts';
import { mapAddress } from '../mapped-addresses.ts';
import { Networks } from '../networks.ts';
import type { ElasticIpRecord } from '../records/elastic-ip.ts';
import { internetGateways } from '../records/internet-gateway.ts';
import { natGateways, type NatGatewayRecord } from '../records/nat-gateway.ts';
import { subnets, type SubnetRecord } from '../records/subnet.ts';
import { elasticIpOf, subnetOf } from '../references.ts';
import { tagList, tagsFor } from '../tags.ts';
import { makeInterface } from '../user-interface.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNatGateway.html */
export function createNatGateway(deps: ChangeDeps): Ec2Handler<'CreateNatGateway'> {
  const takes = [
    'SubnetId',
    'AllocationId',
    'ConnectivityType',
    'PrivateIpAddress',
    'ClientToken',
    'TagSpecifications',
  ] as const;
  return changing<'CreateNatGateway'>(deps, takes, (input, change) => {
    const token = input.ClientToken === undefined ? {} : { ClientToken: input.ClientToken };
    if (input.SubnetId === undefined) throw missingParameter('subnetId');
    const place = placeOf(change, { table: natGateways, prefix: 'nat', input });
    if ('earlier' in place) return { NatGateway: shape(place.earlier), ...token };
    const subnet = subnetOf(change, input.SubnetId);
    refuseMore(change, subnet);
    const { elasticIp, failure } = wantedAddress(input, change, subnet);
    const outcome =
      failure === undefined
        ? { address: writeAddress(change, place.id, { subnet, privateIpAddress: input.PrivateIpAddress, elasticIp }) }
        : { failure, deletedAtMs: change.nowMs };
    forgetDeleted(change);
    const gateway: NatGatewayRecord = {
      ...change.scope,
      ...place.idempotent,
      id: place.id,
      tags: tagsFor('natgateway', input.TagSpecifications),
      vpcId: subnet.vpcId,
      subnetId: subnet.id,
      connectivityType: input.ConnectivityType ?? 'public',
      createdAtMs: change.nowMs,
      ...outcome,
    };
    change.writer.put(natGateways, gateway);
    return { NatGateway: { ...shape(gateway), State: 'pending' }, ...token };
  });
}

function refuseMore({ networks, scope }: Change, { availabilityZone }: SubnetRecord): void {
  const isInZone = ({ subnetId, deletedAtMs }: NatGatewayRecord): boolean =>
    deletedAtMs === undefined && networks.get(subnets, scope, subnetId)?.availabilityZone === availabilityZone;
  if (networks.all(natGateways, scope).filter(isInZone).length < maxNatGateways) return;
  const sentence = `Performing this operation would exceed the limit of ${maxNatGateways} NAT gateways`;
  throw new ApiError('NatGatewayLimitExceeded', sentence);
}

type Failure = NonNullable<NatGatewayRecord['failure']>;

/** The Elastic IP of a public NAT gateway, or why it will fail; neither for a private one. */
interface Wanted {
  readonly elasticIp?: ElasticIpRecord;
  readonly failure?: Failure;
}

function wantedAddress(
  { ConnectivityType: type = 'public', AllocationId: id }: Input<'CreateNatGateway'>,
  change: Change,
  { vpcId }: SubnetRecord,
): Wanted {
  if (type === 'private') {
    if (id !== undefined) throw invalidCombination('A private NAT gateway cannot have an Elastic IP address');
    return {};
  }
  if (id === undefined) throw missingParameter('allocationId');
  const elasticIp = elasticIpOf(change, id);
  if (elasticIp.association !== undefined) {
    const message = `Elastic IP address [${id}] is already associated`;
    return { failure: { code: 'Resource.AlreadyAssociated', message } };
  }
  if (change.networks.ofVpc(internetGateways, change.scope, vpcId).length === 0) {
    const message = `Network ${vpcId} has no Internet gateway attached`;
    return { failure: { code: 'Gateway.NotAttached', message } };
  }
  return { elasticIp };
}

/** Its interface in the subnet, with the Elastic IP of a public one. */
function writeAddress(
  change: Change,
  id: string,
  given: {
    readonly subnet: SubnetRecord;
    readonly privateIpAddress: string | undefined;
    readonly elasticIp: ElasticIpRecord | undefined;
  },
): NonNullable<NatGatewayRecord['address']> {
  const { subnet, privateIpAddress, elasticIp } = given;
  const made = makeInterface(change, {
    subnet,
    privateIpAddress,
    description: `Interface for NAT Gateway ${id}`,
    securityGroupIds: [],
    interfaceType: 'nat_gateway',
    instanceOwnerId: 'amazon-aws',
  });
  const address = { networkInterfaceId: made.id, privateIp: made.privateIpAddress };
  if (elasticIp === undefined) return address;
  const { associationId } = mapAddress(change, elasticIp, made);
  return { ...address, allocationId: elasticIp.id, publicIp: elasticIp.publicIp, associationId };
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNatGateway.html */
export function deleteNatGateway(deps: ChangeDeps): Ec2Handler<'DeleteNatGateway'> {
  return changing<'DeleteNatGateway'>(deps, ['NatGatewayId'], ({ NatGatewayId: id }, change) => {
    const { writer, tx, scope, nowMs } = change;
    const gateway = writer.get(natGateways, id);
    if (gateway === undefined) throw natGatewayNotFound(id);
    if (gateway.deletedAtMs !== undefined) return { NatGatewayId: id };
    if (gateway.address !== undefined) removeInterface(tx, scope, gateway.address.networkInterfaceId);
    writer.put(natGateways, { ...gateway, deletedAtMs: nowMs });
    forgetDeleted(change);
    return { NatGatewayId: id };
  });
}

/** Those that were deleted or failed are kept for an hour, and not without bound. */
function forgetDeleted({ networks, scope, writer, nowMs }: Change): void {
  const deleted = networks
    .all(natGateways, scope)
    .filter(({ deletedAtMs }) => deletedAtMs !== undefined)
    .sort((a, b) => (b.deletedAtMs ?? 0) - (a.deletedAtMs ?? 0));
  const old = deleted.filter((each, index) => !isShown(each, nowMs) || index >= maxDeletedNatGateways - 1);
  for (const { id } of old.slice(0, maxNatGateways)) writer.delete(natGateways, id);
}

function isShown({ deletedAtMs }: NatGatewayRecord, nowMs: number): boolean {
  return deletedAtMs === undefined || nowMs < deletedAtMs + deletedNatGatewayShownMs;
}

const fields: FilterFields<NatGatewayRecord> = {
  'nat-gateway-id': ({ id }) => [id],
  state: (gateway) => [stateOf(gateway)],
  'subnet-id': ({ subnetId }) => [subnetId],
  'vpc-id': ({ vpcId }) => [vpcId],
};

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNatGateways.html */
export function describeNatGateways({ database, clock }: Ec2Deps): Ec2Handler<'DescribeNatGateways'> {
  const networks = new Networks(database);
  return describing<'DescribeNatGateways'>(({ Filter, ...input }, scope) => {
    const nowMs = clock.nowMs();
    const { items, next } = chooseFew(
      { ...input, Filters: Filter },
      {
        items: networks.all(natGateways, scope).filter((gateway) => isShown(gateway, nowMs)),
        kind: natGatewayNotFound,
        ids: input.NatGatewayIds,
        idOf: ({ id }) => id,
        fields,
      },
    );
    return { NatGateways: items.map(shape), ...next };
  });
}

function stateOf({ deletedAtMs, failure }: NatGatewayRecord): 'available' | 'failed' | 'deleted' {
  if (failure !== undefined) return 'failed';
  return deletedAtMs === undefined ? 'available' : 'deleted';
}

function shape(gateway: NatGatewayRecord): NatGateway {
  const { failure, deletedAtMs } = gateway;
  return {
    NatGatewayId: gateway.id,
    VpcId: gateway.vpcId,
    SubnetId: gateway.subnetId,
    State: stateOf(gateway),
    ConnectivityType: gateway.connectivityType,
    AvailabilityMode: 'zonal',
    CreateTime: gateway.createdAtMs,
    ...(deletedAtMs === undefined ? {} : { DeleteTime: deletedAtMs }),
    ...(failure === undefined ? {} : { FailureCode: failure.code, FailureMessage: failure.message }),
    NatGatewayAddresses: addressesOf(gateway),
    Tags: tagList(gateway),
  };
}

function addressesOf({ address }: NatGatewayRecord): NatGatewayAddress[] {
  if (address === undefined) return [];
  const { networkInterfaceId, privateIp, allocationId, associationId, publicIp } = address;
  return [
    {
      NetworkInterfaceId: networkInterfaceId,
      PrivateIp: privateIp,
      IsPrimary: true,
      Status: 'succeeded',
      ...(allocationId === undefined ? {} : { AllocationId: allocationId }),
      ...(associationId === undefined ? {} : { AssociationId: associationId }),
      ...(publicIp === undefined ? {} : { PublicIp: publicIp }),
    },
  ];
}
