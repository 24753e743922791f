import { ApiError } from '../../../protocol/api/index.ts';
import { changing, type Change, type ChangeDeps, type Ec2Handler } from '../core.ts';
import { inUse, invalidParameterValue, limitExceeded } from '../errors.ts';
import { maxInternetGateways } from '../limits.ts';
import { internetGateways, type InternetGatewayRecord } from '../records/internet-gateway.ts';
import { subnets } from '../records/subnet.ts';
import { internetGatewayOf, vpcOf } from '../references.ts';
import { tagsFor } from '../tags.ts';
import { internetGatewayShape } from './describe-internet-gateways.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateInternetGateway.html */
export function createInternetGateway(deps: ChangeDeps): Ec2Handler<'CreateInternetGateway'> {
  return changing<'CreateInternetGateway'>(deps, ['TagSpecifications'], (input, { networks, scope, writer, newId }) => {
    if (networks.all(internetGateways, scope).length >= maxInternetGateways)
      throw limitExceeded('InternetGatewayLimitExceeded', 'internet gateways');
    const tags = tagsFor('internet-gateway', input.TagSpecifications);
    const gateway: InternetGatewayRecord = { ...scope, tags, id: newId('igw') };
    writer.put(internetGateways, gateway);
    return { InternetGateway: internetGatewayShape(gateway) };
  });
}

/** A VPC has one at most. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachInternetGateway.html */
export function attachInternetGateway(deps: ChangeDeps): Ec2Handler<'AttachInternetGateway'> {
  return changing<'AttachInternetGateway'>(deps, ['InternetGatewayId', 'VpcId'], (input, change) => {
    const { networks, scope, writer } = change;
    const gateway = internetGatewayOf(change, input.InternetGatewayId);
    const { id: vpcId } = vpcOf(change, input.VpcId);
    if (gateway.vpcId !== undefined) {
      const sentence = `resource ${gateway.id} is already attached to network ${gateway.vpcId}`;
      throw new ApiError('Resource.AlreadyAssociated', sentence);
    }
    if (networks.ofVpc(internetGateways, scope, vpcId).length > 0)
      throw invalidParameterValue(`Network ${vpcId} already has an internet gateway attached`);
    writer.put(internetGateways, { ...gateway, vpcId });
    return {};
  });
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachInternetGateway.html */
export function detachInternetGateway(deps: ChangeDeps): Ec2Handler<'DetachInternetGateway'> {
  return changing<'DetachInternetGateway'>(deps, ['InternetGatewayId', 'VpcId'], (input, change) => {
    const { vpcId, ...gateway } = internetGatewayOf(change, input.InternetGatewayId);
    vpcOf(change, input.VpcId);
    if (vpcId !== input.VpcId)
      throw new ApiError('Gateway.NotAttached', `resource ${gateway.id} is not attached to network ${input.VpcId}`);
    if (hasPublicAddresses(change, vpcId)) {
      const advice = 'Please unmap those public address(es) before detaching the gateway.';
      throw new ApiError('DependencyViolation', `Network ${vpcId} has some mapped public address(es). ${advice}`);
    }
    change.writer.put(internetGateways, gateway);
    return {};
  });
}

function hasPublicAddresses({ networks, scope }: Change, vpcId: string): boolean {
  for (const { id } of networks.ofVpc(subnets, scope, vpcId))
    for (const { publicIp } of networks.interfacesOf(id)) if (publicIp !== undefined) return true;
  return false;
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteInternetGateway.html */
export function deleteInternetGateway(deps: ChangeDeps): Ec2Handler<'DeleteInternetGateway'> {
  return changing<'DeleteInternetGateway'>(deps, ['InternetGatewayId'], ({ InternetGatewayId: id }, change) => {
    if (internetGatewayOf(change, id).vpcId !== undefined) throw inUse(`internetGateway '${id}'`);
    change.writer.delete(internetGateways, id);
    return {};
  });
}
