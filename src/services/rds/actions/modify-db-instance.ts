import type { Transaction } from '../../../store/index.ts';
import { neededInstance, present, presentRows, scopeOf, type Input, type RdsDeps, type RdsHandler } from '../core.ts';
import { invalidCombination, invalidState, notImplemented } from '../errors.ts';
import { changed } from '../instances/changes.ts';
import { instanceClass } from '../instances/classes.ts';
import { describedInstance } from '../instances/described.ts';
import { imageFor, majorVersion } from '../instances/engine-version.ts';
import { checkedPassword, checkedStorage, refuseUnknown } from '../instances/given.ts';
import { checkedWindow } from '../instances/maintenance-window.ts';
import { newPassword, newSecret, secretText } from '../instances/master-secret.ts';
import { checkedGroups } from '../instances/security-groups.ts';
import { dbInstanceKey, dbInstances, type Changes, type DBInstanceRecord } from '../records/db-instance.ts';
import { subnetGroupKey, subnetGroups } from '../records/subnet-group.ts';

const known = [
  'DBInstanceIdentifier',
  'ApplyImmediately',
  'AllocatedStorage',
  'StorageType',
  'DBInstanceClass',
  'EngineVersion',
  'VpcSecurityGroupIds',
  'MasterUserPassword',
  'ManageMasterUserPassword',
  'RotateMasterUserPassword',
  'PreferredMaintenanceWindow',
  'AutoMinorVersionUpgrade',
  'AllowMajorVersionUpgrade',
  'DBPortNumber',
  'DeletionProtection',
];

type ModifyInput = Input<'ModifyDBInstance'>;

/**
 * Class, storage and version wait for the maintenance window unless they are to apply immediately; the password, the port, security groups and
 * protection never wait. https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ModifyInstance.ApplyImmediately.html
 */
export function modifyDBInstance(deps: RdsDeps): RdsHandler<'ModifyDBInstance'> {
  const { db, ids, verifier } = deps;
  return async (input, context) => {
    refuseUnknown(input, known);
    const scope = scopeOf(context);
    const changes = await wantedChanges(
      deps,
      input,
      neededInstance(presentRows(db), scope, input.DBInstanceIdentifier),
    );
    const plain = newPlainPassword(input, () => newPassword(ids));
    // Made before the transaction, which may run more than once, because it takes long.
    const made = plain === undefined ? undefined : { plain, verifier: verifier(plain) };
    const { result } = await db.transact((tx) => {
      const row = modifiable(neededInstance(tx, scope, input.DBInstanceIdentifier));
      const written = withPassword(tx, deps, { row: withSettings(tx, deps, { row, input, changes }), input, made });
      tx.put(dbInstances, dbInstanceKey(scope, row.id), written);
      return written;
    });
    return {
      DBInstance: describedInstance(result, db.get(subnetGroups, subnetGroupKey(scope, result.subnetGroup))?.row),
    };
  };
}

function modifiable(row: DBInstanceRecord): DBInstanceRecord {
  if (row.state !== 'available' && row.state !== 'stopped')
    throw invalidState('Database instance is not in available state.');
  return row;
}

/** What may wait for the maintenance window. */
async function wantedChanges({ images }: RdsDeps, input: ModifyInput, row: DBInstanceRecord): Promise<Changes> {
  const { DBInstanceClass: name, AllocatedStorage: storageGiB, EngineVersion: version } = input;
  if (name !== undefined) instanceClass(name);
  if (storageGiB !== undefined) {
    checkedStorage(storageGiB, row.storageType);
    if (storageGiB < row.storageGiB)
      throw invalidCombination(`The storage cannot shrink from ${row.storageGiB} to ${storageGiB} GiB.`);
  }
  const found = version === undefined || version === row.engineVersion ? undefined : imageFor(await images(), version);
  const upgrade = found?.version === row.engineVersion ? undefined : found;
  if (upgrade !== undefined && majorVersion(upgrade.version) !== majorVersion(row.engineVersion))
    throw notImplemented(`The upgrade from version ${row.engineVersion} to another major version, ${upgrade.version},`);
  const asItIs = version === undefined ? undefined : row;
  return present({
    instanceClass: name,
    storageGiB,
    engineVersion: upgrade?.version ?? asItIs?.engineVersion,
    image: upgrade?.reference ?? asItIs?.image,
  });
}

