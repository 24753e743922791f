import { describe, expect, test } from 'vitest';
import { accessDeniedMessage, evaluate, explain, parsePolicy, PolicySet } from './index.ts';
import type { AccessRequest, ApplicablePolicies, ParseOptions, PolicyType, Principal } from './index.ts';

const own = '111122223333';
const other = '444455556666';
const userArn = `arn:aws:iam::${own}:user/team/alice`;
const roleArn = `arn:aws:iam::${own}:role/app/web`;
const sessionArn = `arn:aws:sts::${own}:assumed-role/web/s1`;
const federatedArn = `arn:aws:sts::${own}:federated-user/fred`;

const who = {
  root: { type: 'root', account: own },
  user: { type: 'user', account: own, arn: userArn, name: 'alice', id: 'AIDAALICEALICEALICE1' },
  session: {
    type: 'role-session',
    account: own,
    arn: sessionArn,
    roleArn,
    roleId: 'AROAWEBWEBWEBWEBWEB1',
    sessionName: 's1',
  },
  federated: {
    type: 'federated-user',
    account: own,
    arn: federatedArn,
    name: 'fred',
    userArn,
    userId: 'AIDAALICEALICEALICE1',
  },
  service: { type: 'service', name: 'ecs-tasks.amazonaws.com' },
  provider: { type: 'federated', provider: 'accounts.google.com' },
  stranger: { type: 'anonymous' },
} as const satisfies Record<string, Principal>;

const secret = `arn:aws:secretsmanager:us-east-1:${own}:secret:db`;
const foreign = `arn:aws:secretsmanager:us-east-1:${other}:secret:db`;
const action = 'secretsmanager:GetSecretValue';

const allow = { Effect: 'Allow', Action: action, Resource: '*' };
const deny = { ...allow, Effect: 'Deny' };
const elsewhere = { ...allow, Action: 'secretsmanager:ListSecrets' };
const to = (...AWS: string[]): object => ({ ...allow, Principal: { AWS } });
const denyTo = (...AWS: string[]): object => ({ ...deny, Principal: { AWS } });
const anybody = { ...allow, Principal: '*' };

function set(statements: object | readonly object[], kind: ParseOptions['kind']): PolicySet {
  const document = parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }), { kind });
  return new PolicySet([{ name: 'p', document }]);
}

type Written = Partial<Record<PolicyType, object | readonly object[]>>;
const kinds = {
  identity: 'inline',
  boundary: 'managed',
  session: 'session',
  resource: 'resource',
  trust: 'trust',
  endpoint: 'resource',
} as const;

function applicable(written: Written): ApplicablePolicies {
  return Object.fromEntries(
    Object.entries(written).map(([type, statements]) => [type, set(statements, kinds[type as PolicyType])]),
  );
}

interface Asked {
  readonly resource?: string;
  readonly action?: string;
  readonly resourceAccount?: string;
}

function request(principal: Principal, policies: Written, asked: Asked = {}): AccessRequest {
  return { principal, action, resource: secret, context: new Map(), ...asked, policies: applicable(policies) };
}

type Row = readonly [rule: string, principal: Principal, policies: Written, decision: string, asked?: Asked];

/** A row of five, as test.each wants them. */
function whole([rule, principal, policies, wanted, asked = {}]: Row): [string, Principal, Written, string, Asked] {
  return [rule, principal, policies, wanted, asked];
}

