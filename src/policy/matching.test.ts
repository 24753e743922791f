import { describe, expect, test } from 'vitest';
import { contextKeysOf, evaluate, nameOf, parsePolicy, PolicySet, principalContext } from './index.ts';
import type { Principal } from './index.ts';

const account = '123456789012';
const user: Principal = { type: 'user', account, arn: `arn:aws:iam::${account}:user/bob`, name: 'bob', id: 'AIDABOB' };

function allows(
  statement: Record<string, unknown>,
  asked: { action?: string; resource?: string; context?: Record<string, string[]> },
  version = '2012-10-17',
): boolean {
  const document = parsePolicy(JSON.stringify({ Version: version, Statement: { Effect: 'Allow', ...statement } }), {
    kind: 'inline',
  });
  const { outcome } = evaluate({
    principal: user,
    action: asked.action ?? 'ecs:RunTask',
    resource: asked.resource ?? '*',
    // Whose a resource is does not matter here.
    resourceAccount: account,
    context: new Map(Object.entries(asked.context ?? {})),
    policies: { identity: new PolicySet([{ name: 'p', document }]) },
  });
  return outcome === 'allowed';
}

describe('[POL-11] actions', () => {
  test.each<readonly [string, Record<string, unknown>, string, boolean]>([
    ['the action', { Action: 'ecs:RunTask' }, 'ecs:RunTask', true],
    ['no case', { Action: 'ECS:runtask' }, 'ecs:RunTask', true],
    ['one of several', { Action: ['s3:GetObject', 'ecs:RunTask'] }, 'ecs:RunTask', true],
    ['another', { Action: 'ecs:RunTask' }, 'ecs:StartTask', false],
    ['whole names', { Action: 'ecs:RunTask' }, 'ecs:RunTasks', false],
    ['a prefix', { Action: 'ecs:Describe*' }, 'ecs:DescribeTasks', true],
    ['a prefix of another service', { Action: 'ecs:Describe*' }, 'ecr:DescribeImages', false],
    ['a star in the middle', { Action: 'iam:*AccessKey*' }, 'iam:ListAccessKeys', true],
    ['question marks', { Action: 'ecs:?unTask' }, 'ecs:RunTask', true],
    ['a service', { Action: 'ecs:*' }, 'ecs:RunTask', true],
    ['everything', { Action: '*' }, 'ecs:RunTask', true],
    ['everything of everything', { Action: '*:*' }, 'ecs:RunTask', true],
    ['NotAction of the action', { NotAction: 'ecs:RunTask' }, 'ecs:RunTask', false],
    ['NotAction of another', { NotAction: ['iam:*', 's3:*'] }, 'ecs:RunTask', true],
    ['NotAction of everything', { NotAction: '*' }, 'ecs:RunTask', false],
  ])('%s: %j, %s', (_rule, action, asked, wanted) => {
    expect(allows({ ...action, Resource: '*' }, { action: asked })).toBe(wanted);
  });
});

const service = `arn:aws:ecs:us-east-1:${account}:service/prod/web`;

