import { InvalidArgument, Unavailable, type Ids } from '../../../kernel/index.ts';
import type { Transaction } from '../../../store/index.ts';
import {
  neededSubnetGroup,
  present,
  presentRows,
  scopeOf,
  type Input,
  type RdsDeps,
  type RdsHandler,
} from '../core.ts';
import { invalidCombination, invalidValue, rdsError } from '../errors.ts';
import { instanceClass } from '../instances/classes.ts';
import { describedInstance } from '../instances/described.ts';
import { imageFor } from '../instances/engine-version.ts';
import {
  checkedDbName,
  checkedIdentifier,
  checkedPassword,
  checkedStorage,
  checkedUsername,
  refuseUnknown,
} from '../instances/given.ts';
import { checkedWindow, defaultWindow } from '../instances/maintenance-window.ts';
import { newPassword, newSecret, secretText } from '../instances/master-secret.ts';
import { checkedGroups } from '../instances/security-groups.ts';
import { maxInstances } from '../limits.ts';
import { dbInstanceKey, dbInstances, type DBInstanceRecord } from '../records/db-instance.ts';
import { endpointZoneKey, endpointZones, zoneName } from '../records/endpoint-zone.ts';
import { scopeText, type Scope } from '../records/scope.ts';
import { subnetGroupKey, subnetGroups, type SubnetGroupRecord } from '../records/subnet-group.ts';
import { defaultSubnetGroup } from '../subnet-groups/checked-subnets.ts';
import { addedTags } from '../tags.ts';

const known = [
  'DBInstanceIdentifier',
  'DBInstanceClass',
  'Engine',
  'EngineVersion',
  'DBName',
  'AllocatedStorage',
  'StorageType',
  'MasterUsername',
  'MasterUserPassword',
  'ManageMasterUserPassword',
  'VpcSecurityGroupIds',
  'DBSubnetGroupName',
  'AvailabilityZone',
  'Port',
  'PreferredMaintenanceWindow',
  'AutoMinorVersionUpgrade',
  'DeletionProtection',
  'Tags',
];
const defaultPort = 5_432;
const capitals = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

type NewInstance = Omit<DBInstanceRecord, 'interface' | 'endpointZone' | 'masterUserSecret'>;

/** Written down at once; the controller starts its container. https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html */
export function createDBInstance(deps: RdsDeps): RdsHandler<'CreateDBInstance'> {
  const { db, ids, directories } = deps;
  return async (input, context) => {
    refuseUnknown(input, known);
    const scope = scopeOf(context);
    const given = checked(input);
    const group = groupOf(deps, scope, input.DBSubnetGroupName);
    const securityGroupIds = checkedGroups(deps.network, scope, {
      ids: input.VpcSecurityGroupIds ?? [],
      vpcId: group.vpcId,
    });
    const image = imageFor(await deps.images(), input.EngineVersion);
    const managed = input.ManageMasterUserPassword === true;
    const plain = managed ? newPassword(ids) : checkedPassword(input.MasterUserPassword ?? '');
    const row: NewInstance = {
      ...scope,
      ...given,
      resourceId: `db-${randomText(ids, capitals, 26)}`,
      createdAtMs: deps.clock.nowMs(),
      state: 'creating',
      engineVersion: image.version,
      image: image.reference,
      password: { verifier: deps.verifier(plain), version: 1 },
      subnetGroup: group.name,
      securityGroupIds,
      boots: 0,
      startsInVain: 0,
    };
    try {
      await directories.make(row.account, row.resourceId);
      const { result } = await db.transact((tx) =>
        written(tx, deps, { row, group, input, ...(managed ? { secret: secretText(row.masterUsername, plain) } : {}) }),
      );
      return { DBInstance: describedInstance(result, group) };
    } catch (error) {
      await directories.remove(row.account, row.resourceId);
      throw error;
    }
  };
}

