import { expect, test } from 'vitest';
import { account, openRds, outcome } from './contract/opened-rds.ts';

test('[RDS-1] a database is made, comes up, and says where it is', async () => {
  const { create, described, comeUp, tasks, directories, interfaces } = await openRds();
  const made = await create({ DBName: 'orders', Tags: [{ Key: 'stage', Value: 'test' }] });
  expect(made.DBInstance).toMatchObject({ DBInstanceStatus: 'creating', EngineVersion: '15.18', DBName: 'orders' });
  expect(made.DBInstance?.Endpoint).toBe(undefined);
  expect(interfaces).toEqual(new Map([['eni-1', ['default of vpc-1']]]));
  const [task] = tasks.started;
  const resource = made.DBInstance?.DbiResourceId ?? '';
  expect(resource).toMatch(/^db-[A-Z0-9]{26}$/);
  expect(task).toMatchObject({
    family: `rds-${resource.toLowerCase()}`,
    revision: 1,
    image: 'postgres:15',
    mount: { sourcePath: `/data/${account}/${resource}`, containerPath: '/rds' },
    cpuUnits: 2_048,
    reservedCpuUnits: 256,
    memoryMiB: 1_024,
    environment: { POSTGRES_USER: 'shop', POSTGRES_DB: 'orders', RDS_BOOT: '1', RDS_PORT: '5432', PGDATA: '/rds/data' },
  });
  await comeUp();
  expect(await described()).toMatchObject({
    DBInstanceStatus: 'available',
    Endpoint: { Port: 5_432 },
    DBInstanceArn: `arn:aws:rds:us-east-1:${account}:db:shop`,
    TagList: [{ Key: 'stage', Value: 'test' }],
    DBSubnetGroup: { DBSubnetGroupName: 'default' },
    VpcSecurityGroups: [{ VpcSecurityGroupId: 'default of vpc-1', Status: 'active' }],
  });
  expect((await described())?.Endpoint?.Address).toMatch(/^shop\.c[0-9a-f]{11}\.us-east-1\.rds\.amazonaws\.com$/);
  expect([...directories.values()]).toMatchObject([{ said: '1 verifier of secret-123' }]);
});

test('[RDS-2] the password is kept nowhere, not in the tables and not with the container', async () => {
  const { create, comeUp, call, db, tasks } = await openRds();
  await create();
  await comeUp();
  await call('ModifyDBInstance', { DBInstanceIdentifier: 'shop', MasterUserPassword: 'hunter2-hunter2' });
  const { dbInstances } = await import('./records/db-instance.ts');
  const rows = [...db.table(dbInstances).keys('scope', `${account}/us-east-1`)].map(
    (key) => db.get(dbInstances, key)?.row,
  );
  const kept = JSON.stringify([rows, tasks.started]);
  expect(kept.replaceAll(/verifier of [\w-]+/g, '')).not.toMatch(/secret-123|hunter2/);
});