const rows: readonly Row[] = [
  ['[POL-34] the endpoint grants nothing', who.user, { endpoint: anybody }, 'implicitDeny by identity'],
  [
    '[POL-34] the endpoint must allow',
    who.user,
    { identity: allow, endpoint: { ...elsewhere, Principal: '*' } },
    'implicitDeny by endpoint',
  ],
  ['[POL-34] both allow', who.user, { identity: allow, endpoint: anybody }, 'allowed by identity'],
  [
    '[POL-34] a Deny of the endpoint',
    who.user,
    { identity: allow, endpoint: [anybody, { ...anybody, Effect: 'Deny' }] },
    'explicitDeny by endpoint',
  ],
  [
    '[POL-34] an endpoint for somebody else',
    who.user,
    { identity: allow, endpoint: to(`arn:aws:iam::${other}:root`) },
    'implicitDeny by endpoint',
  ],
  [
    '[POL-34] what the resource allows by name',
    who.user,
    { resource: to(who.user.arn), endpoint: { ...anybody, Action: 'secretsmanager:ListSecrets' } },
    'implicitDeny by endpoint',
  ],
  ['[POL-21] nothing is allowed by itself', who.user, {}, 'implicitDeny by identity'],
  ['[POL-21] an Allow of the identity', who.user, { identity: allow }, 'allowed by identity'],
  ['[POL-21] an Allow of something else', who.user, { identity: elsewhere }, 'implicitDeny by identity'],
  [
    '[POL-21] a Deny beats an Allow, in either order',
    who.user,
    { identity: [allow, deny] },
    'explicitDeny by identity',
  ],
  [
    '[POL-21] a Deny beats an Allow, the other order',
    who.user,
    { identity: [deny, allow] },
    'explicitDeny by identity',
  ],
  [
    '[POL-21] a Deny of the boundary',
    who.user,
    { identity: allow, boundary: [allow, deny] },
    'explicitDeny by boundary',
  ],
  [
    '[POL-21] a Deny of the session policy',
    who.session,
    { identity: allow, session: [allow, deny] },
    'explicitDeny by session',
  ],
  [
    '[POL-21] a Deny of the resource’s policy',
    who.user,
    { identity: allow, resource: denyTo(userArn) },
    'explicitDeny by resource',
  ],
  [
    '[POL-21] a Deny of the identity beats the resource’s Allow',
    who.user,
    { identity: deny, resource: to(userArn) },
    'explicitDeny by identity',
  ],
  [
    '[POL-21] a Deny of another principal does not',
    who.user,
    { identity: allow, resource: denyTo(`arn:aws:iam::${own}:user/bob`) },
    'allowed by identity',
  ],
  ['[POL-21] a Deny of the account', who.user, { identity: allow, resource: denyTo(own) }, 'explicitDeny by resource'],
  [
    '[POL-21] a Deny of the session’s role',
    who.session,
    { identity: allow, resource: denyTo(roleArn) },
    'explicitDeny by resource',
  ],
  [
    '[POL-21] a Deny under a condition that does not hold',
    who.user,
    { identity: [allow, { ...deny, Condition: { Bool: { 'aws:SecureTransport': 'false' } } }] },
    'allowed by identity',
  ],

  ['[POL-22] the resource’s policy alone: a user', who.user, { resource: to(userArn) }, 'allowed by resource'],
  [
    '[POL-22] the resource’s policy alone: a user by unique id',
    who.user,
    { resource: to(who.user.id) },
    'allowed by resource',
  ],
  ['[POL-22] the resource’s policy alone: a session', who.session, { resource: to(sessionArn) }, 'allowed by resource'],
  [
    '[POL-22] the resource’s policy alone: the session’s role',
    who.session,
    { resource: to(roleArn) },
    'allowed by resource',
  ],
  ['[POL-22] the resource’s policy alone: anybody', who.user, { resource: anybody }, 'allowed by resource'],
  ['[POL-22] the account as principal delegates', who.user, { resource: to(own) }, 'implicitDeny by identity'],
  ['[POL-22] and the identity allows', who.user, { identity: allow, resource: to(own) }, 'allowed by identity'],
  [
    '[POL-22] the identity alone',
    who.user,
    { identity: allow, resource: to(`arn:aws:iam::${own}:user/bob`) },
    'allowed by identity',
  ],
  [
    '[POL-22] another role of that name does not count',
    who.session,
    { resource: to(`arn:aws:iam::${own}:role/web`) },
    'implicitDeny by identity',
  ],
  [
    '[POL-22] another session does not count',
    who.session,
    { resource: to(`arn:aws:sts::${own}:assumed-role/web/s2`) },
    'implicitDeny by identity',
  ],

  ['[POL-23] identity and boundary', who.user, { identity: allow, boundary: allow }, 'allowed by identity'],
  [
    '[POL-23] the boundary leaves it out',
    who.user,
    { identity: allow, boundary: elsewhere },
    'implicitDeny by boundary',
  ],
  ['[POL-23] a boundary grants nothing', who.user, { boundary: allow }, 'implicitDeny by identity'],
  [
    '[POL-23] a user by name in the resource’s policy is not limited',
    who.user,
    { boundary: elsewhere, resource: to(userArn) },
    'allowed by resource',
  ],
  [
    '[POL-23] nor is a session by name',
    who.session,
    { boundary: elsewhere, resource: to(sessionArn) },
    'allowed by resource',
  ],
  ['[POL-23] nor is anybody', who.session, { boundary: elsewhere, resource: anybody }, 'allowed by resource'],
  [
    '[POL-23] a role is',
    who.session,
    { identity: allow, boundary: elsewhere, resource: to(roleArn) },
    'implicitDeny by boundary',
  ],
  [
    '[POL-23] a role, and the boundary allows',
    who.session,
    { boundary: allow, resource: to(roleArn) },
    'allowed by resource',
  ],
  [
    '[POL-23] an account is',
    who.user,
    { identity: allow, boundary: elsewhere, resource: to(own) },
    'implicitDeny by boundary',
  ],

  ['[POL-24] identity and session policy', who.session, { identity: allow, session: allow }, 'allowed by identity'],
  [
    '[POL-24] the session policy leaves it out',
    who.session,
    { identity: allow, session: elsewhere },
    'implicitDeny by session',
  ],
  ['[POL-24] a session policy grants nothing', who.session, { session: allow }, 'implicitDeny by identity'],
  ['[POL-24] all three', who.session, { identity: allow, boundary: allow, session: allow }, 'allowed by identity'],
  [
    '[POL-24] a role in the resource’s policy is limited',
    who.session,
    { session: elsewhere, resource: to(roleArn) },
    'implicitDeny by session',
  ],
  [
    '[POL-24] a session by name is not',
    who.session,
    { session: elsewhere, resource: to(sessionArn) },
    'allowed by resource',
  ],
  [
    '[POL-24] a federated user without a session policy may nothing',
    who.federated,
    { identity: allow },
    'implicitDeny by session',
  ],
  ['[POL-24] a federated user with one', who.federated, { identity: allow, session: allow }, 'allowed by identity'],
  [
    '[POL-24] a federated user by name in the resource’s policy',
    who.federated,
    { resource: to(federatedArn) },
    'allowed by resource',
  ],
  [
    '[POL-24] the user who federated, limited by the session policy',
    who.federated,
    { session: elsewhere, resource: to(userArn) },
    'implicitDeny by session',
  ],
  [
    '[POL-24] the user who federated, and the session policy allows',
    who.federated,
    { session: allow, resource: to(userArn) },
    'allowed by resource',
  ],

  [
    '[POL-25] across accounts the identity is not enough',
    who.user,
    { identity: allow },
    'implicitDeny by resource',
    { resource: foreign },
  ],
  [
    '[POL-25] nor is the resource’s policy',
    who.user,
    { resource: to(userArn) },
    'implicitDeny by identity',
    { resource: foreign },
  ],
  ['[POL-25] nor one for anybody', who.user, { resource: anybody }, 'implicitDeny by identity', { resource: foreign }],
  [
    '[POL-25] both are',
    who.user,
    { identity: allow, resource: to(userArn) },
    'allowed by identity',
    { resource: foreign },
  ],
  [
    '[POL-25] the account as principal is',
    who.user,
    { identity: allow, resource: to(own) },
    'allowed by identity',
    { resource: foreign },
  ],
  [
    '[POL-25] the role is',
    who.session,
    { identity: allow, resource: to(roleArn) },
    'allowed by identity',
    { resource: foreign },
  ],
  [
    '[POL-25] the other account is not',
    who.user,
    { identity: allow, resource: to(other) },
    'implicitDeny by resource',
    { resource: foreign },
  ],
  [
    '[POL-25] the boundary limits a session by name',
    who.session,
    { identity: allow, boundary: elsewhere, resource: to(sessionArn) },
    'implicitDeny by boundary',
    { resource: foreign },
  ],
  [
    '[POL-25] the session policy limits a session by name',
    who.session,
    { identity: allow, session: elsewhere, resource: to(sessionArn) },
    'implicitDeny by session',
    { resource: foreign },
  ],
  [
    '[POL-25] a Deny of either side',
    who.user,
    { identity: allow, resource: [to(userArn), denyTo(own)] },
    'explicitDeny by resource',
    { resource: foreign },
  ],
  [
    '[POL-25] the owner is told where the ARN does not say',
    who.user,
    { identity: allow },
    'implicitDeny by resource',
    { resource: 'arn:aws:s3:::b', resourceAccount: other },
  ],
  [
    '[POL-25] an ARN without account is one’s own',
    who.user,
    { identity: allow },
    'allowed by identity',
    { resource: 'arn:aws:s3:::b' },
  ],
  [
    '[POL-25] a policy of AWS is no other account’s',
    who.user,
    { identity: { ...allow, Action: 'iam:GetPolicy' } },
    'allowed by identity',
    { action: 'iam:GetPolicy', resource: 'arn:aws:iam::aws:policy/AmazonECS_FullAccess' },
  ],
  ['[POL-25] no resource is one’s own', who.user, { identity: allow }, 'allowed by identity', { resource: '*' }],

  ['[POL-26] root may do all', who.root, {}, 'allowed by root'],
  ['[POL-26] whatever the resource’s policy leaves out', who.root, { resource: to(userArn) }, 'allowed by root'],
  [
    '[POL-26] but for a Deny of the resource’s policy',
    who.root,
    { resource: { ...deny, Principal: '*' } },
    'explicitDeny by resource',
  ],
  [
    '[POL-26] across accounts the resource’s policy must allow',
    who.root,
    {},
    'implicitDeny by resource',
    { resource: foreign },
  ],
  ['[POL-26] and does', who.root, { resource: to(own) }, 'allowed by resource', { resource: foreign }],

  ['[POL-27] a service needs the resource’s policy', who.service, {}, 'implicitDeny by resource'],
  [
    '[POL-27] and has it',
    who.service,
    { resource: { ...allow, Principal: { Service: 'ecs-tasks.amazonaws.com' } } },
    'allowed by resource',
  ],
  [
    '[POL-27] another service has not',
    who.service,
    { resource: { ...allow, Principal: { Service: 'ecs.amazonaws.com' } } },
    'implicitDeny by resource',
  ],
  [
    '[POL-27] a Deny of anybody means services as well',
    who.service,
    {
      resource: [
        { ...allow, Principal: { Service: 'ecs-tasks.amazonaws.com' } },
        { ...deny, Principal: '*' },
      ],
    },
    'explicitDeny by resource',
  ],
  ['[POL-27] a stranger, and anybody may', who.stranger, { resource: anybody }, 'allowed by resource'],
  ['[POL-27] a stranger, and an account may', who.stranger, { resource: to(own) }, 'implicitDeny by resource'],
];