describe('[POL-12] resources', () => {
  test.each<readonly [string, Record<string, unknown>, string, boolean]>([
    ['the ARN', { Resource: service }, service, true],
    ['a case', { Resource: service.toUpperCase().replace('ARN:AWS:ECS', 'arn:aws:ecs') }, service, false],
    ['everything', { Resource: '*' }, service, true],
    ['one of several', { Resource: ['arn:aws:s3:::b', service] }, service, true],
    ['a star over slashes', { Resource: `arn:aws:ecs:us-east-1:${account}:service/*` }, service, true],
    ['stars for region and account', { Resource: 'arn:aws:ecs:*:*:service/prod/*' }, service, true],
    ['a star for the partition', { Resource: `arn:*:ecs:us-east-1:${account}:*` }, service, true],
    ['a question mark', { Resource: `arn:aws:ecs:us-east-?:${account}:service/prod/we?` }, service, true],
    [
      'a question mark is one character',
      { Resource: `arn:aws:ecs:us-east-1:${account}:service/prod/web?` },
      service,
      false,
    ],
    ['another region', { Resource: `arn:aws:ecs:eu-west-1:${account}:service/*` }, service, false],
    ['a star within a part stays in it', { Resource: `arn:aws:ecs:us-*-1:${account}:service/prod/web` }, service, true],
    ['and does not reach beyond', { Resource: 'arn:aws:x:a*b:c:d' }, 'arn:aws:x:a:b:c:d', false],
    ['a star that ends a part may go on', { Resource: 'arn:aws:x:a*:c:d' }, 'arn:aws:x:a:b:c:d', true],
    ['after one that goes on, one that stays', { Resource: 'arn:aws:x:*:c*d:e' }, 'arn:aws:x:1:2:cxd:e', true],
    ['after one that goes on, one that cannot', { Resource: 'arn:aws:x:*:c*d:e' }, 'arn:aws:x:1:2:cx:d:e', false],
    [
      'a question mark before the fifth colon is no colon',
      { Resource: 'arn:aws:x:a?b:c:d' },
      'arn:aws:x:a:b:c:d',
      false,
    ],
    [
      'the last part may have colons',
      { Resource: 'arn:aws:secretsmanager:*:*:secret:prod/*-??????' },
      `arn:aws:secretsmanager:us-east-1:${account}:secret:prod/db-AbCdEf`,
      true,
    ],
    ['missing parts are any', { Resource: 'arn:aws:ecs' }, service, true],
    ['missing parts are any of that service', { Resource: 'arn:aws:ecr' }, service, false],
    ['no resource needs a star', { Resource: 'arn:aws:ecs:*:*:*' }, '*', false],
    ['no resource and a star', { Resource: '*' }, '*', true],
    ['NotResource of the resource', { NotResource: 'arn:aws:ecs:*:*:service/prod/*' }, service, false],
    ['NotResource of another', { NotResource: 'arn:aws:ecs:*:*:service/test/*' }, service, true],
    ['NotResource of everything', { NotResource: '*' }, service, false],
    ['NotResource of several', { NotResource: ['arn:aws:s3:::b', service] }, service, false],
  ])('%s: %j, %s', (_rule, resource, asked, wanted) => {
    expect(allows({ Action: '*', ...resource }, { resource: asked })).toBe(wanted);
  });
});

describe('[POL-13] variables in resources', () => {
  const bob = { 'aws:username': ['bob'] };
  const tagged = { 'aws:principaltag/team': ['web'] };
  test.each<readonly [string, Record<string, unknown>, string, Record<string, string[]>, boolean]>([
    ['a name', { Resource: 'arn:aws:s3:::b/${aws:username}/*' }, 'arn:aws:s3:::b/bob/x', bob, true],
    ['another name', { Resource: 'arn:aws:s3:::b/${aws:username}/*' }, 'arn:aws:s3:::b/eve/x', bob, false],
    ['a tag, in any case', { Resource: 'arn:aws:s3:::b/${aws:PrincipalTag/TEAM}' }, 'arn:aws:s3:::b/web', tagged, true],
    [
      'two of them',
      { Resource: 'arn:aws:s3:::${aws:username}/${aws:PrincipalTag/team}' },
      'arn:aws:s3:::bob/web',
      { ...bob, ...tagged },
      true,
    ],
    [
      'a star in a value is no wildcard',
      { Resource: 'arn:aws:s3:::b/${aws:username}' },
      'arn:aws:s3:::b/bob',
      { 'aws:username': ['*'] },
      false,
    ],
    ['a default', { Resource: "arn:aws:s3:::b/${aws:username, 'anonymous'}" }, 'arn:aws:s3:::b/anonymous', {}, true],
    ['an empty default', { Resource: "arn:aws:s3:::b/${aws:username, ''}x" }, 'arn:aws:s3:::b/x', {}, true],
    ['no value', { Resource: 'arn:aws:s3:::b/${aws:username}' }, 'arn:aws:s3:::b/', {}, false],
    [
      'no value: nor for another resource of the statement',
      { Resource: ['arn:aws:s3:::a', 'arn:aws:s3:::b/${aws:username}'] },
      'arn:aws:s3:::a',
      {},
      false,
    ],
    ['no value in NotResource', { NotResource: 'arn:aws:s3:::b/${aws:username}' }, 'arn:aws:s3:::a', {}, false],
    ['a literal star', { Resource: 'arn:aws:s3:::b/${*}' }, 'arn:aws:s3:::b/x', {}, false],
    ['a literal star matches one', { Resource: 'arn:aws:s3:::b/${*}${?}${$}' }, 'arn:aws:s3:::b/*?$', {}, true],
    [
      'not before the fifth colon',
      { Resource: 'arn:aws:ecs:${aws:RequestedRegion}:*:*' },
      service,
      { 'aws:requestedregion': ['us-east-1'] },
      false,
    ],
    [
      'a missing value in a condition of another key',
      { Resource: '*', Condition: { StringLike: { 'aws:userid': '${aws:username}' } } },
      service,
      { 'aws:userid': ['x'] },
      false,
    ],
  ])('%s', (_rule, resource, asked, context, wanted) => {
    expect(allows({ Action: '*', ...resource }, { resource: asked, context })).toBe(wanted);
  });
  test('in Version 2008-10-17 they are text', () => {
    const statement = { Action: '*', Resource: 'arn:aws:s3:::b/${aws:username}' };
    expect(allows(statement, { resource: 'arn:aws:s3:::b/bob', context: bob }, '2008-10-17')).toBe(false);
    expect(allows(statement, { resource: 'arn:aws:s3:::b/${aws:username}' }, '2008-10-17')).toBe(true);
  });
  test('a Deny with a variable without value means nothing', () => {
    const deny = { Effect: 'Deny', Action: '*', Resource: 'arn:aws:s3:::b/${aws:username}' };
    const text = JSON.stringify({
      Version: '2012-10-17',
      Statement: [deny, { Effect: 'Allow', Action: '*', Resource: '*' }],
    });
    const identity = new PolicySet([{ name: 'p', document: parsePolicy(text, { kind: 'inline' }) }]);
    const asked = { principal: user, action: 's3:GetObject', resource: 'arn:aws:s3:::b/bob', policies: { identity } };
    expect(evaluate({ ...asked, context: new Map() }).outcome).toBe('allowed');
    expect(evaluate({ ...asked, context: new Map(Object.entries(bob)) }).outcome).toBe('explicitDeny');
  });
});