const wrong: readonly (readonly [object, string])[] = [
  [
    { Engine: 'mysql' },
    'InvalidParameterValue: Invalid DB engine: mysql (Longshore runs postgres; the others are not implemented by Longshore)',
  ],
  [
    { DBInstanceClass: 'db.t9.huge' },
    'InvalidParameterValue: Invalid DB Instance class: db.t9.huge (Longshore has t3, t4g, m5, m6g, m6i, m7g, r5, r6g, r6i, r7g)',
  ],
  [{ DBInstanceClass: 'large' }, 'InvalidParameterValue: Invalid DB Instance class: large'],
  [
    { AllocatedStorage: 5 },
    'InvalidParameterValue: Invalid storage size for engine name postgres and storage type gp2: 5',
  ],
  [
    { AllocatedStorage: undefined },
    'InvalidParameterValue: The parameter AllocatedStorage must be provided and must not be blank.',
  ],
  [
    { MasterUsername: 'admin' },
    'InvalidParameterValue: MasterUsername admin cannot be used as it is a reserved word used by the engine',
  ],
  [
    { MasterUsername: '1a' },
    'InvalidParameterValue: MasterUsername 1a is not valid: it must begin with a letter, and have at most 63 letters, digits and underscores',
  ],
  [
    { MasterUserPassword: 'short' },
    'InvalidParameterValue: The parameter MasterUserPassword is not a valid password because it is shorter than 8 characters.',
  ],
  [
    { MasterUserPassword: 'with@sign-12' },
    `InvalidParameterValue: The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides '/', '@', '"', ' ' may be used.`,
  ],
  [
    { MasterUserPassword: undefined },
    'InvalidParameterValue: The parameter MasterUserPassword must be provided and must not be blank.',
  ],
  [
    { ManageMasterUserPassword: true, MasterUserPassword: 'secret-123' },
    "InvalidParameterCombination: You can't specify MasterUserPassword for an instance with ManageMasterUserPassword enabled.",
  ],
  [{ EngineVersion: '16' }, 'InvalidParameterCombination: Cannot find version 16 for postgres (at hand: 15.18)'],
  [{ EngineVersion: '15.1' }, 'InvalidParameterCombination: Cannot find version 15.1 for postgres (at hand: 15.18)'],
  [
    { VpcSecurityGroupIds: ['sg-x'] },
    'InvalidParameterCombination: The DB instance and EC2 security group are in different VPCs. The DB instance is in vpc-1 and the EC2 security group is in vpc-2',
  ],
  [{ VpcSecurityGroupIds: ['sg-9'] }, 'InvalidParameterValue: Invalid security group , groupId= sg-9, groupName=.'],
  [{ DBSubnetGroupName: 'none' }, "DBSubnetGroupNotFoundFault: DB subnet group 'none' does not exist."],
  [{ AvailabilityZone: 'us-east-1f' }, 'InvalidVPCNetworkStateFault: no subnet is in the zone'],
  [
    { DBInstanceIdentifier: 'a--b' },
    'InvalidParameterValue: The parameter DBInstanceIdentifier is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.',
  ],
  [{ PreferredMaintenanceWindow: 'sun:05:00' }, 'InvalidParameterValue: Invalid maintenance window format: sun:05:00'],
  [{ MultiAZ: true }, "InvalidParameterCombination: MultiAZ 'true' is not implemented by Longshore"],
  [
    { PubliclyAccessible: true },
    "InvalidParameterCombination: PubliclyAccessible 'true' is not implemented by Longshore",
  ],
  [
    { BackupRetentionPeriod: 7 },
    "InvalidParameterCombination: BackupRetentionPeriod '7' is not implemented by Longshore",
  ],
  [{ StorageEncrypted: true }, "InvalidParameterCombination: StorageEncrypted 'true' is not implemented by Longshore"],
  [{ StorageType: 'io2' }, "InvalidParameterCombination: StorageType 'io2' is not implemented by Longshore"],
  [
    { EnableCloudwatchLogsExports: ['postgresql'] },
    'InvalidParameterCombination: EnableCloudwatchLogsExports is not implemented by Longshore',
  ],
];

test.each(wrong)('[RDS-3] refused, and nothing is left of it: %j', async (given, expected) => {
  const { create, call, directories, interfaces } = await openRds();
  expect(await outcome(create(given))).toBe(expected);
  expect((await call('DescribeDBInstances', {})).DBInstances).toEqual([]);
  expect([directories.size, interfaces.size]).toEqual([0, 0]);
});

test('[RDS-3] what is said not to be wanted is taken', async () => {
  const { create } = await openRds();
  const no = { MultiAZ: false, PubliclyAccessible: false, BackupRetentionPeriod: 0, StorageEncrypted: false };
  expect(await outcome(create({ ...no, LicenseModel: 'postgresql-license', EnableCloudwatchLogsExports: [] }))).toBe(
    'ok',
  );
  expect(await outcome(create())).toBe('DBInstanceAlreadyExists: DB instance already exists');
});

