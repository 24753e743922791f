import { expect, test } from 'vitest';
import { silentLog } from '../../kernel/index.ts';
import { MemoryStore, openDatabase } from '../../store/index.ts';
import { allows, questionsOf, written } from '../../testkit/index.ts';
import { cloudWatchService, cloudWatchTables } from './index.ts';
import { alarmKey, alarms, type AlarmRecord } from './records/alarm.ts';

const scope = { account: '123456789012', region: 'us-east-1' };
const arn = 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:';

async function opened() {
  const database = await openDatabase(new MemoryStore(), [...cloudWatchTables], { log: silentLog, freezeRows: true });
  return { database, service: cloudWatchService({ database }) };
}

const table: readonly (readonly [string, object, readonly string[]])[] = [
  ['DeleteAlarms', { AlarmNames: ['a', 'b'] }, [`cloudwatch:DeleteAlarms ${arn}a`, `cloudwatch:DeleteAlarms ${arn}b`]],
  ['DescribeAlarms', {}, [`cloudwatch:DescribeAlarms ${arn}*`]],
  ['DescribeAlarms', { AlarmNamePrefix: 'a' }, [`cloudwatch:DescribeAlarms ${arn}*`]],
  ['DescribeAlarms', { AlarmNames: ['a'] }, [`cloudwatch:DescribeAlarms ${arn}a`]],
  ['PutMetricAlarm', { AlarmName: 'a' }, [`cloudwatch:PutMetricAlarm ${arn}a`]],
  [
    'PutMetricAlarm',
    { AlarmName: 'a', Tags: [{ Key: 'stage', Value: 'test' }] },
    [
      `cloudwatch:PutMetricAlarm ${arn}a aws:RequestTag/stage=test`,
      `cloudwatch:TagResource ${arn}a aws:RequestTag/stage=test`,
    ],
  ],
  ['SetAlarmState', { AlarmName: 'a' }, [`cloudwatch:SetAlarmState ${arn}a`]],
];

test('[AUT-1] every operation of CloudWatch says what it asks, and no other', async () => {
  const { handlers, authorization } = (await opened()).service;
  const handled = Object.keys(handlers).sort();
  expect(Object.keys(authorization ?? {}).sort()).toEqual(handled);
  expect([...new Set(table.map(([name]) => name))].sort()).toEqual(handled);
});

test.each(table)('[AUT-2] %s asks (%j)', async (name, input, expected) => {
  const questions = questionsOf((await opened()).service, name, input);
  expect(questions.map((question) => written(question, ['aws:RequestTag/stage']))).toEqual(expected);
});

test.each<[string, string, object, boolean]>([
  [`${arn}*`, 'DescribeAlarms', {}, true],
  [`${arn}a`, 'DescribeAlarms', {}, false],
  [`${arn}a`, 'DeleteAlarms', { AlarmNames: ['a'] }, true],
  [`${arn}a`, 'DeleteAlarms', { AlarmNames: ['a', 'b'] }, false],
])('[AUT-10] an allow on %s and %s (%j)', async (Resource, name, input, expected) => {
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'cloudwatch:*', Resource }] };
  expect(allows(policy, questionsOf((await opened()).service, name, input))).toBe(expected);
});

test('[AUT-7] an alarm’s tags count', async () => {
  const { database, service } = await opened();
  const tags = [{ key: 'team', value: 'shop' }];
  await database.transact((tx) =>
    tx.put(alarms, alarmKey(scope, 'a'), { ...scope, name: 'a', state: 'OK', tags } as unknown as AlarmRecord),
  );
  const [question] = questionsOf(service, 'SetAlarmState', { AlarmName: 'a' });
  expect(question?.context?.get('aws:resourcetag/team')).toEqual(['shop']);
});
