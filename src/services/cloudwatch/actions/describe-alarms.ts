import { InvalidArgument } from '../../../kernel/index.ts';
import type { DescribeAlarmsInput, MetricAlarm } from '../../../protocol/generated/cloudwatch.ts';
import type { Database, Table } from '../../../store/index.ts';
import { invalidToken, invalidValue, notImplemented } from '../errors.ts';
import { alarmArn, alarmKey, alarms, type AlarmRecord, type Scope } from '../records/alarm.ts';
import { scopeOf, type CloudWatchHandler } from './handler.ts';

const defaultRecords = 50;
const maxNames = 100;
/** Rows read for one page of a prefix; past it the page ends early and the token goes on. */
const maxRead = 1_000;

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html */
export function describeAlarms(db: Database): CloudWatchHandler<'DescribeAlarms'> {
  return (input, context) => {
    for (const name of ['ChildrenOfAlarmName', 'ParentsOfAlarmName', 'ActionPrefix'] as const)
      if (input[name] !== undefined) throw notImplemented(name);
    if (input.AlarmTypes !== undefined && !input.AlarmTypes.includes('MetricAlarm'))
      return { MetricAlarms: [], CompositeAlarms: [] };
    const scope = scopeOf(context);
    if ((input.AlarmNames ?? []).length > 0) return named(db, scope, input);
    return { CompositeAlarms: [], ...page(db.table(alarms), scope, input) };
  };
}

function named(
  db: Database,
  scope: Scope,
  { AlarmNames: names = [], AlarmNamePrefix, StateValue }: DescribeAlarmsInput,
) {
  if (AlarmNamePrefix !== undefined) throw invalidValue('AlarmNamePrefix and AlarmNames may not be used together.');
  if (names.length > maxNames) throw invalidValue(`AlarmNames can have at most ${maxNames} items.`);
  const rows = names.flatMap((name) => db.get(alarms, alarmKey(scope, name))?.row ?? []);
  const wanted = rows.filter((row) => StateValue === undefined || row.state === StateValue);
  return { MetricAlarms: wanted.map(described), CompositeAlarms: [] };
}

function page(table: Table<AlarmRecord, 'scope' | 'scopeState'>, scope: Scope, input: DescribeAlarmsInput) {
  const home = `${scope.account}/${scope.region}`;
  const under =
    input.StateValue === undefined
      ? (['scope', home] as const)
      : (['scopeState', `${home}/${input.StateValue}`] as const);
  const limit = input.MaxRecords ?? defaultRecords;
  const found: MetricAlarm[] = [];
  let after = input.NextToken;
  for (let read = 0; read < maxRead;) {
    const rows = pageOf(table, under, { limit: limit - found.length, after });
    read += rows.rows.length;
    for (const { row } of rows.rows) if (row.name.startsWith(input.AlarmNamePrefix ?? '')) found.push(described(row));
    after = rows.next;
    if (after === undefined || found.length >= limit) break;
  }
  return { MetricAlarms: found, ...(after === undefined ? {} : { NextToken: after }) };
}

function pageOf(
  table: Table<AlarmRecord, 'scope' | 'scopeState'>,
  [index, value]: readonly ['scope' | 'scopeState', string],
  { limit, after }: { readonly limit: number; readonly after: string | undefined },
) {
  try {
    return table.page(index, value, { limit, ...(after === undefined ? {} : { after }) });
  } catch (error) {
    throw error instanceof InvalidArgument ? invalidToken() : error;
  }
}

function described(row: AlarmRecord): MetricAlarm {
  return {
    ...row.configuration,
    AlarmName: row.name,
    AlarmArn: alarmArn(row, row.name),
    AlarmConfigurationUpdatedTimestamp: row.configuredAtMs,
    StateValue: row.state,
    StateReason: row.stateReason,
    StateUpdatedTimestamp: row.stateUpdatedAtMs,
    StateTransitionedTimestamp: row.stateChangedAtMs,
    ...(row.stateReasonData === undefined ? {} : { StateReasonData: row.stateReasonData }),
  };
}
