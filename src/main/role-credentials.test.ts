import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { AssumableRole } from '../services/iam/index.ts';
import { noSuchRole } from './credentials.ts';
import { taskRoleCredentials } from './role-credentials.ts';
import { SessionTokens } from './session-tokens.ts';

const account = '123456789012';
const roleArn = `arn:aws:iam::${account}:role/svc/app`;
const taskArn = `arn:aws:ecs:eu-west-1:${account}:task/default/0123`;

function trust(statement: object): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Principal: { Service: 'ecs-tasks.amazonaws.com' },
      ...statement,
    },
  });
}

function open(trustPolicy = trust({})) {
  const tokens = new SessionTokens(randomBytes(32));
  const found = (arn: string): AssumableRole | undefined => {
    const owner = arn.split(':')[4] ?? '';
    if (!arn.endsWith(':role/svc/app')) return undefined;
    return { arn, account: owner, name: 'app', id: 'AROA1', trust: trustPolicy, maxSessionSeconds: 3_600, tags: [] };
  };
  return { tokens, port: taskRoleCredentials(tokens, found) };
}

const words = (arn: string): string =>
  `ECS was unable to assume the role '${arn}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`;

test.each<[string, object, boolean]>([
  ['trusts tasks', {}, true],
  ['trusts tasks of the account', { Condition: { StringEquals: { 'aws:SourceAccount': account } } }, true],
  ['trusts tasks of another account', { Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } } }, false],
  [
    'trusts tasks of the region',
    { Condition: { ArnLike: { 'aws:SourceArn': `arn:aws:ecs:eu-west-1:${account}:*` } } },
    true,
  ],
  [
    'trusts tasks of another region',
    { Condition: { ArnLike: { 'aws:SourceArn': `arn:aws:ecs:us-east-1:${account}:*` } } },
    false,
  ],
  ['trusts Lambda', { Principal: { Service: 'lambda.amazonaws.com' } }, false],
  ['trusts its account', { Principal: { AWS: account } }, false],
  ['denies', { Effect: 'Deny' }, false],
])('[AUTH-7] a role that %s', (_name, statement, assumable) => {
  const { port } = open(trust(statement));
  expect(port.refusal({ roleArn, account, taskArn })).toBe(assumable ? undefined : words(roleArn));
});

test('[AUTH-7] a role of another account, and one that does not exist, are not assumed', () => {
  const { port } = open();
  for (const arn of ['arn:aws:iam::111122223333:role/svc/app', `arn:aws:iam::${account}:role/none`]) {
    expect(port.refusal({ roleArn: arn, account, taskArn })).toBe(words(arn));
  }
});

test('[AUTH-3] credentials name the role and its id; those of the task role the task, with which they end', () => {
  const { port, tokens } = open();
  const issue = (arn: string, use: 'task' | 'execution' = 'task') =>
    port.issue({ roleArn: arn, account, taskArn, use, sessionName: '0123', nowMs: 5_000 });
  const issued = issue(roleArn);
  expect(tokens.open(issued.sessionToken)).toMatchObject({
    account,
    arn: `arn:aws:sts::${account}:assumed-role/app/0123`,
    principal: { type: 'role-session', roleArn, roleId: 'AROA1' },
    session: { issuedAtMs: 5_000 },
    taskArn,
  });
  expect(tokens.open(issue(roleArn, 'execution').sessionToken)).not.toHaveProperty('taskArn');
  expect(issued.expirationMs).toBe(5_000 + 6 * 60 * 60_000);
  for (const arn of ['arn:aws:iam::111122223333:role/svc/app', `arn:aws:iam::${account}:role/none`]) {
    expect(tokens.open(issue(arn).sessionToken)?.principal).toMatchObject({ roleId: noSuchRole });
  }
  expect(() => issue('nonsense')).toThrow('is not the ARN of a role');
});
