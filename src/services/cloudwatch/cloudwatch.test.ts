import { expect, test } from 'vitest';
import { silentLog } from '../../kernel/index.ts';
import { ApiError, type RequestContext } from '../../protocol/api/index.ts';
import type { Operations, PutMetricAlarmInput } from '../../protocol/generated/cloudwatch.ts';
import { MemoryStore, openDatabase } from '../../store/index.ts';
import { alarmStates, cloudWatchService, cloudWatchTables } from './index.ts';

const scope = { account: '123456789012', region: 'us-east-1' };
const base: PutMetricAlarmInput = {
  AlarmName: 'errors',
  Namespace: 'AWS/ApplicationELB',
  MetricName: 'HTTPCode_Target_5XX_Count',
  Statistic: 'Sum',
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 5,
  ComparisonOperator: 'GreaterThanThreshold',
};

async function opened() {
  const db = await openDatabase(new MemoryStore(), [...cloudWatchTables], { log: silentLog, freezeRows: true });
  const { handlers } = cloudWatchService({ database: db });
  const call = async <Name extends keyof Operations>(
    name: Name,
    input: Operations[Name]['input'],
    account = scope.account,
  ) => {
    const handler = handlers[name] as (input: unknown, context: RequestContext) => unknown;
    return (await handler(input, {
      ...scope,
      account,
      receivedMs: 1_000,
    } as RequestContext)) as Operations[Name]['output'];
  };
  const outcome = (made: Promise<unknown>) =>
    made.then(
      () => 'ok',
      (error: unknown) => (error instanceof ApiError ? `${error.code}: ${error.message}` : String(error)),
    );
  return { db, call, outcome };
}

test('[CW-1] a new alarm has no data; changing it leaves its state', async () => {
  const { call } = await opened();
  await call('PutMetricAlarm', base);
  const shown = async () => (await call('DescribeAlarms', { AlarmNames: ['errors'] })).MetricAlarms?.[0];
  expect(await shown()).toMatchObject({
    AlarmArn: 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors',
    StateValue: 'INSUFFICIENT_DATA',
    Threshold: 5,
    ActionsEnabled: true,
  });
  await call('SetAlarmState', { AlarmName: 'errors', StateValue: 'ALARM', StateReason: 'test' });
  await call('PutMetricAlarm', { ...base, Threshold: 7 });
  expect(await shown()).toMatchObject({ StateValue: 'ALARM', StateReason: 'test', Threshold: 7 });
});

test('[CW-2] whoever watches hears of each change of state, and of no other', async () => {
  const { db, call } = await opened();
  const states = alarmStates(db);
  const heard: (string | undefined)[] = [];
  states.onChange((of, name) => heard.push(states.state(of, name)));
  await call('PutMetricAlarm', base);
  await call('SetAlarmState', { AlarmName: 'errors', StateValue: 'ALARM', StateReason: 'a' });
  await call('SetAlarmState', { AlarmName: 'errors', StateValue: 'ALARM', StateReason: 'b' });
  await call('PutMetricAlarm', base);
  await call('DeleteAlarms', { AlarmNames: ['errors'] });
  expect(heard).toEqual(['INSUFFICIENT_DATA', 'ALARM', undefined]);
});

test.each<[string, Partial<PutMetricAlarmInput>, string]>([
  [
    'actions',
    { AlarmActions: ['arn:aws:sns:us-east-1:123456789012:x'] },
    'AlarmActions is not implemented by Longshore',
  ],
  ['a period of 45 s', { Period: 45 }, 'Period must be 10, 20, 30 or a multiple of 60.'],
  ['no statistic', { Statistic: undefined }, 'Exactly one of Statistic and ExtendedStatistic must be specified.'],
])('[CW-3] refuses %s', async (_name, patch, want) => {
  const { call, outcome } = await opened();
  expect(await outcome(call('PutMetricAlarm', { ...base, ...patch }))).toContain(want);
  expect((await call('DescribeAlarms', {})).MetricAlarms).toEqual([]);
});

test('[CW-4] lists by prefix and state, in pages, of the own account only; deletes all or none', async () => {
  const { call, outcome } = await opened();
  for (const name of ['a-1', 'a-2', 'b-1', 'a-3']) await call('PutMetricAlarm', { ...base, AlarmName: name });
  await call('PutMetricAlarm', base, '111122223333');
  const names = async (input: object) => {
    const found: (string | undefined)[] = [];
    let token: string | undefined;
    do {
      const page = await call('DescribeAlarms', { ...input, ...(token === undefined ? {} : { NextToken: token }) });
      found.push(...(page.MetricAlarms ?? []).map(({ AlarmName }) => AlarmName));
      token = page.NextToken;
    } while (token !== undefined);
    return found;
  };
  expect(await names({ AlarmNamePrefix: 'a-', MaxRecords: 2 })).toEqual(['a-1', 'a-2', 'a-3']);
  await call('SetAlarmState', { AlarmName: 'b-1', StateValue: 'OK', StateReason: '' });
  expect(await names({ StateValue: 'OK' })).toEqual(['b-1']);
  expect(await outcome(call('DeleteAlarms', { AlarmNames: ['a-1', 'gone'] }))).toBe('ResourceNotFound: Unknown alarm');
  expect(await names({})).toHaveLength(4);
  expect(await outcome(call('SetAlarmState', { AlarmName: 'gone', StateValue: 'OK', StateReason: '' }))).toBe(
    'ResourceNotFound: Unknown alarm',
  );
});