describe('a request is decided', () => {
  test.each(rows.map(whole))('%s', (_rule, principal, policies, wanted, asked) => {
    const { outcome, by, source } = evaluate(request(principal, policies, asked));
    expect(`${outcome} by ${by}`).toBe(wanted);
    expect(source !== undefined).toBe(outcome !== 'implicitDeny' && by !== 'root');
  });
});

describe('assuming a role', () => {
  const role = `arn:aws:iam::${own}:role/app/task`;
  const assume = { Effect: 'Allow', Action: 'sts:AssumeRole' };
  const may = { ...assume, Resource: '*' };
  const trusts = (Principal: unknown): object => ({ ...assume, Principal });
  const stranger = { ...who.user, account: other, arn: `arn:aws:iam::${other}:user/eve` };
  const rows: readonly Row[] = [
    [
      '[POL-28] a service that is trusted',
      who.service,
      { trust: trusts({ Service: 'ecs-tasks.amazonaws.com' }) },
      'allowed by trust',
    ],
    [
      '[POL-28] a service that is not',
      who.service,
      { trust: trusts({ Service: 'ecs.amazonaws.com' }) },
      'implicitDeny by trust',
    ],
    ['[POL-28] a user by name needs nothing else', who.user, { trust: trusts({ AWS: userArn }) }, 'allowed by trust'],
    [
      '[POL-28] a user by account needs a policy',
      who.user,
      { trust: trusts({ AWS: own }) },
      'implicitDeny by identity',
    ],
    ['[POL-28] and has one', who.user, { identity: may, trust: trusts({ AWS: own }) }, 'allowed by identity'],
    [
      '[POL-28] a policy without trust is nothing, in the own account as well',
      who.user,
      { identity: may, trust: trusts({ Service: 'ecs-tasks.amazonaws.com' }) },
      'implicitDeny by trust',
    ],
    [
      '[POL-28] a role of the session, limited by its boundary',
      who.session,
      { boundary: elsewhere, trust: trusts({ AWS: roleArn }) },
      'implicitDeny by boundary',
    ],
    [
      '[POL-28] another account, trusted and allowed',
      stranger,
      { identity: may, trust: trusts({ AWS: other }) },
      'allowed by identity',
    ],
    ['[POL-28] another account, trusted only', stranger, { trust: trusts({ AWS: other }) }, 'implicitDeny by identity'],
    [
      '[POL-28] another account, allowed only',
      stranger,
      { identity: may, trust: trusts({ AWS: own }) },
      'implicitDeny by trust',
    ],
    [
      '[POL-28] a Deny of the trust policy',
      who.user,
      { identity: may, trust: [trusts({ AWS: own }), { ...trusts({ AWS: userArn }), Effect: 'Deny' }] },
      'explicitDeny by trust',
    ],
    ['[POL-28] root is not trusted by itself', who.root, { trust: trusts({ AWS: userArn }) }, 'implicitDeny by trust'],
    [
      '[POL-28] without the external id',
      stranger,
      { identity: may, trust: { ...trusts({ AWS: other }), Condition: { StringEquals: { 'sts:ExternalId': 'x' } } } },
      'implicitDeny by trust',
    ],
  ];
  test.each(rows.map(whole))('%s', (_rule, principal, policies, wanted) => {
    const { outcome, by } = evaluate(request(principal, policies, { action: 'sts:AssumeRole', resource: role }));
    expect(`${outcome} by ${by}`).toBe(wanted);
  });
  test('[POL-28] an identity provider', () => {
    const web = {
      Effect: 'Allow',
      Action: 'sts:AssumeRoleWithWebIdentity',
      Principal: { Federated: 'accounts.google.com' },
    };
    const asked = { action: 'sts:AssumeRoleWithWebIdentity', resource: role };
    expect(evaluate(request(who.provider, { trust: web }, asked)).outcome).toBe('allowed');
    expect(evaluate(request({ type: 'federated', provider: 'www.amazon.com' }, { trust: web }, asked)).outcome).toBe(
      'implicitDeny',
    );
  });
});

