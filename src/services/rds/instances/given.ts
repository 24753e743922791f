import { invalidValue, notImplemented } from '../errors.ts';
import { storageRange } from '../limits.ts';

/** What may be said of things that are not there: that they are not wanted. Anything else is refused by name. */
const unwanted: Readonly<Record<string, unknown>> = {
  BackupRetentionPeriod: 0,
  BackupTarget: 'region',
  CopyTagsToSnapshot: false,
  DatabaseInsightsMode: 'standard',
  DedicatedLogVolume: false,
  DeleteAutomatedBackups: true,
  EnableCustomerOwnedIp: false,
  EnableIAMDatabaseAuthentication: false,
  EnablePerformanceInsights: false,
  ForceFailover: false,
  LicenseModel: 'postgresql-license',
  MasterUserAuthenticationType: 'password',
  MonitoringInterval: 0,
  MultiAZ: false,
  MultiTenant: false,
  NetworkType: 'IPV4',
  PubliclyAccessible: false,
  StorageEncrypted: false,
  UseDefaultProcessorFeatures: true,
};

/** @param known the members that the operation does something with. @throws InvalidParameterCombination, naming the first that it does not */
export function refuseUnknown(input: object, known: readonly string[]): void {
  for (const [member, value] of Object.entries(input)) {
    if (value === undefined || known.includes(member) || value === unwanted[member]) continue;
    if (Array.isArray(value) && value.length === 0) continue;
    throw notImplemented(`${member}${describedValue(value)}`);
  }
}

function describedValue(value: unknown): string {
  return typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string' ? ` '${value}'` : '';
}

const identifier = /^[a-z](?:-?[a-z0-9])*$/i;

/** @returns it in lower case; throws InvalidParameterValue */
export function checkedIdentifier(given: string, member: 'DBInstanceIdentifier' | 'DBSubnetGroupName'): string {
  const longest = member === 'DBInstanceIdentifier' ? 63 : 255;
  const form = member === 'DBInstanceIdentifier' ? identifier : /^[a-z0-9][a-z0-9 ._-]*$/i;
  if (given.length > longest || !form.test(given))
    throw invalidValue(
      member === 'DBInstanceIdentifier'
        ? `The parameter DBInstanceIdentifier is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens.`
        : `The parameter DBSubnetGroupName must be provided and must not be blank, have at most 255 characters of letters, digits, spaces, periods, underscores and hyphens.`,
    );
  return given.toLowerCase();
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html, MasterUsername and DBName */
const sqlName = /^[a-z][a-z0-9_]{0,62}$/i;
/** https://www.postgresql.org/docs/current/sql-keywords-appendix.html, and those of RDS. */
const reservedUsers = new Set(
  `admin all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
column concurrently constraint create cross current_catalog current_date current_role current_schema current_time current_timestamp
current_user default deferrable desc distinct do else end except false fetch for foreign freeze from full grant group having ilike in
initially inner intersect into is isnull join lateral leading left like limit localtime localtimestamp natural not notnull null offset
on only or order outer overlaps placing primary rdsadmin rds_superuser references returning right select session_user similar some
symmetric table tablesample then to trailing true union unique user using variadic verbose when where window with`.split(
    /\s/,
  ),
);

/** @throws InvalidParameterValue */
export function checkedUsername(name: string): string {
  if (!sqlName.test(name) || /^pg_/i.test(name))
    throw invalidValue(
      `MasterUsername ${name} is not valid: it must begin with a letter, and have at most 63 letters, digits and underscores`,
    );
  if (reservedUsers.has(name.toLowerCase()))
    throw invalidValue(`MasterUsername ${name} cannot be used as it is a reserved word used by the engine`);
  return name;
}

/** @throws InvalidParameterValue */
export function checkedDbName(name: string): string {
  if (!sqlName.test(name) || ['template0', 'template1', 'rdsadmin'].includes(name.toLowerCase()))
    throw invalidValue(
      `DBName ${name} cannot be used: it must begin with a letter, and have at most 63 letters, digits and underscores`,
    );
  return name;
}

/** @throws InvalidParameterValue in AWS's words */
export function checkedPassword(password: string): string {
  if (password.length < 8)
    throw invalidValue(
      'The parameter MasterUserPassword is not a valid password because it is shorter than 8 characters.',
    );
  if (password.length > 128)
    throw invalidValue(
      'The parameter MasterUserPassword is not a valid password because it is longer than 128 characters.',
    );
  if (!/^[!#-.0-?A-~]+$/.test(password))
    throw invalidValue(
      `The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides '/', '@', '"', ' ' may be used.`,
    );
  return password;
}

/** @throws InvalidParameterValue */
export function checkedStorage(storageGiB: number, storageType: string | undefined): void {
  const [least, most] = storageRange;
  if (storageGiB < least || storageGiB > most)
    throw invalidValue(
      `Invalid storage size for engine name postgres and storage type ${storageType ?? 'gp2'}: ${storageGiB}`,
    );
}
