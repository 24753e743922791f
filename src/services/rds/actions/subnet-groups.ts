import { listPage, neededSubnetGroup, presentRows, scopeOf, type RdsDeps, type RdsHandler } from '../core.ts';
import { invalidValue, rdsError } from '../errors.ts';
import { refuseUnknown, checkedIdentifier } from '../instances/given.ts';
import { describedSubnetGroup } from '../instances/described.ts';
import { maxSubnetGroups } from '../limits.ts';
import { dbInstances } from '../records/db-instance.ts';
import { scopeText } from '../records/scope.ts';
import { subnetGroupKey, subnetGroups, type SubnetGroupRecord } from '../records/subnet-group.ts';
import { checkedSubnets } from '../subnet-groups/checked-subnets.ts';
import { addedTags } from '../tags.ts';

/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html */
export function createDBSubnetGroup({ db, network }: RdsDeps): RdsHandler<'CreateDBSubnetGroup'> {
  return async (input, context) => {
    refuseUnknown(input, ['DBSubnetGroupName', 'DBSubnetGroupDescription', 'SubnetIds', 'Tags']);
    const scope = scopeOf(context);
    const name = checkedIdentifier(input.DBSubnetGroupName, 'DBSubnetGroupName');
    if (name === 'default') throw invalidValue('The name default is reserved for the group that RDS makes itself.');
    const row: SubnetGroupRecord = {
      ...scope,
      name,
      description: input.DBSubnetGroupDescription,
      ...checkedSubnets(network, scope, input.SubnetIds),
      tags: addedTags([], input.Tags),
    };
    await db.transact((tx) => {
      const key = subnetGroupKey(scope, name);
      if (tx.get(subnetGroups, key) !== undefined)
        throw rdsError('DBSubnetGroupAlreadyExists', `The DB subnet group '${name}' already exists.`);
      if (db.table(subnetGroups).count('scope', scopeText(scope)) >= maxSubnetGroups)
        throw rdsError('DBSubnetGroupQuotaExceeded', `A Region can have at most ${maxSubnetGroups} DB subnet groups.`);
      tx.create(subnetGroups, key, row);
    });
    return { DBSubnetGroup: describedSubnetGroup(row) };
  };
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBSubnetGroups.html */
export function describeDBSubnetGroups({ db }: RdsDeps): RdsHandler<'DescribeDBSubnetGroups'> {
  return (input, context) => {
    refuseUnknown(input, ['DBSubnetGroupName', 'MaxRecords', 'Marker']);
    const scope = scopeOf(context);
    const { DBSubnetGroupName: name } = input;
    if (name !== undefined && name !== '')
      return { DBSubnetGroups: [describedSubnetGroup(neededSubnetGroup(presentRows(db), scope, name))] };
    const table = db.table(subnetGroups);
    const all = [...table.keys('scope', scopeText(scope))].flatMap((key) => table.get(key)?.row ?? []);
    const { items, next } = listPage(all, (row) => row.name, input);
    return { DBSubnetGroups: items.map(describedSubnetGroup), ...next };
  };
}

/** Databases stay where they are. https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBSubnetGroup.html */
export function modifyDBSubnetGroup({ db, network }: RdsDeps): RdsHandler<'ModifyDBSubnetGroup'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    const { DBSubnetGroupName: name, DBSubnetGroupDescription: description, SubnetIds: ids } = input;
    const chosen = checkedSubnets(network, scope, ids);
    const { result } = await db.transact((tx) => {
      const row = neededSubnetGroup(tx, scope, name);
      if (chosen.vpcId !== row.vpcId)
        throw invalidValue('The new Subnets are not in the same Vpc as the existing subnet group');
      const used = usersOf(db, row).map(({ interface: { subnetId } }) => subnetId);
      const missing = used.filter((id) => !chosen.subnets.some((subnet) => subnet.id === id));
      if (missing.length > 0)
        throw rdsError(
          'SubnetAlreadyInUse',
          `Some of the subnets to be deleted are currently in use: ${missing.join(', ')}`,
        );
      const written = { ...row, ...chosen, ...(description === undefined ? {} : { description }) };
      tx.put(subnetGroups, subnetGroupKey(scope, row.name), written);
      return written;
    });
    return { DBSubnetGroup: describedSubnetGroup(result) };
  };
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBSubnetGroup.html */
export function deleteDBSubnetGroup({ db }: RdsDeps): RdsHandler<'DeleteDBSubnetGroup'> {
  return async ({ DBSubnetGroupName: name }, context) => {
    const scope = scopeOf(context);
    await db.transact((tx) => {
      // Whoever makes a database in it reads this record in its transaction, which this one refuses.
      const row = neededSubnetGroup(tx, scope, name);
      const [user] = usersOf(db, row);
      if (user !== undefined)
        throw rdsError(
          'InvalidDBSubnetGroupStateFault',
          `Cannot delete the subnet group '${row.name}' because at least one database instance: ${user.id} is still using it.`,
        );
      tx.delete(subnetGroups, subnetGroupKey(scope, row.name));
    });
    return {};
  };
}

function usersOf(db: RdsDeps['db'], group: SubnetGroupRecord) {
  const table = db.table(dbInstances);
  const keys = [...table.keys('subnetGroup', `${scopeText(group)}/${group.name}`)];
  return keys.flatMap((key) => table.get(key)?.row ?? []);
}