describe('[POL-14] NotPrincipal', () => {
  const not = (effect: 'Allow' | 'Deny', ...AWS: string[]): object => ({
    ...allow,
    Effect: effect,
    NotPrincipal: { AWS },
  });
  const rows: readonly Row[] = [
    [
      'Deny spares the user with the account',
      who.user,
      { identity: allow, resource: not('Deny', userArn, own) },
      'allowed by identity',
    ],
    [
      'Deny does not spare the user without the account',
      who.user,
      { identity: allow, resource: not('Deny', userArn) },
      'explicitDeny by resource',
    ],
    [
      'Deny does not spare others of the account',
      who.user,
      { identity: allow, resource: not('Deny', `arn:aws:iam::${own}:user/bob`, own) },
      'explicitDeny by resource',
    ],
    [
      'Deny spares the session with role and account',
      who.session,
      { identity: allow, resource: not('Deny', sessionArn, roleArn, own) },
      'allowed by identity',
    ],
    [
      'Deny does not spare the session without the role',
      who.session,
      { identity: allow, resource: not('Deny', sessionArn, own) },
      'explicitDeny by resource',
    ],
    [
      'Deny does not spare all sessions of a role',
      who.session,
      { identity: allow, resource: not('Deny', roleArn, own) },
      'explicitDeny by resource',
    ],
    [
      'Deny means services and strangers',
      who.stranger,
      { resource: [anybody, not('Deny', own)] },
      'explicitDeny by resource',
    ],
    ['Deny spares the root by its account', who.root, { resource: not('Deny', own) }, 'allowed by root'],
    ['Allow leaves the listed out', who.user, { resource: not('Allow', userArn) }, 'implicitDeny by identity'],
    ['Allow leaves the account out', who.user, { resource: not('Allow', own) }, 'implicitDeny by identity'],
    ['Allow allows all others', who.user, { resource: not('Allow', other) }, 'allowed by resource'],
  ];
  test.each(rows.map(whole))('%s', (_rule, principal, policies, wanted) => {
    const { outcome, by } = evaluate(request(principal, policies));
    expect(`${outcome} by ${by}`).toBe(wanted);
  });
});