test('[RDS-4] without an image nothing is made, and the words say what to do', async () => {
  const { create, call } = await openRds([]);
  expect(await outcome(create())).toContain('run "longshore image --postgres"');
  expect((await call('DescribeDBEngineVersions', {})).DBEngineVersions).toEqual([]);
});

test('[RDS-4] versions are those of the images at hand', async () => {
  const { create, call } = await openRds([
    { reference: 'longshore/postgres:local', version: '15.18' },
    { reference: 'postgres:16', version: '16.4' },
  ]);
  const { DBEngineVersions: versions } = await call('DescribeDBEngineVersions', { Engine: 'postgres' });
  expect(versions?.map((one) => [one.EngineVersion, one.DBParameterGroupFamily])).toEqual([
    ['15.18', 'postgres15'],
    ['16.4', 'postgres16'],
  ]);
  expect((await call('DescribeDBEngineVersions', { DefaultOnly: true })).DBEngineVersions).toMatchObject([
    { EngineVersion: '15.18' },
  ]);
  expect((await call('DescribeDBEngineVersions', { Engine: 'mysql' })).DBEngineVersions).toEqual([]);
  expect((await create({ EngineVersion: '16' })).DBInstance?.EngineVersion).toBe('16.4');
  const { OrderableDBInstanceOptions: options } = await call('DescribeOrderableDBInstanceOptions', {
    Engine: 'postgres',
    EngineVersion: '16.4',
    DBInstanceClass: 'db.t3.micro',
  });
  expect(options?.map((one) => [one.DBInstanceClass, one.StorageType])).toEqual([
    ['db.t3.micro', 'gp2'],
    ['db.t3.micro', 'gp3'],
  ]);
});

test('[RDS-5] reboot: a new container on the same data and address', async () => {
  const { create, comeUp, call, status, end, tasks, interfaces } = await openRds();
  await create();
  expect(await outcome(call('RebootDBInstance', { DBInstanceIdentifier: 'shop' }))).toBe(
    'InvalidDBInstanceState: Instance cannot currently reboot due to an in-progress management operation.',
  );
  await comeUp();
  await call('RebootDBInstance', { DBInstanceIdentifier: 'SHOP' });
  expect([await status(), tasks.stopped]).toEqual(['rebooting', ['task-1: The DB instance is being restarted']]);
  await end();
  expect(tasks.started.map(({ revision, interface: own }) => [revision, own.networkInterfaceId])).toEqual([
    [1, 'eni-1'],
    [2, 'eni-1'],
  ]);
  // What the old container said counts no more.
  tasks.become({ status: 'running' });
  expect(await status()).toBe('rebooting');
  await comeUp();
  expect([await status(), interfaces.size]).toEqual(['available', 1]);
});

test('[RDS-6] stop and start', async () => {
  const { create, comeUp, call, status, end, tasks, clock } = await openRds();
  await create();
  await comeUp();
  await call('StopDBInstance', { DBInstanceIdentifier: 'shop' });
  expect(await status()).toBe('stopping');
  await end();
  expect(await status()).toBe('stopped');
  await clock.advance(3_600_000);
  expect(tasks.started.length).toBe(1);
  expect(await outcome(call('StopDBInstance', { DBInstanceIdentifier: 'shop' }))).toBe(
    'InvalidDBInstanceState: Instance shop is not in available state.',
  );
  await call('StartDBInstance', { DBInstanceIdentifier: 'shop' });
  expect([await status(), tasks.started.length]).toEqual(['starting', 2]);
  await comeUp();
  expect(await status()).toBe('available');
  expect(await outcome(call('StartDBInstance', { DBInstanceIdentifier: 'shop' }))).toBe(
    "InvalidDBInstanceState: Instance shop cannot be started as it is not in one of the following statuses: 'stopped'.",
  );
});

