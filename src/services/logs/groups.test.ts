import { expect, test } from 'vitest';
import { logsFixture } from './contract/fixture.ts';

const account = '123456789012';

test('a group is made once, described, and deleted', async () => {
  const { call, clock } = await logsFixture();
  await call('CreateLogGroup', { logGroupName: '/ecs/web', tags: { team: 'a' } });
  await expect(call('CreateLogGroup', { logGroupName: '/ecs/web' })).rejects.toMatchObject({
    code: 'ResourceAlreadyExistsException',
    message: 'The specified log group already exists',
  });
  expect(await call('DescribeLogGroups', {})).toEqual({
    logGroups: [
      {
        logGroupName: '/ecs/web',
        creationTime: clock.nowMs(),
        metricFilterCount: 0,
        arn: `arn:aws:logs:us-east-1:${account}:log-group:/ecs/web:*`,
        logGroupArn: `arn:aws:logs:us-east-1:${account}:log-group:/ecs/web`,
        storedBytes: 0,
        logGroupClass: 'STANDARD',
        deletionProtectionEnabled: false,
      },
    ],
  });
  expect(await call('DescribeLogGroups', {}, { region: 'eu-west-1' })).toEqual({ logGroups: [] });
  expect(await call('DescribeLogGroups', {}, { account: '111111111111' })).toEqual({ logGroups: [] });
  await call('DeleteLogGroup', { logGroupName: '/ecs/web' });
  expect(await call('DescribeLogGroups', {})).toEqual({ logGroups: [] });
  await expect(call('DeleteLogGroup', { logGroupName: '/ecs/web' })).rejects.toMatchObject({
    code: 'ResourceNotFoundException',
    message: 'The specified log group does not exist.',
  });
});

test('groups are listed by prefix, pattern, name and pages', async () => {
  const { call } = await logsFixture();
  for (const name of ['b', 'a/2', 'a/1', 'A', 'ba', 'a/3']) await call('CreateLogGroup', { logGroupName: name });
  const names = async (input: Parameters<typeof call<'DescribeLogGroups'>>[1]) =>
    (await call('DescribeLogGroups', input)).logGroups?.map(({ logGroupName }) => logGroupName);
  expect(await names({})).toEqual(['A', 'a/1', 'a/2', 'a/3', 'b', 'ba']);
  expect(await names({ logGroupNamePrefix: 'a/' })).toEqual(['a/1', 'a/2', 'a/3']);
  expect(await names({ logGroupNamePattern: 'a' })).toEqual(['a/1', 'a/2', 'a/3', 'ba']);
  expect(
    await names({ logGroupIdentifiers: ['b', 'none', `arn:aws:logs:us-east-1:${account}:log-group:a/2:*`] }),
  ).toEqual(['b', 'a/2']);
  const first = await call('DescribeLogGroups', { logGroupNamePrefix: 'a/', limit: 2 });
  expect(first.logGroups?.length).toBe(2);
  await call('CreateLogGroup', { logGroupName: 'a/0' });
  await call('DeleteLogGroup', { logGroupName: 'a/2' });
  const second = await call('DescribeLogGroups', { logGroupNamePrefix: 'a/', limit: 2, nextToken: first.nextToken });
  expect(second).toMatchObject({ logGroups: [{ logGroupName: 'a/3' }] });
  expect(second.nextToken).toBeUndefined();
  await expect(names({ logGroupNamePrefix: 'a', logGroupNamePattern: 'a' })).rejects.toMatchObject({
    code: 'InvalidParameterException',
  });
  await expect(names({ nextToken: 'rubbish' })).rejects.toMatchObject({ code: 'InvalidParameterException' });
});

test('what is not there is refused, not ignored', async () => {
  const { call } = await logsFixture();
  await expect(call('CreateLogGroup', { logGroupName: 'a', kmsKeyId: 'k' })).rejects.toThrow(
    'kmsKeyId is not implemented by Longshore',
  );
  await expect(call('CreateLogGroup', { logGroupName: 'a', logGroupClass: 'INFREQUENT_ACCESS' })).rejects.toThrow(
    'not implemented',
  );
});

test('a protected group is not deleted', async () => {
  const { call } = await logsFixture();
  await call('CreateLogGroup', { logGroupName: 'a', deletionProtectionEnabled: true });
  await expect(call('DeleteLogGroup', { logGroupName: 'a' })).rejects.toMatchObject({ code: 'ValidationException' });
  await call('PutLogGroupDeletionProtection', { logGroupIdentifier: 'a', deletionProtectionEnabled: false });
  await call('DeleteLogGroup', { logGroupName: 'a' });
});

test('retention is one of AWS’s figures and can be taken away', async () => {
  const { call } = await logsFixture();
  await call('CreateLogGroup', { logGroupName: 'a' });
  await expect(call('PutRetentionPolicy', { logGroupName: 'a', retentionInDays: 2 })).rejects.toThrow(
    "1 validation error detected: Value '2' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [1, 3,",
  );
  await call('PutRetentionPolicy', { logGroupName: 'a', retentionInDays: 7 });
  expect(await call('DescribeLogGroups', {})).toMatchObject({ logGroups: [{ retentionInDays: 7 }] });
  await call('DeleteRetentionPolicy', { logGroupName: 'a' });
  expect((await call('DescribeLogGroups', {})).logGroups?.[0]?.retentionInDays).toBeUndefined();
  await expect(call('DeleteRetentionPolicy', { logGroupName: 'b' })).rejects.toMatchObject({
    code: 'ResourceNotFoundException',
  });
});

test('tags by ARN and by name', async () => {
  const { call } = await logsFixture();
  await call('CreateLogGroup', { logGroupName: 'a', tags: { one: '1' } });
  const resourceArn = `arn:aws:logs:us-east-1:${account}:log-group:a`;
  await call('TagResource', { resourceArn, tags: { two: '2' } });
  await call('TagLogGroup', { logGroupName: 'a', tags: { three: '3' } });
  expect(await call('ListTagsForResource', { resourceArn })).toEqual({ tags: { one: '1', two: '2', three: '3' } });
  await call('UntagResource', { resourceArn, tagKeys: ['one', 'none'] });
  await call('UntagLogGroup', { logGroupName: 'a', tags: ['two'] });
  expect(await call('ListTagsLogGroup', { logGroupName: 'a' })).toEqual({ tags: { three: '3' } });
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${index}`, '']));
  await expect(call('TagResource', { resourceArn, tags: many })).rejects.toMatchObject({
    code: 'TooManyTagsException',
  });
  await expect(call('TagLogGroup', { logGroupName: 'a', tags: many })).rejects.toMatchObject({
    code: 'InvalidParameterException',
  });
  await expect(call('TagResource', { resourceArn, tags: { 'aws:x': '' } })).rejects.toMatchObject({
    code: 'InvalidParameterException',
  });
  await expect(call('TagResource', { resourceArn: `${resourceArn}b`, tags: { x: '' } })).rejects.toMatchObject({
    code: 'ResourceNotFoundException',
  });
  await expect(call('ListTagsForResource', { resourceArn: 'a' })).rejects.toMatchObject({
    code: 'InvalidParameterException',
  });
});