describe('[POL-31] keys that follow from the principal', () => {
  const roleArn = `arn:aws:iam::${account}:role/p/web`;
  const session = `arn:aws:sts::${account}:assumed-role/web/s`;
  const federated = `arn:aws:sts::${account}:federated-user/f`;
  const ofAccount = { 'aws:principalisawsservice': ['false'], 'aws:principalaccount': [account] };
  test.each<readonly [string, Principal, string, Record<string, string[]>]>([
    [
      'root',
      { type: 'root', account },
      `arn:aws:iam::${account}:root`,
      {
        ...ofAccount,
        'aws:principalarn': [`arn:aws:iam::${account}:root`],
        'aws:principaltype': ['Account'],
        'aws:userid': [account],
      },
    ],
    [
      'user',
      user,
      `arn:aws:iam::${account}:user/bob`,
      {
        ...ofAccount,
        'aws:principalarn': [`arn:aws:iam::${account}:user/bob`],
        'aws:principaltype': ['User'],
        'aws:userid': ['AIDABOB'],
        'aws:username': ['bob'],
      },
    ],
    [
      'session',
      { type: 'role-session', account, arn: session, roleArn, roleId: 'AROAWEB', sessionName: 's' },
      session,
      {
        ...ofAccount,
        'aws:principalarn': [roleArn],
        'aws:principaltype': ['AssumedRole'],
        'aws:userid': ['AROAWEB:s'],
      },
    ],
    [
      'federated user',
      { type: 'federated-user', account, arn: federated, name: 'f', userArn: 'arn', userId: 'AIDA' },
      federated,
      {
        ...ofAccount,
        'aws:principalarn': [federated],
        'aws:principaltype': ['FederatedUser'],
        'aws:userid': [`${account}:f`],
      },
    ],
    [
      'service',
      { type: 'service', name: 'ecs.amazonaws.com' },
      'ecs.amazonaws.com',
      {
        'aws:principalisawsservice': ['true'],
        'aws:principalservicename': ['ecs.amazonaws.com'],
        'aws:principalservicenameslist': ['ecs.amazonaws.com'],
      },
    ],
    [
      'anonymous',
      { type: 'anonymous' },
      'anonymous',
      { 'aws:principalisawsservice': ['false'], 'aws:principaltype': ['Anonymous'], 'aws:userid': ['anonymous'] },
    ],
    [
      'identity provider',
      { type: 'federated', provider: 'accounts.google.com' },
      'accounts.google.com',
      { 'aws:principalisawsservice': ['false'] },
    ],
  ])('%s', (_type, principal, name, keys) => {
    expect(nameOf(principal)).toBe(name);
    expect(Object.fromEntries(principalContext(principal))).toEqual(keys);
  });
});

test('[POL-33] policies tell which keys they ask for', () => {
  const text = JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Action: '*',
      Resource: "arn:aws:s3:::${aws:username}/${aws:PrincipalTag/a, 'x'}",
      Condition: { StringEquals: { 'ecs:Cluster': "${aws:userid, 'x'}" }, Null: { 'aws:TokenIssueTime': 'true' } },
    },
  });
  const keys = contextKeysOf([{ name: 'p', document: parsePolicy(text, { kind: 'inline' }) }]);
  expect([...keys].sort()).toEqual([
    'aws:principaltag/a',
    'aws:tokenissuetime',
    'aws:userid',
    'aws:username',
    'ecs:cluster',
  ]);
});