test('[RDS-7] a database that ends by itself is started again, later and later; a new one that never comes up has failed', async () => {
  const { create, comeUp, status, end, tasks, clock } = await openRds();
  await create();
  await comeUp();
  await end();
  expect([await status(), tasks.started.length]).toEqual(['rebooting', 2]);
  await end();
  expect(tasks.started.length).toBe(2);
  await clock.advance(2_000);
  expect(tasks.started.length).toBe(3);
  await comeUp();
  expect(await status()).toBe('available');

  const other = await openRds();
  await other.create();
  for (let start = 1; start <= 5; start++) {
    expect(other.tasks.started.length).toBe(start);
    await other.end('exit code 1');
    await other.clock.advance(60_000);
  }
  expect([await other.status(), other.tasks.started.length]).toEqual(['failed', 5]);
});

test('[RDS-8] a new password takes effect without a restart', async () => {
  const { create, comeUp, call, described, status, tasks, directories } = await openRds();
  await create();
  await comeUp();
  await call('ModifyDBInstance', { DBInstanceIdentifier: 'shop', MasterUserPassword: 'other-secret' });
  expect(await described()).toMatchObject({
    DBInstanceStatus: 'resetting-master-credentials',
    PendingModifiedValues: { MasterUserPassword: '****' },
  });
  expect([...directories.values()]).toMatchObject([{ said: '2 verifier of other-secret' }]);
  await comeUp();
  expect([await status(), (await described())?.PendingModifiedValues, tasks.started.length]).toEqual([
    'available',
    {},
    1,
  ]);
});

test('[RDS-9] class and storage wait for the maintenance window unless they apply immediately; the port never waits', async () => {
  const { create, comeUp, call, described, end, tasks, clock } = await openRds();
  await create({ PreferredMaintenanceWindow: 'Mon:03:00-Mon:04:00' });
  await comeUp();
  await call('ModifyDBInstance', {
    DBInstanceIdentifier: 'shop',
    DBInstanceClass: 'db.t3.small',
    AllocatedStorage: 30,
  });
  expect(await described()).toMatchObject({
    DBInstanceStatus: 'available',
    DBInstanceClass: 'db.t3.micro',
    AllocatedStorage: 20,
    PendingModifiedValues: { DBInstanceClass: 'db.t3.small', AllocatedStorage: 30 },
  });
  await clock.advance(7 * 24 * 3_600_000);
  expect(await described()).toMatchObject({
    DBInstanceStatus: 'modifying',
    DBInstanceClass: 'db.t3.small',
    PendingModifiedValues: {},
  });
  await end();
  await comeUp();
  expect(tasks.started.at(-1)?.memoryMiB).toBe(2_048);
  await call('ModifyDBInstance', { DBInstanceIdentifier: 'shop', AllocatedStorage: 40, ApplyImmediately: true });
  expect(await described()).toMatchObject({ DBInstanceStatus: 'available', AllocatedStorage: 40 });
  await call('ModifyDBInstance', { DBInstanceIdentifier: 'shop', DBPortNumber: 6_000 });
  expect(await described()).toMatchObject({ DBInstanceStatus: 'modifying', Endpoint: { Port: 6_000 } });
  expect(await outcome(call('ModifyDBInstance', { DBInstanceIdentifier: 'shop', AllocatedStorage: 50 }))).toBe(
    'InvalidDBInstanceState: Database instance is not in available state.',
  );
  await end();
  await comeUp();
  expect(tasks.started.at(-1)).toMatchObject({ port: 6_000, environment: { RDS_PORT: '6000' } });
  expect(await outcome(call('ModifyDBInstance', { DBInstanceIdentifier: 'shop', AllocatedStorage: 20 }))).toBe(
    'InvalidParameterCombination: The storage cannot shrink from 40 to 20 GiB.',
  );
});

test('[RDS-9] what waits is taken back by asking for what is, also at once', async () => {
  const { create, comeUp, call, described, tasks } = await openRds();
  await create();
  await comeUp();
  const change = (more: object) => call('ModifyDBInstance', { DBInstanceIdentifier: 'shop', ...more });
  await change({ DBInstanceClass: 'db.t3.small', AllocatedStorage: 30 });
  await change({ AllocatedStorage: 20 });
  expect((await described())?.PendingModifiedValues).toEqual({ DBInstanceClass: 'db.t3.small' });
  await change({ DBInstanceClass: 'db.t3.micro', ApplyImmediately: true });
  expect(await described()).toMatchObject({
    DBInstanceStatus: 'available',
    DBInstanceClass: 'db.t3.micro',
    PendingModifiedValues: {},
  });
  // The version of the major one that runs is the one that runs.
  await change({ EngineVersion: '15', ApplyImmediately: true });
  expect(await described()).toMatchObject({ DBInstanceStatus: 'available', EngineVersion: '15.18' });
  expect(tasks.started).toHaveLength(1);
});

