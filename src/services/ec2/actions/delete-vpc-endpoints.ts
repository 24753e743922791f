import { ApiError } from '../../../protocol/api/index.ts';
import type { UnsuccessfulItem } from '../../../protocol/generated/ec2.ts';
import { changing, type Change, type ChangeDeps, type Ec2Handler } from '../core.ts';
import { removeRoutes } from '../endpoint-parts.ts';
import { invalidParameterValue } from '../errors.ts';
import { removeInterface } from '../interfaces.ts';
import { vpcEndpoints } from '../records/vpc-endpoint.ts';
import { vpcEndpointOf } from '../references.ts';

/** What one call may name, so that it fits a transaction. */
const maxEndpoints = 25;

/** Those that cannot be deleted are in the answer. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpcEndpoints.html */
export function deleteVpcEndpoints(deps: ChangeDeps): Ec2Handler<'DeleteVpcEndpoints'> {
  return async (input, context) => {
    const ids = [...new Set(input.VpcEndpointIds)];
    if (ids.length > maxEndpoints)
      throw invalidParameterValue(`No more than ${maxEndpoints} endpoints can be deleted in a request`);
    const Unsuccessful: UnsuccessfulItem[] = [];
    const one = changing<'DeleteVpcEndpoints'>(deps, ['VpcEndpointIds'], ({ VpcEndpointIds: [id = ''] }, change) => {
      deleteOne(change, id);
      return {};
    });
    for (const id of ids) {
      try {
        await one({ ...input, VpcEndpointIds: [id] }, context);
      } catch (error) {
        if (!(error instanceof ApiError) || error.code === 'DryRunOperation') throw error;
        Unsuccessful.push({ ResourceId: id, Error: { Code: error.code, Message: error.message } });
      }
    }
    return { Unsuccessful };
  };
}

function deleteOne(change: Change, id: string): void {
  const { kind } = vpcEndpointOf(change, id);
  if (kind.type === 'Gateway') removeRoutes(change, id, kind.routeTableIds);
  else for (const each of kind.interfaces) removeInterface(change.tx, change.scope, each.networkInterfaceId);
  change.writer.delete(vpcEndpoints, id);
}
