import { describe, expect, test } from 'vitest';
import { MalformedPolicy, parsePolicy, policySize, sizeFault } from './index.ts';
import type { ParseOptions } from './index.ts';

const allow = { Effect: 'Allow', Action: 'ecs:RunTask', Resource: '*' };
const trust = { Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' };
const V = '2012-10-17';

/** A policy of Version 2012-10-17 with one statement, which is `allow` (or `trust`) with changes; undefined takes an element away. */
function one(changes: Record<string, unknown>, base: Record<string, unknown> = allow): string {
  return JSON.stringify({ Version: V, Statement: [{ ...base, ...changes }] });
}

/** What is said of a document: `ok`, or the sentence of the refusal. */
function said(text: string, kind: ParseOptions['kind'], resourceElement?: ParseOptions['resourceElement']): string {
  try {
    parsePolicy(text, resourceElement === undefined ? { kind } : { kind, resourceElement });
    return 'ok';
  } catch (error) {
    if (!(error instanceof MalformedPolicy)) throw error;
    expect(error.detail).not.toBe('');
    return error.message;
  }
}

const syntax = 'Syntax errors in policy.';
const vendor = 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.';
const arnFormat = (resource: string): string => `Resource ${resource} must be in ARN format or "*".`;
const qualified = 'Resource vendor must be fully qualified and cannot contain regexes.';
const invalidPrincipal = (type: string, value: string): string => `Invalid principal in policy: "${type}":"${value}"`;

type Row = readonly [rule: string, kind: ParseOptions['kind'], text: string, said: string];

const rows: readonly Row[] = [
  ['[POL-1] a list of statements', 'inline', JSON.stringify({ Version: V, Statement: [allow, allow] }), 'ok'],
  ['[POL-1] one statement without a list', 'inline', JSON.stringify({ Version: V, Statement: allow }), 'ok'],
  ['[POL-1] elements in any order', 'inline', `{"Statement":${JSON.stringify(allow)},"Version":"${V}"}`, 'ok'],
  ['[POL-1] no JSON', 'inline', '{"Version":', syntax],
  ['[POL-1] nothing', 'inline', '', syntax],
  ['[POL-1] null', 'managed', 'null', syntax],
  ['[POL-1] a comma too many', 'inline', '{"Version":"2012-10-17","Statement":[],}', syntax],
  ['[POL-1] text after the document', 'inline', `${one({})} x`, syntax],
  ['[POL-1] no Statement', 'inline', JSON.stringify({ Version: V }), syntax],
  ['[POL-1] an empty list of statements', 'inline', JSON.stringify({ Version: V, Statement: [] }), syntax],
  ['[POL-1] a statement that is a string', 'inline', JSON.stringify({ Version: V, Statement: ['*'] }), syntax],
  ['[POL-1] an unknown element of the document', 'inline', JSON.stringify({ Version: V, Statements: [allow] }), syntax],
  ['[POL-1] an unknown element of a statement', 'inline', one({ Actions: 'ecs:*' }), syntax],
  ['[POL-1] element names have a case', 'inline', one({ action: 'ecs:*' }), syntax],
  [
    '[POL-1] an element twice',
    'inline',
    `{"Version":"${V}","Statement":{"Effect":"Allow","Effect":"Deny","Action":"*","Resource":"*"}}`,
    syntax,
  ],
  ['[POL-1] no Effect', 'inline', one({ Effect: undefined }), 'Missing required field Effect'],
  ['[POL-1] an Effect in lower case', 'inline', one({ Effect: 'allow' }), 'The policy failed legacy parsing'],

  ['[POL-2] 2008-10-17, inline', 'inline', JSON.stringify({ Version: '2008-10-17', Statement: allow }), 'ok'],
  ['[POL-2] no Version, inline', 'inline', JSON.stringify({ Statement: allow }), 'ok'],
  [
    '[POL-2] no Version, managed',
    'managed',
    JSON.stringify({ Statement: allow }),
    'Policy document must be version 2012-10-17 or greater.',
  ],
  [
    '[POL-2] 2008-10-17, managed',
    'managed',
    JSON.stringify({ Version: '2008-10-17', Statement: allow }),
    'Policy document must be version 2012-10-17 or greater.',
  ],
  ['[POL-2] a Version there is not', 'inline', JSON.stringify({ Version: '2026-05-20', Statement: allow }), syntax],

  ['[POL-3] a trust policy', 'trust', one({}, trust), 'ok'],
  ['[POL-3] a trust policy with Resource', 'trust', one({ Resource: '*' }, trust), 'Has prohibited field Resource'],
  [
    '[POL-3] a trust policy with NotResource',
    'trust',
    one({ NotResource: '*' }, trust),
    'Has prohibited field Resource',
  ],
  [
    '[POL-3] a trust policy without Principal',
    'trust',
    one({ Principal: undefined }, trust),
    'Missing required field Principal',
  ],
  [
    '[POL-3] a trust policy without Action',
    'trust',
    one({ Action: undefined }, trust),
    'Missing required field Action',
  ],
  [
    '[POL-3] a trust policy for another service',
    'trust',
    one({ Action: 'ecs:RunTask' }, trust),
    'AssumeRole policy may only specify STS AssumeRole actions.',
  ],
  [
    '[POL-3] a trust policy for everything',
    'trust',
    one({ Action: '*' }, trust),
    'AssumeRole policy may only specify STS AssumeRole actions.',
  ],
  [
    '[POL-3] a trust policy that tags sessions',
    'trust',
    one({ Action: ['sts:AssumeRole', 'sts:TagSession'] }, trust),
    'ok',
  ],
  [
    '[POL-3] an identity policy with Principal',
    'managed',
    one({ Principal: '*' }),
    'Policy document should not specify a principal.',
  ],
  [
    '[POL-3] a session policy with NotPrincipal',
    'session',
    one({ NotPrincipal: { AWS: '123456789012' } }),
    'Policy document should not specify a principal.',
  ],
  ['[POL-3] an identity policy with Id', 'inline', JSON.stringify({ Version: V, Id: 'x', Statement: allow }), syntax],
  [
    '[POL-3] a resource policy with Id',
    'resource',
    JSON.stringify({ Version: V, Id: 'x', Statement: { ...allow, Principal: '*' } }),
    'ok',
  ],
  ['[POL-3] a resource policy without Principal', 'resource', one({}), 'Missing required field Principal'],
  [
    '[POL-3] a resource policy without Resource',
    'resource',
    one({ Principal: '*', Resource: undefined }),
    'Policy statement must contain resources.',
  ],
  ['[POL-3] Resource and NotResource', 'inline', one({ NotResource: '*' }), syntax],
  ['[POL-3] Action and NotAction', 'inline', one({ NotAction: '*' }), syntax],
  [
    '[POL-3] NotAction and NotResource',
    'inline',
    one({ Action: undefined, NotAction: 'iam:*', Resource: undefined, NotResource: 'arn:aws:iam::123456789012:*' }),
    'ok',
  ],

  ['[POL-4] a Sid', 'inline', one({ Sid: 'Statement1' }), 'ok'],
  ['[POL-4] an empty Sid', 'trust', one({ Sid: '' }, trust), 'ok'],
  [
    '[POL-4] a Sid with a space',
    'inline',
    one({ Sid: 'my statement' }),
    'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
  ],
  ['[POL-4] a Sid with a space, of a repository', 'resource', one({ Sid: 'new statement', Principal: '*' }), 'ok'],
  [
    '[POL-4] a Sid twice',
    'inline',
    JSON.stringify({
      Version: V,
      Statement: [
        { Sid: 'A', ...allow },
        { Sid: 'A', ...allow },
      ],
    }),
    'Statement IDs (SID) in a single policy must be unique.',
  ],
  [
    '[POL-4] an empty Sid twice',
    'inline',
    JSON.stringify({
      Version: V,
      Statement: [
        { Sid: '', ...allow },
        { Sid: '', ...allow },
      ],
    }),
    'ok',
  ],

  ['[POL-5] wildcards', 'inline', one({ Action: ['ecs:Describe*', 's3:*', 'iam:?etUser', '*', '*:*'] }), 'ok'],
  ['[POL-5] no actions', 'inline', one({ Action: [] }), 'Policy statement must contain actions.'],
  ['[POL-5] no Action', 'managed', one({ Action: undefined }), 'Policy statement must contain actions.'],
  ['[POL-5] an action without service', 'inline', one({ Action: 'RunTask' }), vendor],
  ['[POL-5] an empty action', 'inline', one({ Action: '' }), vendor],
  ['[POL-5] an action with an empty service', 'inline', one({ Action: ':RunTask' }), vendor],
  [
    '[POL-5] an action that is an ARN',
    'inline',
    one({ Action: 'arn:aws:ecs:us-east-1' }),
    'Actions/Condition can contain only one colon.',
  ],
  ['[POL-5] a wildcard in the service', 'inline', one({ Action: 'ec*:RunTask' }), 'Vendor ec* is not valid'],
  [
    '[POL-5] an action with a space',
    'inline',
    one({ Action: 'ecs:Run Task' }),
    'Action name contains an invalid character.',
  ],
  ['[POL-5] an action that is a number', 'inline', one({ Action: 5 }), syntax],

  ['[POL-6] no resources', 'inline', one({ Resource: [] }), 'Policy statement must contain resources.'],
  ['[POL-6] no Resource', 'managed', one({ Resource: undefined }), 'Policy statement must contain resources.'],
  ['[POL-6] an empty resource', 'inline', one({ Resource: '' }), arnFormat('')],
  ['[POL-6] a resource that is a name', 'inline', one({ Resource: 'my-cluster' }), arnFormat('my-cluster')],
  [
    '[POL-6] a partition there is not',
    'inline',
    one({ Resource: 'arn:${ARN_PARTITION}:s3:::b' }),
    'Partition "${ARN_PARTITION}" is not valid for resource "arn:${ARN_PARTITION}:s3:::b".',
  ],
  [
    '[POL-6] another partition',
    'inline',
    one({ Resource: 'arn:aws-cn:s3:::b' }),
    'Partition "aws-cn" is not valid for resource "arn:aws-cn:s3:::b".',
  ],
  ['[POL-6] a wildcard for the service', 'inline', one({ Resource: 'arn:aws:*:*:*:*prod*' }), qualified],
  ['[POL-6] an ARN without parts', 'inline', one({ Resource: 'arn:aws:sqs' }), 'ok'],
  ['[POL-6] an ARN without service', 'inline', one({ Resource: 'arn:aws' }), qualified],
  [
    '[POL-6] IAM with a placeholder for the account',
    'inline',
    one({ Resource: 'arn:aws:iam::xxx:role/bastion' }),
    'The policy failed legacy parsing',
  ],
  [
    '[POL-6] IAM with wildcards in the account',
    'inline',
    one({
      Resource: [
        'arn:aws:iam::*:role/x',
        'arn:aws:iam::aws:policy/*',
        'arn:aws:iam::123456789012:user/${aws:username}',
      ],
    }),
    'ok',
  ],
  ['[POL-6] a variable without an end', 'inline', one({ Resource: 'arn:aws:s3:::b/${aws:username' }), syntax],
  ['[POL-6] a default without quotes', 'inline', one({ Resource: 'arn:aws:s3:::b/${aws:username, none}' }), syntax],
  [
    '[POL-6] the same in 2008-10-17, where it is text',
    'inline',
    JSON.stringify({ Version: '2008-10-17', Statement: { ...allow, Resource: 'arn:aws:s3:::b/${aws:username' } }),
    'ok',
  ],

  [
    '[POL-7] every kind of principal',
    'trust',
    one(
      {
        Principal: {
          AWS: [
            '123456789012',
            'arn:aws:iam::123456789012:root',
            'arn:aws:iam::123456789012:user/a/b',
            'arn:aws:iam::123456789012:role/r',
            'arn:aws:sts::123456789012:assumed-role/r/s',
            'arn:aws:sts::123456789012:federated-user/f',
            'AROAEXAMPLEEXAMPLE12',
            '*',
          ],
          Service: ['ecs-tasks.amazonaws.com', 'ecs.amazonaws.com'],
          Federated: ['accounts.google.com', 'arn:aws:iam::123456789012:saml-provider/p'],
        },
      },
      trust,
    ),
    'ok',
  ],
  ['[POL-7] everybody', 'resource', one({ Principal: '*' }), 'ok'],
  ['[POL-7] a name', 'resource', one({ Principal: 'bob' }), syntax],
  ['[POL-7] an empty block', 'resource', one({ Principal: {} }), 'Missing required field Principal'],
  ['[POL-7] nobody of a kind', 'resource', one({ Principal: { AWS: [] } }), 'Missing required field Principal'],
  [
    '[POL-7] a wildcard for all users',
    'trust',
    one({ Principal: { AWS: 'arn:aws:iam::123456789012:user/*' } }, trust),
    invalidPrincipal('AWS', 'arn:aws:iam::123456789012:user/*'),
  ],
  [
    '[POL-7] a wildcard for all sessions',
    'trust',
    one({ Principal: { AWS: 'arn:aws:sts::123456789012:assumed-role/r/*' } }, trust),
    invalidPrincipal('AWS', 'arn:aws:sts::123456789012:assumed-role/r/*'),
  ],
  [
    '[POL-7] a group',
    'resource',
    one({ Principal: { AWS: 'arn:aws:iam::123456789012:group/g' } }),
    invalidPrincipal('AWS', 'arn:aws:iam::123456789012:group/g'),
  ],
  [
    '[POL-7] eleven digits',
    'resource',
    one({ Principal: { AWS: '12345678901' } }),
    invalidPrincipal('AWS', '12345678901'),
  ],
  [
    '[POL-7] an account with half an ARN',
    'resource',
    one({ Principal: { AWS: '123456789012:root' } }),
    invalidPrincipal('AWS', '123456789012:root'),
  ],
  [
    '[POL-7] a service that is none',
    'trust',
    one({ Principal: { Service: 'ecs-tasks' } }, trust),
    invalidPrincipal('SERVICE', 'ecs-tasks'),
  ],
  ['[POL-7] every service', 'trust', one({ Principal: { Service: '*' } }, trust), invalidPrincipal('SERVICE', '*')],
  ['[POL-7] a kind there is not', 'resource', one({ Principal: { CanonicalUser: 'x' } }), syntax],

  [
    '[POL-8] strings, numbers, truth values and lists',
    'inline',
    one({
      Condition: {
        StringEquals: { 'aws:RequestTag/a:b': ['x', 'y'] },
        NumericLessThan: { 's3:max-keys': 10.5 },
        Bool: { 'aws:SecureTransport': true },
      },
    }),
    'ok',
  ],
  ['[POL-8] an empty Condition', 'inline', one({ Condition: {} }), 'ok'],
  [
    '[POL-8] an operator there is not',
    'inline',
    one({ Condition: { StringMatches: { 'aws:username': 'a' } } }),
    syntax,
  ],
  [
    '[POL-8] an operator in lower case',
    'inline',
    one({ Condition: { stringequals: { 'aws:username': 'a' } } }),
    syntax,
  ],
  ['[POL-8] a key without operator', 'inline', one({ Condition: { 'ecs:cluster': 'self' } }), syntax],
  ['[POL-8] a key without service', 'inline', one({ Condition: { StringEquals: { username: 'a' } } }), vendor],
  [
    '[POL-8] a value that is a block',
    'inline',
    one({ Condition: { StringEquals: { 'aws:username': { a: 1 } } } }),
    syntax,
  ],
  ['[POL-8] a value that is null', 'inline', one({ Condition: { StringEquals: { 'aws:username': null } } }), syntax],
  ['[POL-8] NullIfExists', 'inline', one({ Condition: { NullIfExists: { 'aws:username': 'true' } } }), syntax],
  ['[POL-8] Null with a name', 'inline', one({ Condition: { Null: { 'aws:username': 'bob' } } }), syntax],
  [
    '[POL-8] a set of sets',
    'inline',
    one({ Condition: { 'ForAllValues:ForAnyValue:StringLike': { 'aws:TagKeys': 'a' } } }),
    syntax,
  ],
  ['[POL-8] a number that is none', 'inline', one({ Condition: { NumericEquals: { 's3:max-keys': 'ten' } } }), syntax],
  [
    '[POL-8] a day that is none',
    'inline',
    one({ Condition: { DateLessThan: { 'aws:CurrentTime': '2023-02-29' } } }),
    syntax,
  ],
  [
    '[POL-8] a range that is none',
    'inline',
    one({ Condition: { NotIpAddress: { 'aws:SourceIp': '10.0.0.0/33' } } }),
    syntax,
  ],
  [
    '[POL-8] a variable where there may be none',
    'inline',
    one({ Condition: { IpAddress: { 'aws:SourceIp': '${aws:PrincipalTag/ip}' } } }),
    syntax,
  ],
  [
    '[POL-8] a truth value that is none',
    'inline',
    one({ Condition: { Bool: { 'aws:SecureTransport': 'yes' } } }),
    syntax,
  ],
  ['[POL-8] base64 that is none', 'inline', one({ Condition: { BinaryEquals: { 'a:b': '*' } } }), syntax],
];

describe('a document is taken or refused in IAM’s words', () => {
  test.each(rows)('%s (%s)', (_rule, kind, text, wanted) => {
    expect(said(text, kind)).toBe(wanted);
  });
});

test('[POL-3] the policy of a repository may leave Resource out', () => {
  expect(said(one({ Principal: '*', Resource: undefined, Action: 'ecr:BatchGetImage' }), 'resource', 'optional')).toBe(
    'ok',
  );
});

test('[POL-10] deep, long and endless documents are refused at once', () => {
  const hostile = [
    '['.repeat(60_000),
    '{"a":'.repeat(20_000),
    `{"Version":"2012-10-17","Statement":${'['.repeat(20)}${']'.repeat(20)}}`,
    `"${'x'.repeat(200_000)}"`,
    `{"Statement":"${'\\u0041'.repeat(20_000)}`,
    one({ Resource: `arn:aws:s3:::${'${'.repeat(60_000)}` }),
    one({ Resource: `arn:aws:iam::${'*'.repeat(100_000)}x:role/a` }),
  ];
  const start = process.cpuUsage();
  for (const text of hostile) expect(said(text, 'inline')).not.toBe('ok');
  expect(process.cpuUsage(start).user / 1_000).toBeLessThan(1_000);
});

test('[POL-10] the refusal says where the JSON breaks', () => {
  try {
    parsePolicy('{\n  "Version" "2012-10-17"\n}', { kind: 'inline' });
    expect.unreachable();
  } catch (error) {
    expect((error as MalformedPolicy).detail).toBe('expected a colon at line 2, column 13');
  }
});

test('[POL-10] statements know where they stand in the text', () => {
  const text =
    '{"Version":"2012-10-17","Statement":[\n  {"Effect":"Allow","Action":"*","Resource":"*"},\n\n {"Effect":"Deny","Action":"*","Resource":"*"}]}';
  const { statements } = parsePolicy(text, { kind: 'inline' });
  expect(statements.map(({ start, end }) => [start, end])).toEqual([
    [
      { line: 2, column: 3 },
      { line: 2, column: 48 },
    ],
    [
      { line: 4, column: 2 },
      { line: 4, column: 46 },
    ],
  ]);
});

describe('[POL-9] sizes', () => {
  const text = (size: number): string => `{ "a":\n "${'x'.repeat(size - 8)}" }`;
  test('white space does not count', () => expect(policySize(text(100))).toBe(100));
  test.each([
    ['a managed policy', { of: 'managed' } as const, [6_144], [6_145], 'Cannot exceed quota for PolicySize: 6144'],
    ['a trust policy', { of: 'trust' } as const, [2_048], [2_049], 'Cannot exceed quota for ACLSizePerRole: 2048'],
    [
      'a trust policy by quota',
      { of: 'trust', quota: 4_096 } as const,
      [4_096],
      [4_097],
      'Cannot exceed quota for ACLSizePerRole: 4096',
    ],
    [
      'a user',
      { of: 'user', name: 'u' } as const,
      [1_024, 1_024],
      [1_024, 1_025],
      'Maximum policy size of 2048 bytes exceeded for user u',
    ],
    [
      'a role',
      { of: 'role', name: 'r' } as const,
      [10_240],
      [10_000, 241],
      'Maximum policy size of 10240 bytes exceeded for role r',
    ],
    [
      'a group',
      { of: 'group', name: 'g' } as const,
      [5_120],
      [5_121],
      'Maximum policy size of 5120 bytes exceeded for group g',
    ],
  ])('%s', (_what, policy, fits, exceeds, sentence) => {
    expect(sizeFault(policy, fits.map(text))).toBeUndefined();
    expect(sizeFault(policy, exceeds.map(text))).toBe(sentence);
  });
});
