import { instancesOf, listPage, neededInstance, presentRows, scopeOf, type RdsDeps, type RdsHandler } from '../core.ts';
import { invalidValue } from '../errors.ts';
import { describedInstance } from '../instances/described.ts';
import { dbInstanceArn, type DBInstanceRecord } from '../records/db-instance.ts';
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
    const id = given.startsWith('arn:') ? given.slice(given.lastIndexOf(':') + 1) : given;
    const all = id === '' ? instancesOf(db, scope) : [neededInstance(rows, scope, id)];
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
