import { ApiError } from '../../../protocol/api/index.ts';
import { changing, describing, type Change, type ChangeDeps, type Ec2Deps, type Ec2Handler } from '../core.ts';
import { invalidCombination, invalidParameterValue, missingParameter, notFound } from '../errors.ts';
import { placeOf } from '../idempotency.ts';
import { removeInterface } from '../interfaces.ts';
import { Networks } from '../networks.ts';
import { networkInterfaces, type NetworkInterfaceRecord } from '../records/network-interface.ts';
import { interfaceOf, subnetOf } from '../references.ts';
import { tagsFor } from '../tags.ts';
import { groupsFor, makeInterface } from '../user-interface.ts';
import { networkInterfaceShape } from './describe-network-interfaces.ts';

const maxDescription = 255;

/** An interface of its user's own, at an address that nobody else gets. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkInterface.html */
export function createNetworkInterface(deps: ChangeDeps): Ec2Handler<'CreateNetworkInterface'> {
  const takes = ['SubnetId', 'Description', 'PrivateIpAddress', 'Groups', 'ClientToken', 'TagSpecifications'] as const;
  return changing<'CreateNetworkInterface'>(deps, takes, (input, change) => {
    const token = input.ClientToken === undefined ? {} : { ClientToken: input.ClientToken };
    const subnet = subnetOf(change, input.SubnetId);
    const place = placeOf(change, { table: networkInterfaces, prefix: 'eni', input });
    if ('earlier' in place)
      return { NetworkInterface: networkInterfaceShape(change.networks, place.earlier), ...token };
    const made = makeInterface(change, {
      subnet,
      privateIpAddress: input.PrivateIpAddress,
      description: describedAs(input.Description),
      securityGroupIds: groupsFor(change, subnet.vpcId, input.Groups),
      own: { id: place.id, ...place.idempotent, tags: tagsFor('network-interface', input.TagSpecifications) },
    });
    return { NetworkInterface: networkInterfaceShape(change.networks, made), ...token };
  });
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNetworkInterface.html */
export function deleteNetworkInterface(deps: ChangeDeps): Ec2Handler<'DeleteNetworkInterface'> {
  return changing<'DeleteNetworkInterface'>(deps, ['NetworkInterfaceId'], ({ NetworkInterfaceId: id }, change) => {
    if (interfaceOf(change, id).attachmentId !== undefined)
      throw invalidParameterValue(`Network interface '${id}' is currently in use.`);
    removeInterface(change.tx, change.scope, id);
    return {};
  });
}

/** One attribute a call. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyNetworkInterfaceAttribute.html */
export function modifyNetworkInterfaceAttribute(deps: ChangeDeps): Ec2Handler<'ModifyNetworkInterfaceAttribute'> {
  const takes = ['NetworkInterfaceId', 'Description', 'SourceDestCheck', 'Groups'] as const;
  return changing<'ModifyNetworkInterfaceAttribute'>(deps, takes, (input, change) => {
    const row = interfaceOf(change, input.NetworkInterfaceId);
    if (row.requesterManaged)
      throw new ApiError('AuthFailure', 'You do not have permission to access the specified resource.');
    const given = [input.Description, input.SourceDestCheck, input.Groups].filter((each) => each !== undefined);
    if (given.length === 0) throw missingParameter('description, sourceDestCheck or groupSet');
    if (given.length > 1) throw invalidCombination('Fields for multiple attribute types specified');
    change.writer.put(networkInterfaces, modified(input, change, row));
    return {};
  });
}

function modified(
  input: Parameters<Ec2Handler<'ModifyNetworkInterfaceAttribute'>>[0],
  change: Change,
  row: NetworkInterfaceRecord,
): NetworkInterfaceRecord {
  if (input.Groups !== undefined) {
    if (input.Groups.length === 0) throw missingParameter('groupSet');
    return { ...row, securityGroupIds: groupsFor(change, row.vpcId, input.Groups) };
  }
  if (input.Description !== undefined) return { ...row, description: describedAs(input.Description.Value) };
  const { sourceDestCheck: _checked, ...rest } = row;
  return input.SourceDestCheck?.Value === false ? { ...rest, sourceDestCheck: false } : rest;
}

function describedAs(text = ''): string {
  if (text.length > maxDescription)
    throw invalidParameterValue(`The description of an interface has at most ${maxDescription} characters`);
  return text;
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeNetworkInterfaceAttribute.html */
export function describeNetworkInterfaceAttribute({
  database,
}: Ec2Deps): Ec2Handler<'DescribeNetworkInterfaceAttribute'> {
  const networks = new Networks(database);
  return describing<'DescribeNetworkInterfaceAttribute'>(({ NetworkInterfaceId, Attribute }, scope) => {
    const row = networks.get(networkInterfaces, scope, NetworkInterfaceId);
    if (row === undefined) throw notFound('networkInterface', NetworkInterfaceId);
    if (Attribute === undefined) throw missingParameter('attribute');
    const { Attachment, Groups } = networkInterfaceShape(networks, row);
    const attributes = {
      description: { Description: { Value: row.description } },
      groupSet: { Groups },
      sourceDestCheck: { SourceDestCheck: { Value: row.sourceDestCheck !== false } },
      attachment: Attachment === undefined ? {} : { Attachment },
      associatePublicIpAddress: { AssociatePublicIpAddress: row.publicIp !== undefined },
    };
    return { NetworkInterfaceId, ...attributes[Attribute] };
  });
}