test('[RDS-3] nothing is left of a directory that could not be made', async () => {
  const { create, deps, directories } = await openRds();
  const { make } = deps.directories;
  deps.directories.make = async (owner, id) => {
    await make(owner, id);
    throw new Error('no space left on device');
  };
  await expect(create()).rejects.toThrow('no space left on device');
  expect(directories.size).toBe(0);
});

test('[RDS-10] security groups change at once', async () => {
  const { create, comeUp, call, interfaces, tasks } = await openRds();
  await create({ VpcSecurityGroupIds: ['sg-1'] });
  await comeUp();
  const changed = await call('ModifyDBInstance', {
    DBInstanceIdentifier: 'shop',
    VpcSecurityGroupIds: ['sg-2', 'sg-1', 'sg-2'],
  });
  expect(changed.DBInstance).toMatchObject({
    DBInstanceStatus: 'available',
    VpcSecurityGroups: [{ VpcSecurityGroupId: 'sg-2' }, { VpcSecurityGroupId: 'sg-1' }],
  });
  expect([interfaces.get('eni-1'), tasks.started.length]).toEqual([['sg-2', 'sg-1'], 1]);
});

test('[RDS-11] a managed password: a secret that goes with the database, and a new one on demand', async () => {
  const { create, comeUp, call, described, end, secrets, directories } = await openRds();
  await create({ ManageMasterUserPassword: true });
  await comeUp();
  const [[name, text] = ['', '']] = secrets;
  expect(name).toMatch(/^rds!db-[0-9a-f-]{36}$/);
  expect((await described())?.MasterUserSecret).toMatchObject({ SecretStatus: 'active' });
  const { username, password } = JSON.parse(text) as Record<string, string>;
  expect([username, password?.length]).toEqual(['shop', 32]);
  expect([...directories.values()]).toMatchObject([{ said: `1 verifier of ${password}` }]);
  const modify = (more: object) => call('ModifyDBInstance', { DBInstanceIdentifier: 'shop', ...more });
  expect(await outcome(modify({ MasterUserPassword: 'secret-123' }))).toContain('InvalidParameterCombination');
  expect(await outcome(modify({ ManageMasterUserPassword: false }))).toBe(
    'InvalidParameterCombination: MasterUserPassword is needed when ManageMasterUserPassword is turned off.',
  );
  await modify({ RotateMasterUserPassword: true });
  const rotated = secrets.get(name) ?? '';
  expect(rotated).not.toBe(text);
  expect([...directories.values()][0]?.said).toBe(
    `2 verifier of ${(JSON.parse(rotated) as { password: string }).password}`,
  );
  await comeUp();
  await modify({ ManageMasterUserPassword: false, MasterUserPassword: 'secret-123' });
  expect(secrets.size).toBe(0);
  await comeUp();
  await modify({ ManageMasterUserPassword: true });
  expect(secrets.size).toBe(1);
  await comeUp();
  await call('DeleteDBInstance', { DBInstanceIdentifier: 'shop', SkipFinalSnapshot: true });
  await end();
  expect(secrets.size).toBe(0);
});

