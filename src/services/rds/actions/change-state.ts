import type { DBInstance } from '../../../protocol/generated/rds.ts';
import type { Transaction } from '../../../store/index.ts';
import { neededInstance, scopeOf, type RdsDeps, type RdsHandler } from '../core.ts';
import { invalidCombination, invalidState, notImplemented } from '../errors.ts';
import { describedInstance } from '../instances/described.ts';
import { refuseUnknown } from '../instances/given.ts';
import { dbInstanceKey, dbInstances, type DBInstanceRecord } from '../records/db-instance.ts';
import type { Scope } from '../records/scope.ts';
import { subnetGroupKey, subnetGroups } from '../records/subnet-group.ts';

async function change(
  { db }: RdsDeps,
  { scope, id }: { readonly scope: Scope; readonly id: string },
  changed: (row: DBInstanceRecord, tx: Transaction) => DBInstanceRecord,
): Promise<{ readonly DBInstance: DBInstance }> {
  const { result } = await db.transact((tx) => {
    const row = changed(neededInstance(tx, scope, id), tx);
    tx.put(dbInstances, dbInstanceKey(scope, row.id), row);
    return row;
  });
  const group = db.get(subnetGroups, subnetGroupKey(scope, result.subnetGroup))?.row;
  return { DBInstance: describedInstance(result, group) };
}

/** A new container on the same data. https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RebootDBInstance.html */
export function rebootDBInstance(deps: RdsDeps): RdsHandler<'RebootDBInstance'> {
  return (input, context) => {
    refuseUnknown(input, ['DBInstanceIdentifier']);
    return change(deps, { scope: scopeOf(context), id: input.DBInstanceIdentifier }, (row) => {
      if (row.state !== 'available')
        throw invalidState('Instance cannot currently reboot due to an in-progress management operation.');
      return { ...row, state: 'rebooting', staleBoot: row.boots };
    });
  };
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_StopDBInstance.html */
export function stopDBInstance(deps: RdsDeps): RdsHandler<'StopDBInstance'> {
  return (input, context) => {
    if (input.DBSnapshotIdentifier !== undefined) throw notImplemented('DBSnapshotIdentifier (there are no snapshots)');
    return change(deps, { scope: scopeOf(context), id: input.DBInstanceIdentifier }, (row) => {
      if (row.state !== 'available') throw invalidState(`Instance ${row.id} is not in available state.`);
      return { ...row, state: 'stopping' };
    });
  };
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_StartDBInstance.html */
export function startDBInstance(deps: RdsDeps): RdsHandler<'StartDBInstance'> {
  return ({ DBInstanceIdentifier: id }, context) =>
    change(deps, { scope: scopeOf(context), id }, (row) => {
      if (row.state !== 'stopped')
        throw invalidState(
          `Instance ${row.id} cannot be started as it is not in one of the following statuses: 'stopped'.`,
        );
      return { ...row, state: 'starting' };
    });
}

/** Its data goes when its container has ended. https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstance.html */
export function deleteDBInstance(deps: RdsDeps): RdsHandler<'DeleteDBInstance'> {
  return (input, context) => {
    const { SkipFinalSnapshot: skip = false, FinalDBSnapshotIdentifier: snapshot } = input;
    if (skip && snapshot !== undefined)
      throw invalidCombination('FinalDBSnapshotIdentifier can not be specified when deleting with SkipFinalSnapshot.');
    if (!skip && snapshot === undefined)
      throw invalidCombination('FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.');
    if (snapshot !== undefined)
      throw notImplemented(`FinalDBSnapshotIdentifier '${snapshot}' (there are no snapshots)`);
    refuseUnknown(input, ['DBInstanceIdentifier', 'SkipFinalSnapshot']);
    return change(deps, { scope: scopeOf(context), id: input.DBInstanceIdentifier }, (row, tx) => {
      if (row.state === 'deleting') throw invalidState(`Instance ${row.id} is already being deleted.`);
      if (row.deletionProtection)
        throw invalidCombination(
          'Cannot delete protected DB Instance, please disable deletion protection and try again.',
        );
      const { masterUserSecret: secret, ...rest } = row;
      if (secret !== undefined) deps.secrets.remove(tx, row, secret.name);
      return { ...rest, state: 'deleting' };
    });
  };
}