/** The parts of a request that need nothing else. @throws InvalidParameterValue, InvalidParameterCombination */
function checked(input: Input<'CreateDBInstance'>) {
  const { Engine: engine, StorageType: storageType = 'gp2', AllocatedStorage: storageGiB } = input;
  if (engine !== 'postgres')
    throw invalidValue(
      `Invalid DB engine: ${engine} (Longshore runs postgres; the others are not implemented by Longshore)`,
    );
  if (storageType !== 'gp2' && storageType !== 'gp3')
    throw invalidCombination(`StorageType '${storageType}' is not implemented by Longshore`);
  if (storageGiB === undefined)
    throw invalidValue('The parameter AllocatedStorage must be provided and must not be blank.');
  checkedStorage(storageGiB, storageType);
  if ((input.MasterUsername ?? '') === '')
    throw invalidValue('The parameter MasterUsername must be provided and must not be blank.');
  if (input.ManageMasterUserPassword === true && input.MasterUserPassword !== undefined)
    throw invalidCombination(
      "You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled.",
    );
  if (input.ManageMasterUserPassword !== true && (input.MasterUserPassword ?? '') === '')
    throw invalidValue('The parameter MasterUserPassword must be provided and must not be blank.');
  instanceClass(input.DBInstanceClass);
  return {
    id: checkedIdentifier(input.DBInstanceIdentifier, 'DBInstanceIdentifier'),
    instanceClass: input.DBInstanceClass,
    storageGiB,
    storageType,
    masterUsername: checkedUsername(input.MasterUsername ?? ''),
    port: input.Port ?? defaultPort,
    maintenanceWindow: checkedWindow(input.PreferredMaintenanceWindow ?? defaultWindow),
    autoMinorVersionUpgrade: input.AutoMinorVersionUpgrade ?? true,
    deletionProtection: input.DeletionProtection ?? false,
    tags: addedTags([], input.Tags),
    ...present({ dbName: input.DBName === undefined ? undefined : checkedDbName(input.DBName) }),
  } as const;
}

function groupOf({ db, network }: RdsDeps, scope: Scope, name = 'default'): SubnetGroupRecord {
  const rows = presentRows(db);
  const own = rows.get(subnetGroups, subnetGroupKey(scope, name.toLowerCase()));
  if (own !== undefined) return own;
  return name.toLowerCase() === 'default' ? defaultSubnetGroup(network, scope) : neededSubnetGroup(rows, scope, name);
}

interface Writing {
  readonly row: NewInstance;
  readonly group: SubnetGroupRecord;
  readonly input: Input<'CreateDBInstance'>;
  /** The text of its master user's secret; absent: it has none. */
  readonly secret?: string;
}

function written(tx: Transaction, deps: RdsDeps, { row, group, input, secret }: Writing): DBInstanceRecord {
  const { db, network, ids, secrets } = deps;
  const scope = { account: row.account, region: row.region };
  const key = dbInstanceKey(scope, row.id);
  if (tx.get(dbInstances, key) !== undefined) throw rdsError('DBInstanceAlreadyExists', 'DB instance already exists');
  if (db.table(dbInstances).count('scope', scopeText(scope)) >= maxInstances)
    throw rdsError('InstanceQuotaExceeded', `A Region can have at most ${maxInstances} DB instances.`);
  useGroup(tx, group);
  const { AvailabilityZone: zone } = input;
  const named = newSecret(ids, scope, row.id);
  const made: DBInstanceRecord = {
    ...row,
    endpointZone: zoneOf(tx, ids, scope),
    interface: inSubnet(() =>
      network.createInterface(tx, {
        scope,
        subnets: group.subnets.map(({ id }) => id),
        securityGroups: row.securityGroupIds,
        ...(zone === undefined ? {} : { zones: [zone] }),
        description: 'RDSNetworkInterface',
        chance: ids.fraction(),
      }),
    ),
    ...(secret === undefined
      ? {}
      : { masterUserSecret: { name: named.name, arn: secrets.create(tx, scope, { ...named, value: secret }) } }),
  };
  tx.create(dbInstances, key, made);
  return made;
}

/** The default group is made with its first database; any other must still be there. */
function useGroup(tx: Transaction, group: SubnetGroupRecord): void {
  const key = subnetGroupKey(group, group.name);
  if (group.name !== 'default') neededSubnetGroup(tx, group, group.name);
  else if (tx.get(subnetGroups, key) === undefined) tx.create(subnetGroups, key, group);
}

function zoneOf(tx: Transaction, ids: Ids, scope: Scope): string {
  const key = endpointZoneKey(scope);
  const there = tx.get(endpointZones, key);
  if (there !== undefined) return zoneName(there);
  const made = { ...scope, hash: `c${ids.hex(11)}` };
  tx.create(endpointZones, key, made);
  return zoneName(made);
}

function inSubnet<Made>(make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    if (error instanceof InvalidArgument) throw rdsError('InvalidSubnet', error.message);
    if (error instanceof Unavailable) throw rdsError('InvalidVPCNetworkStateFault', error.message);
    throw error;
  }
}

function randomText(ids: Ids, characters: string, length: number): string {
  return Array.from({ length }, () => characters[Math.floor(ids.fraction() * characters.length)]).join('');
}