test('[RDS-12] deletion: protected, without snapshots, and with all that was made', async () => {
  const { create, comeUp, call, status, end, tasks, directories, interfaces } = await openRds();
  await create({ DeletionProtection: true });
  await comeUp();
  const remove = (more: object) => call('DeleteDBInstance', { DBInstanceIdentifier: 'shop', ...more });
  expect(await outcome(remove({}))).toBe(
    'InvalidParameterCombination: FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.',
  );
  expect(await outcome(remove({ FinalDBSnapshotIdentifier: 'last' }))).toBe(
    "InvalidParameterCombination: FinalDBSnapshotIdentifier 'last' (there are no snapshots) is not implemented by Longshore",
  );
  expect(await outcome(remove({ SkipFinalSnapshot: true }))).toBe(
    'InvalidParameterCombination: Cannot delete protected DB Instance, please disable deletion protection and try again.',
  );
  await call('ModifyDBInstance', { DBInstanceIdentifier: 'shop', DeletionProtection: false });
  await remove({ SkipFinalSnapshot: true });
  expect(await status()).toBe('deleting');
  expect(await outcome(remove({ SkipFinalSnapshot: true }))).toBe(
    'InvalidDBInstanceState: Instance shop is already being deleted.',
  );
  expect([directories.size, interfaces.size]).toEqual([1, 1]);
  await end();
  expect([directories.size, interfaces.size, tasks.forgotten.length]).toEqual([0, 0, 1]);
  expect(await outcome(call('DescribeDBInstances', { DBInstanceIdentifier: 'shop' }))).toBe(
    'DBInstanceNotFound: DBInstance shop not found.',
  );
});

test('[RDS-13] subnet groups: two zones of one VPC, not deleted while in use', async () => {
  const { create, call, comeUp, end } = await openRds();
  const group = (DBSubnetGroupName: string, SubnetIds: readonly string[]) =>
    call('CreateDBSubnetGroup', { DBSubnetGroupName, DBSubnetGroupDescription: 'd', SubnetIds });
  expect(await outcome(group('one', ['subnet-b', 'subnet-c']))).toBe(
    "DBSubnetGroupDoesNotCoverEnoughAZs: The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: us-east-1b. Add subnets to cover at least 2 AZs.",
  );
  expect(await outcome(group('one', ['subnet-a', 'subnet-9']))).toBe(
    'InvalidSubnet: Some input subnets in :[subnet-9] are invalid.',
  );
  expect(await outcome(group('one', ['subnet-a', 'subnet-y']))).toBe(
    'InvalidSubnet: The subnets are not all in a common VPC: vpc-1, vpc-2.',
  );
  expect(await outcome(group('default', ['subnet-a', 'subnet-b']))).toContain('reserved');
  expect((await group('Private', ['subnet-a', 'subnet-b'])).DBSubnetGroup).toMatchObject({
    DBSubnetGroupName: 'private',
    VpcId: 'vpc-1',
  });
  expect(await outcome(group('private', ['subnet-a', 'subnet-b']))).toBe(
    "DBSubnetGroupAlreadyExists: The DB subnet group 'private' already exists.",
  );
  await create({ DBSubnetGroupName: 'private' });
  expect(await outcome(call('DeleteDBSubnetGroup', { DBSubnetGroupName: 'private' }))).toBe(
    "InvalidDBSubnetGroupStateFault: Cannot delete the subnet group 'private' because at least one database instance: shop is still using it.",
  );
  const modify = (SubnetIds: readonly string[]) =>
    call('ModifyDBSubnetGroup', { DBSubnetGroupName: 'private', SubnetIds });
  expect(await outcome(modify(['subnet-x', 'subnet-y']))).toContain('not in the same Vpc');
  expect((await modify(['subnet-a', 'subnet-c'])).DBSubnetGroup?.Subnets?.length).toBe(2);
  await comeUp();
  await call('DeleteDBInstance', { DBInstanceIdentifier: 'shop', SkipFinalSnapshot: true });
  await end();
  await call('DeleteDBSubnetGroup', { DBSubnetGroupName: 'private' });
  expect(await outcome(call('DescribeDBSubnetGroups', { DBSubnetGroupName: 'private' }))).toBe(
    "DBSubnetGroupNotFoundFault: DB subnet group 'private' does not exist.",
  );
});

