import {
  instancesOf,
  listPage,
  neededInstance,
  presentRows,
  scopeOf,
  type RdsDeps,
  type RdsHandler,
  type Rows,
} from '../core.ts';
import { instanceNotFound, invalidValue } from '../errors.ts';
import { describedInstance } from '../instances/described.ts';
import { dbInstanceArn, type DBInstanceRecord } from '../records/db-instance.ts';
import type { Scope } from '../records/scope.ts';
import { subnetGroupKey, subnetGroups } from '../records/subnet-group.ts';

type Matches = (row: DBInstanceRecord, values: readonly string[]) => boolean;

/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBInstances.html, Filters */
const filters: Readonly<Record<string, Matches>> = {
  'db-cluster-id': () => false,
  'db-instance-id': (row, values) =>
    values.some((value) => value.toLowerCase() === row.id || value === dbInstanceArn(row)),
  'dbi-resource-id': (row, values) => values.includes(row.resourceId),
  domain: () => false,
  engine: (_row, values) => values.includes('postgres'),
};

export function describeDBInstances({ db }: RdsDeps): RdsHandler<'DescribeDBInstances'> {
  return (input, context) => {
    const scope = scopeOf(context);
    const rows = presentRows(db);
    const { DBInstanceIdentifier: given = '' } = input;
    const all = given === '' ? instancesOf(db, scope) : [namedInstance(rows, scope, given)];
    const wanted = (input.Filters ?? []).map(({ Name: name, Values: values }) => {
      const matches = filters[name];
      if (matches === undefined) throw invalidValue(`Unrecognized filter name: ${name}`);
      return (row: DBInstanceRecord) => matches(row, values);
    });
    const found = all.filter((row) => wanted.every((matches) => matches(row)));
    const { items, next } = listPage(found, (row) => row.id, input);
    return {
      DBInstances: items.map((row) =>
        describedInstance(row, rows.get(subnetGroups, subnetGroupKey(row, row.subnetGroup))),
      ),
      ...next,
    };
  };
}

/** By its identifier or its ARN, which is taken as it is written only: policies are asked about it so. @throws DBInstanceNotFound */
function namedInstance(rows: Rows, scope: Scope, given: string): DBInstanceRecord {
  if (!given.startsWith('arn:')) return neededInstance(rows, scope, given);
  const row = neededInstance(rows, scope, given.slice(given.lastIndexOf(':') + 1));
  if (dbInstanceArn(row) !== given) throw instanceNotFound(given);
  return row;
}
