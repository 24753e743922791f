import { expect, test } from 'vitest';
import { allows, questionsOf, written } from '../../testkit/index.ts';
import { logsFixture } from './contract/fixture.ts';

const arn = 'arn:aws:logs:us-east-1:123456789012:log-group:';
const group = '/ecs/web';
const named = { logGroupName: group };
const stream = { ...named, logStreamName: 'app/1' };
const onGroup = `${arn}${group}:log-stream:`;
const onStream = `${onGroup}app/1`;

const table: readonly (readonly [string, object, readonly string[]])[] = [
  ['CreateLogGroup', named, [`logs:CreateLogGroup ${onGroup}`]],
  [
    'CreateLogGroup',
    { ...named, tags: { stage: 'test' } },
    [
      `logs:CreateLogGroup ${onGroup} aws:TagKeys=stage aws:RequestTag/stage=test`,
      `logs:TagResource ${arn}${group} aws:TagKeys=stage aws:RequestTag/stage=test`,
    ],
  ],
  ['CreateLogStream', stream, [`logs:CreateLogStream ${onStream}`]],
  ['DeleteLogGroup', named, [`logs:DeleteLogGroup ${onGroup}`]],
  ['DeleteLogStream', stream, [`logs:DeleteLogStream ${onStream}`]],
  ['DeleteRetentionPolicy', named, [`logs:DeleteRetentionPolicy ${onGroup}`]],
  ['DescribeLogGroups', {}, [`logs:DescribeLogGroups ${arn}:log-stream:`]],
  ['DescribeLogStreams', named, [`logs:DescribeLogStreams ${onGroup}`]],
  ['DescribeLogStreams', { logGroupIdentifier: `${arn}${group}:*` }, [`logs:DescribeLogStreams ${onGroup}`]],
  ['FilterLogEvents', named, [`logs:FilterLogEvents ${onGroup}`]],
  [
    'FilterLogEvents',
    { logGroupIdentifier: `${arn}${group}`, unmask: true },
    [`logs:FilterLogEvents ${onGroup}`, `logs:Unmask ${onGroup}`],
  ],
  ['GetLogEvents', stream, [`logs:GetLogEvents ${onStream}`]],
  ['ListTagsForResource', { resourceArn: `${arn}${group}` }, [`logs:ListTagsForResource ${arn}${group}`]],
  ['ListTagsForResource', { resourceArn: `${arn}${group}:*` }, [`logs:ListTagsForResource ${arn}${group}`]],
  ['ListTagsLogGroup', named, [`logs:ListTagsLogGroup ${onGroup}`]],
  ['PutLogEvents', { ...stream, logEvents: [] }, [`logs:PutLogEvents ${onStream}`]],
  ['PutLogGroupDeletionProtection', { logGroupIdentifier: group }, [`logs:PutLogGroupDeletionProtection ${onGroup}`]],
  ['PutRetentionPolicy', { ...named, retentionInDays: 1 }, [`logs:PutRetentionPolicy ${onGroup}`]],
  [
    'StartLiveTail',
    { logGroupIdentifiers: [`${arn}${group}`, `${arn}other`] },
    [`logs:StartLiveTail ${onGroup}`, `logs:StartLiveTail ${arn}other:log-stream:`],
  ],
  [
    'TagLogGroup',
    { ...named, tags: { stage: 'test' } },
    [`logs:TagLogGroup ${onGroup} aws:TagKeys=stage aws:RequestTag/stage=test`],
  ],
  [
    'TagResource',
    { resourceArn: `${arn}${group}`, tags: { stage: 'test' } },
    [`logs:TagResource ${arn}${group} aws:TagKeys=stage aws:RequestTag/stage=test`],
  ],
  ['UntagLogGroup', { ...named, tags: ['a'] }, [`logs:UntagLogGroup ${onGroup} aws:TagKeys=a`]],
  [
    'UntagResource',
    { resourceArn: `${arn}${group}`, tagKeys: ['a'] },
    [`logs:UntagResource ${arn}${group} aws:TagKeys=a`],
  ],
];

test('[AUT-1] every operation of CloudWatch Logs says what it asks, and no other', async () => {
  const { service } = await logsFixture();
  const handled = Object.keys(service.handlers).sort();
  expect(Object.keys(service.authorization ?? {}).sort()).toEqual(handled);
  expect([...new Set(table.map(([name]) => name))].sort()).toEqual(handled);
});

test.each(table)('[AUT-2] %s asks (%j)', async (name, input, expected) => {
  const { service } = await logsFixture();
  const questions = questionsOf(service, name, input);
  expect(questions.map((question) => written(question, ['aws:TagKeys', 'aws:RequestTag/stage']))).toEqual(expected);
});

function allow(Action: string, Resource: string, Condition: object = {}) {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource, Condition }] };
}

test.each<[string, string, string, object, boolean]>([
  ['logs:*', `${arn}${group}:*`, 'PutLogEvents', stream, true],
  ['logs:PutLogEvents', `${arn}${group}:log-stream:app/*`, 'PutLogEvents', stream, true],
  ['logs:PutLogEvents', `${arn}${group}:log-stream:db/*`, 'PutLogEvents', stream, false],
  ['logs:PutLogEvents', `${arn}/ecs/w`, 'PutLogEvents', stream, false],
  ['logs:DescribeLogStreams', `${arn}${group}:*`, 'DescribeLogStreams', named, true],
  ['logs:DescribeLogStreams', `${arn}${group}`, 'DescribeLogStreams', named, false],
  ['logs:DescribeLogStreams', `${arn}/ecs/*`, 'DescribeLogStreams', named, true],
  ['logs:DescribeLogGroups', `${arn}*`, 'DescribeLogGroups', {}, true],
  ['logs:DescribeLogGroups', `${arn}${group}:*`, 'DescribeLogGroups', {}, false],
  ['logs:ListTagsForResource', `${arn}${group}`, 'ListTagsForResource', { resourceArn: `${arn}${group}` }, true],
  ['logs:*LogGroup', '*', 'CreateLogGroup', { ...named, tags: { a: 'b' } }, true],
  ['logs:*G*', '*', 'CreateLogGroup', { ...named, tags: { a: 'b' } }, true],
  ['logs:Create*', '*', 'CreateLogGroup', { ...named, tags: { a: 'b' } }, false],
])('[AUT-10] %s on %s and %s', async (action, resource, name, input, expected) => {
  const { service } = await logsFixture();
  expect(allows(allow(action, resource), questionsOf(service, name, input))).toBe(expected);
});

test('[AUT-7] a group’s tags count', async () => {
  const { service, call } = await logsFixture();
  await call('CreateLogGroup', { logGroupName: group, tags: { team: 'shop' } });
  const questions = questionsOf(service, 'GetLogEvents', stream);
  const policy = (team: string) => allow('logs:*', '*', { StringEquals: { 'aws:ResourceTag/team': team } });
  expect(allows(policy('shop'), questions)).toBe(true);
  expect(allows(policy('other'), questions)).toBe(false);
});
