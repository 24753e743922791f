import { changeIn, changing, type ChangeDeps, type Ec2Handler } from '../core.ts';
import { inUse } from '../errors.ts';
import { networkInterfaces } from '../records/network-interface.ts';
import { routeTables } from '../records/route-table.ts';
import { subnets } from '../records/subnet.ts';
import { subnetOf } from '../references.ts';

/**
 * Interfaces are made without waiting for one another, so a subnet is first closed to them, then looked into, then deleted or opened again. One that a
 * crash left closed is deleted by the next try.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSubnet.html
 */
export function deleteSubnet(deps: ChangeDeps): Ec2Handler<'DeleteSubnet'> {
  const isUsed = (id: string): boolean => deps.database.table(networkInterfaces).count('subnet', id) > 0;
  const close = changing<'DeleteSubnet'>(deps, ['SubnetId'], ({ SubnetId: id }, change) => {
    const subnet = subnetOf(change, id);
    if (isUsed(id)) throw inUse(`subnet '${id}'`);
    change.writer.put(subnets, { ...subnet, deleting: true });
    return {};
  });
  return async (input, context) => {
    await close(input, context);
    const { SubnetId: id } = input;
    const scope = { account: context.account, region: context.region };
    const { result: deleted } = await deps.database.transact((tx) => {
      const change = changeIn(deps, scope, tx);
      const { networks, writer } = change;
      const { deleting: _closed, ...open } = subnetOf(change, id);
      if (isUsed(id)) {
        writer.put(subnets, open);
        return false;
      }
      for (const table of networks.ofVpc(routeTables, scope, open.vpcId)) {
        const associations = table.associations.filter((each) => each.main || each.subnetId !== id);
        if (associations.length < table.associations.length) writer.put(routeTables, { ...table, associations });
      }
      writer.delete(subnets, id);
      return true;
    });
    if (!deleted) throw inUse(`subnet '${id}'`);
    return {};
  };
}