test('[RDS-14] lists: filters, pages, other accounts', async () => {
  const { create, call } = await openRds();
  for (let number = 0; number < 23; number++)
    await create({ DBInstanceIdentifier: `db${String(number).padStart(2, '0')}` });
  const first = await call('DescribeDBInstances', { MaxRecords: 20 });
  expect([first.DBInstances?.length, first.Marker]).toEqual([20, 'after:db19']);
  const second = await call('DescribeDBInstances', { MaxRecords: 20, Marker: first.Marker });
  expect([second.DBInstances?.length, second.Marker]).toEqual([3, undefined]);
  const gone = await call('DescribeDBInstances', { MaxRecords: 20, Marker: 'after:db18x' });
  expect(gone.DBInstances?.map(({ DBInstanceIdentifier: id }) => id)).toEqual(['db19', 'db20', 'db21', 'db22']);
  expect(await outcome(call('DescribeDBInstances', { Marker: 'x' }))).toBe(
    "InvalidParameterValue: The marker 'x' is not valid.",
  );
  const filtered = async (Name: string, ...Values: string[]) =>
    (await call('DescribeDBInstances', { Filters: [{ Name, Values }] })).DBInstances?.map(
      (row) => row.DBInstanceIdentifier,
    );
  const resource = second.DBInstances?.[0]?.DbiResourceId ?? '';
  expect(await filtered('db-instance-id', 'DB01', `arn:aws:rds:us-east-1:${account}:db:db02`)).toEqual([
    'db01',
    'db02',
  ]);
  expect(await filtered('dbi-resource-id', resource)).toEqual(['db20']);
  expect((await filtered('engine', 'postgres'))?.length).toBe(23);
  expect(await filtered('engine', 'mysql')).toEqual([]);
  expect(await outcome(filtered('colour', 'red'))).toBe('InvalidParameterValue: Unrecognized filter name: colour');
  expect((await call('DescribeDBInstances', {}, { account: '999999999999' })).DBInstances).toEqual([]);
});

test('[RDS-15] tags of databases and subnet groups', async () => {
  const { create, call } = await openRds();
  await create();
  const ResourceName = `arn:aws:rds:us-east-1:${account}:db:shop`;
  await call('AddTagsToResource', { ResourceName, Tags: [{ Key: 'a', Value: '1' }, { Key: 'b' }] });
  await call('RemoveTagsFromResource', { ResourceName, TagKeys: ['a'] });
  expect((await call('ListTagsForResource', { ResourceName })).TagList).toEqual([{ Key: 'b', Value: '' }]);
  const group = `arn:aws:rds:us-east-1:${account}:subgrp:default`;
  await call('AddTagsToResource', { ResourceName: group, Tags: [{ Key: 'c', Value: '2' }] });
  expect((await call('ListTagsForResource', { ResourceName: group })).TagList).toEqual([{ Key: 'c', Value: '2' }]);
  expect(await outcome(call('ListTagsForResource', { ResourceName: `${ResourceName}x` }))).toContain(
    'DBInstanceNotFound',
  );
  expect(await outcome(call('ListTagsForResource', { ResourceName: 'shop' }))).toBe(
    'InvalidParameterValue: Invalid resource name: shop',
  );
});

test('[RDS-15] an ARN counts as it is written only: policies are asked about that very text', async () => {
  const { create, call } = await openRds();
  await create();
  const own = `arn:aws:rds:us-east-1:${account}:db:shop`;
  expect((await call('DescribeDBInstances', { DBInstanceIdentifier: own })).DBInstances).toHaveLength(1);
  for (const other of [own.replace('shop', 'SHOP'), own.replace(account, '999999999999'), `${own}:more:shop`])
    expect(await outcome(call('DescribeDBInstances', { DBInstanceIdentifier: other }))).toBe(
      `DBInstanceNotFound: DBInstance ${other} not found.`,
    );
  for (const other of [own.replace('shop', 'SHOP'), `${own}:more`])
    expect(await outcome(call('AddTagsToResource', { ResourceName: other, Tags: [{ Key: 'a', Value: '1' }] }))).toBe(
      `InvalidParameterValue: Invalid resource name: ${other}`,
    );
});