/** What is to wait: a value that the database has already takes back what waits for another. */
function waiting(row: DBInstanceRecord, changes: Changes): Changes | undefined {
  const members = Object.entries({ ...row.pending, ...changes }) as [keyof Changes, unknown][];
  const differing = members.filter(([member, value]) => row[member] !== value);
  return differing.length === 0 ? undefined : (Object.fromEntries(differing) as Changes);
}

/** @throws InvalidParameterCombination, InvalidParameterValue */
function newPlainPassword(input: ModifyInput, random: () => string): string | undefined {
  const { MasterUserPassword: given, ManageMasterUserPassword: manage, RotateMasterUserPassword: rotate } = input;
  if (given !== undefined && (manage === true || rotate === true))
    throw invalidCombination(
      "You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled.",
    );
  if (manage === true || rotate === true) return random();
  return given === undefined ? undefined : checkedPassword(given);
}

function withSettings(
  tx: Transaction,
  { network }: RdsDeps,
  { row, input, changes }: { readonly row: DBInstanceRecord; readonly input: ModifyInput; readonly changes: Changes },
): DBInstanceRecord {
  const { StorageType: storageType = row.storageType, VpcSecurityGroupIds: ids } = input;
  if (storageType !== 'gp2' && storageType !== 'gp3') throw notImplemented(`StorageType '${storageType}'`);
  const securityGroupIds =
    ids === undefined || ids.length === 0
      ? row.securityGroupIds
      : checkedGroups(network, row, { ids, vpcId: row.interface.vpcId });
  if (securityGroupIds !== row.securityGroupIds)
    network.setSecurityGroups(tx, row, row.interface.networkInterfaceId, securityGroupIds);
  const settled: DBInstanceRecord = {
    ...row,
    storageType,
    securityGroupIds,
    maintenanceWindow: checkedWindow(input.PreferredMaintenanceWindow ?? row.maintenanceWindow),
    autoMinorVersionUpgrade: input.AutoMinorVersionUpgrade ?? row.autoMinorVersionUpgrade,
    deletionProtection: input.DeletionProtection ?? row.deletionProtection,
  };
  const port = present({ port: input.DBPortNumber });
  const pending = waiting(settled, changes);
  const { pending: _before, ...rest } = settled;
  // What was waiting goes along, as on AWS.
  if (input.ApplyImmediately === true) return changed(rest, { ...pending, ...port });
  return changed(pending === undefined ? rest : { ...rest, pending }, port);
}

function withPassword(
  tx: Transaction,
  { secrets, ids }: RdsDeps,
  given: {
    readonly row: DBInstanceRecord;
    readonly input: ModifyInput;
    readonly made: { readonly plain: string; readonly verifier: string } | undefined;
  },
): DBInstanceRecord {
  const { row, input, made } = given;
  const { masterUserSecret: secret, ...rest } = row;
  const { ManageMasterUserPassword: manage, RotateMasterUserPassword: rotate } = input;
  if (rotate === true && secret === undefined && manage !== true)
    throw invalidCombination(
      'RotateMasterUserPassword needs a master user password that is managed in Secrets Manager.',
    );
  if (manage === true && secret !== undefined && rotate !== true) return row;
  if (manage === false && secret !== undefined && made === undefined)
    throw invalidCombination('MasterUserPassword is needed when ManageMasterUserPassword is turned off.');
  if (made === undefined) return row;
  if (secret !== undefined && manage !== false && rotate !== true)
    throw invalidCombination(
      "You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled.",
    );
  const reset: DBInstanceRecord = {
    ...rest,
    password: { verifier: made.verifier, version: row.password.version + 1 },
    state: row.state === 'available' ? 'resetting-master-credentials' : row.state,
  };
  if (manage === false && secret !== undefined) secrets.remove(tx, row, secret.name);
  if (manage !== true && rotate !== true) return reset;
  const value = secretText(row.masterUsername, made.plain);
  if (secret !== undefined) {
    secrets.change(tx, row, secret.name, value);
    return { ...reset, masterUserSecret: secret };
  }
  const named = newSecret(ids, row, row.id);
  return { ...reset, masterUserSecret: { name: named.name, arn: secrets.create(tx, row, { ...named, value }) } };
}
