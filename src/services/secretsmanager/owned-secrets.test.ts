import { expect, test } from 'vitest';
import { SimIds } from '../../testkit/index.ts';
import { account, openSecrets, outcome, region } from './contract/opened.ts';
import { ownedSecrets } from './index.ts';

const scope = { account, region };
const name = 'rds!db-1';
const managed = `InvalidRequestException: You can't change or delete the secret ${name} directly, because the service rds manages it.`;

test('[SM-18] a secret that a service keeps: read as any other, changed and deleted by that service alone', async () => {
  const { db, clock, sealer, call, valueOf } = await openSecrets();
  const owned = ownedSecrets({ clock, ids: new SimIds(2), sealer }, 'rds');
  const secret = {
    name,
    description: 'd',
    value: 'one',
    tags: [{ key: 'aws:rds:primaryDBInstanceArn', value: 'arn' }],
  };
  const { result: arn } = await db.transact((tx) => owned.create(tx, scope, secret));
  expect(arn).toMatch(new RegExp(`^arn:aws:secretsmanager:${region}:${account}:secret:rds!db-1-[A-Za-z0-9]{6}$`));
  expect([await valueOf(arn), await valueOf(name)]).toEqual(['one', 'one']);
  expect(await call('DescribeSecret', { SecretId: arn })).toMatchObject({ OwningService: 'rds', Description: 'd' });
  expect((await call('ListSecrets', {})).SecretList).toMatchObject([{ Name: name, OwningService: 'rds' }]);

  expect(await outcome(call('PutSecretValue', { SecretId: arn, SecretString: 'x' }))).toBe(managed);
  expect(await outcome(call('UpdateSecret', { SecretId: arn, Description: 'x' }))).toBe(managed);
  expect(await outcome(call('DeleteSecret', { SecretId: arn }))).toBe(managed);
  expect(await outcome(call('DeleteSecret', { SecretId: arn, ForceDeleteWithoutRecovery: true }))).toBe(managed);

  await db.transact((tx) => owned.change(tx, scope, name, 'two'));
  expect([await valueOf(arn), await valueOf(arn, { VersionStage: 'AWSPREVIOUS' })]).toEqual(['two', 'one']);
  await db.transact((tx) => owned.remove(tx, scope, name));
  expect(await outcome(call('DescribeSecret', { SecretId: arn }))).toContain('ResourceNotFoundException');
  await db.transact((tx) => {
    owned.remove(tx, scope, name);
    owned.change(tx, scope, name, 'three');
  });
});