describe('[POL-29] AccessDenied in AWS’s words', () => {
  const start = `User: ${userArn} is not authorized to perform: ${action} on resource: ${secret}`;
  test.each<readonly [string, Principal, Written, string]>([
    ['identity', who.user, {}, `${start} because no identity-based policy allows the ${action} action`],
    ['identity, explicit', who.user, { identity: deny }, `${start} with an explicit deny in an identity-based policy`],
    [
      'boundary',
      who.user,
      { identity: allow, boundary: elsewhere },
      `${start} because no permissions boundary allows the ${action} action`,
    ],
    ['boundary, explicit', who.user, { boundary: deny }, `${start} with an explicit deny in a permissions boundary`],
    [
      'session',
      who.session,
      { identity: allow, session: elsewhere },
      `User: ${sessionArn} is not authorized to perform: ${action} on resource: ${secret} because no session policy allows the ${action} action`,
    ],
    ['session, explicit', who.user, { session: deny }, `${start} with an explicit deny in a session policy`],
    [
      'resource',
      who.service,
      {},
      `User: ecs-tasks.amazonaws.com is not authorized to perform: ${action} on resource: ${secret} because no resource-based policy allows the ${action} action`,
    ],
    [
      'resource, explicit',
      who.user,
      { resource: denyTo(own) },
      `${start} with an explicit deny in a resource-based policy`,
    ],
    [
      'endpoint',
      who.user,
      { identity: allow, endpoint: { ...elsewhere, Principal: '*' } },
      `${start} because no VPC endpoint policy allows the ${action} action`,
    ],
    [
      'endpoint, explicit',
      who.user,
      { identity: allow, endpoint: denyTo(own) },
      `${start} with an explicit deny in a VPC endpoint policy`,
    ],
  ])('%s', (_type, principal, policies, sentence) => {
    const asked = request(principal, policies);
    expect(accessDeniedMessage(asked, evaluate(asked))).toBe(sentence);
  });
  test('trust', () => {
    const trust = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: own } };
    const asked = request(who.service, { trust }, { action: 'sts:AssumeRole', resource: roleArn });
    expect(accessDeniedMessage(asked, evaluate(asked))).toBe(
      `User: ecs-tasks.amazonaws.com is not authorized to perform: sts:AssumeRole on resource: ${roleArn} because no role trust policy allows the sts:AssumeRole action`,
    );
  });
  test('without the resource, and with the policy that denies', () => {
    const document = parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: deny }), { kind: 'managed' });
    const arn = `arn:aws:iam::${own}:policy/ExampleDenyPolicy`;
    const policies = { identity: new PolicySet([{ name: 'ExampleDenyPolicy', arn, document }]) };
    const asked = { ...request(who.user, {}), policies };
    expect(accessDeniedMessage(asked, evaluate(asked), { resource: false, policyArn: true })).toBe(
      `User: ${userArn} is not authorized to perform: ${action} with an explicit deny in an identity-based policy: ${arn}`,
    );
  });
});

describe('[POL-30] an explanation', () => {
  test('names the statement that decided and why the others did not apply', () => {
    const identity = [
      { Sid: 'Lists', ...elsewhere },
      { Sid: 'Other', ...allow, Resource: `arn:aws:secretsmanager:us-east-1:${own}:secret:web-*` },
      { Sid: 'Tagged', ...allow, Condition: { StringEquals: { 'aws:ResourceTag/team': ['web', 'db'] } } },
      { Sid: 'Own', ...allow, Resource: 'arn:aws:secretsmanager:*:*:secret:${aws:username}' },
      { ...allow, Condition: { Bool: { 'aws:SecureTransport': 'true' } } },
    ];
    const context = new Map([['aws:securetransport', ['true']]]);
    const { summary, findings, decision } = explain({ ...request(who.user, { identity }), context });
    expect(summary).toBe(`${action} on ${secret} is allowed by statement 5 of p (identity-based policy)`);
    expect(decision.source?.statement.index).toBe(4);
    expect(findings.map(({ source, because }) => [source.statement.sid, because])).toEqual([
      ['Other', `Resource does not name ${secret}`],
      [
        'Tagged',
        'the condition StringEquals aws:ResourceTag/team [web, db] does not hold: the request has no such key',
      ],
      ['Own', 'the variable ${aws:username} has no value'],
      [undefined, ''],
    ]);
  });
  test('of a refusal', () => {
    const { summary, findings } = explain(request(who.user, { identity: { Sid: 'No', ...deny }, resource: to(other) }));
    expect(summary).toBe(`${action} on ${secret} is denied by statement "No" of p (identity-based policy)`);
    expect(findings.map(({ type, applies, because }) => [type, applies, because])).toEqual([
      ['identity', true, ''],
      ['resource', false, `Principal does not name ${userArn}`],
    ]);
    expect(explain(request(who.user, {})).summary).toBe(
      `${action} on ${secret} is denied: no identity-based policy allows it`,
    );
    expect(explain(request(who.root, {})).summary).toContain('the root user of the account may do all');
  });
});
