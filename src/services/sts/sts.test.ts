import { describe, expect, test } from 'vitest';
import { ApiError, type AccessQuestion, type Caller, type RequestContext } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/sts.ts';
import { stsService, type AssumableRole, type SessionRequest } from './index.ts';

const account = '123456789012';
const nowMs = 1_000_000;
const userArn = `arn:aws:iam::${account}:user/alice`;
const alice: Caller = {
  account,
  accessKeyId: 'AKIA1',
  arn: userArn,
  principal: { type: 'user', account, arn: userArn, name: 'alice', id: 'AIDA1' },
};
const rootUser: Caller = { account, accessKeyId: 'test', arn: `arn:aws:iam::${account}:root` };
const role: AssumableRole = {
  arn: `arn:aws:iam::${account}:role/svc/app`,
  account,
  name: 'app',
  id: 'AROA1',
  trust: '{}',
  maxSessionSeconds: 7_200,
  tags: [{ key: 'team', value: 'web' }],
};
const sessionArn = `arn:aws:sts::${account}:assumed-role/first/s`;
const session: Caller = {
  account,
  accessKeyId: 'ASIA1',
  arn: sessionArn,
  principal: {
    type: 'role-session',
    account,
    arn: sessionArn,
    roleArn: `arn:aws:iam::${account}:role/first`,
    roleId: 'AROA0',
    sessionName: 's',
  },
  session: {
    issuedAtMs: 1,
    tags: [
      { key: 'stays', value: '1' },
      { key: 'goes', value: '2' },
    ],
    transitiveTagKeys: ['stays'],
    sourceIdentity: 'bob',
  },
};
const federated: Caller = {
  account,
  accessKeyId: 'ASIA2',
  arn: `arn:aws:sts::${account}:federated-user/f`,
  principal: {
    type: 'federated-user',
    account,
    arn: `arn:aws:sts::${account}:federated-user/f`,
    name: 'f',
    userArn,
    userId: 'AIDA1',
  },
  session: { issuedAtMs: 1 },
};

function openSts({ packedPercent = 10, refuse = '' } = {}) {
  const issued: SessionRequest[] = [];
  const asked: AccessQuestion[] = [];
  const service = stsService({
    clock: { nowMs: () => nowMs, after: () => () => undefined },
    roles: {
      find: (arn) => (arn === role.arn ? role : undefined),
      hasPolicy: (_account, arn) => arn === 'arn:aws:iam::aws:policy/AdministratorAccess',
    },
    sessions: {
      issue(request) {
        issued.push(request);
        return { accessKeyId: 'ASIA', secretAccessKey: 's', sessionToken: 't', packedPercent };
      },
    },
  });
  const call = async <Name extends keyof Operations>(
    name: Name,
    input: Operations[Name]['input'],
    caller: Caller = alice,
  ): Promise<Operations[Name]['output']> => {
    const handler = service.handlers[name] as (input: unknown, context: RequestContext) => unknown;
    const authorize = (question: AccessQuestion): void => {
      asked.push(question);
      if (question.action === refuse) throw new ApiError('AccessDenied', `no ${question.action}`);
    };
    return (await handler(input, { caller, account, authorize } as RequestContext)) as never;
  };
  return { service, issued, asked, call };
}

async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

const assume = { RoleArn: role.arn, RoleSessionName: 's1' };
const denied = `AccessDenied: User: ${userArn} is not authorized to perform: sts:AssumeRole on resource:`;

test.each<[string, Caller, string]>([
  ['root', rootUser, account],
  ['a user', alice, 'AIDA1'],
  ['a session of a role', session, 'AROA0:s'],
  ['a federated user', federated, `${account}:f`],
])('[STS-1] GetCallerIdentity of %s', async (_name, caller, UserId) => {
  const { call, service } = openSts();
  expect(await call('GetCallerIdentity', {}, caller)).toEqual({ UserId, Account: account, Arn: caller.arn });
  expect(service.authorization?.['GetCallerIdentity']?.({} as never, {} as RequestContext)).toEqual([]);
});

describe('AssumeRole', () => {
  test('[STS-2] asks with the trust policy, and says who the session is', async () => {
    const { call, issued, asked } = openSts();
    const answer = await call('AssumeRole', { ...assume, ExternalId: 'x1' });
    expect(answer).toMatchObject({
      AssumedRoleUser: { AssumedRoleId: 'AROA1:s1', Arn: `arn:aws:sts::${account}:assumed-role/app/s1` },
      Credentials: { AccessKeyId: 'ASIA', Expiration: nowMs + 3_600_000 },
    });
    expect(asked.map(({ action, resource, trustPolicy }) => [action, resource, trustPolicy])).toEqual([
      ['sts:AssumeRole', role.arn, '{}'],
    ]);
    expect(asked[0]?.context?.get('sts:externalid')).toEqual(['x1']);
    expect(asked[0]?.context?.get('sts:rolesessionname')).toEqual(['s1']);
    expect(asked[0]?.context?.get('aws:resourcetag/team')).toEqual(['web']);
    expect(issued[0]?.principal).toMatchObject({ type: 'role-session', roleArn: role.arn, roleId: 'AROA1' });
    expect(issued[0]?.session).toEqual({ issuedAtMs: nowMs });
  });

  test.each<[string, object, Caller, string]>([
    ['the root', {}, rootUser, 'AccessDenied: Roles may not be assumed by root accounts.'],
    [
      'no such role',
      { RoleArn: `arn:aws:iam::${account}:role/none` },
      alice,
      `${denied} arn:aws:iam::${account}:role/none`,
    ],
    [
      'a role of another account',
      { RoleArn: 'arn:aws:iam::111122223333:role/app' },
      alice,
      `${denied} arn:aws:iam::111122223333:role/app`,
    ],
    ['no ARN', { RoleArn: 'x'.repeat(20) }, alice, `${denied} ${'x'.repeat(20)}`],
    ['MFA', { SerialNumber: 'm', TokenCode: '1' }, alice, 'ValidationError: MFA is not implemented by Longshore'],
  ])('[STS-2] refuses %s', async (_name, more, caller, want) => {
    const { call, issued } = openSts();
    expect(await outcome(call('AssumeRole', { ...assume, ...more }, caller))).toBe(want);
    expect(issued).toEqual([]);
  });

  test('[STS-2] refuses what the policies refuse', async () => {
    const { call, issued } = openSts({ refuse: 'sts:AssumeRole' });
    expect(await outcome(call('AssumeRole', assume))).toBe('AccessDenied: no sts:AssumeRole');
    expect(issued).toEqual([]);
  });

  test.each<[number, Caller, string]>([
    [7_200, alice, 'ok'],
    [7_201, alice, 'ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.'],
    [3_600, session, 'ok'],
    [
      3_601,
      session,
      'ValidationError: The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    ],
  ])('[STS-3] %i seconds', async (DurationSeconds, caller, want) => {
    const { call } = openSts();
    expect(await outcome(call('AssumeRole', { ...assume, DurationSeconds }, caller))).toBe(want);
  });

  test('[STS-4] session policies go into the session', async () => {
    const { call, issued } = openSts();
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: 'ecs:*', Resource: '*' },
    });
    const arn = 'arn:aws:iam::aws:policy/AdministratorAccess';
    expect(await call('AssumeRole', { ...assume, Policy, PolicyArns: [{ arn }] })).toMatchObject({
      PackedPolicySize: 10,
    });
    expect(issued[0]?.session).toMatchObject({ policies: [Policy], policyArns: [arn] });
    expect(await outcome(call('AssumeRole', { ...assume, Policy: '{' }))).toContain('MalformedPolicyDocument');
    expect(await outcome(call('AssumeRole', { ...assume, Policy: `${' '.repeat(2_048)}{}` }))).toContain(
      'PackedPolicyTooLarge',
    );
    expect(
      await outcome(call('AssumeRole', { ...assume, PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/None' }] })),
    ).toContain('ValidationError');
    expect(
      await outcome(call('AssumeRole', { ...assume, PolicyArns: Array.from({ length: 11 }, () => ({ arn })) })),
    ).toContain('ValidationError');
    expect(await outcome(openSts({ packedPercent: 101 }).call('AssumeRole', assume))).toContain('PackedPolicyTooLarge');
  });

  test('[STS-5] tags and a source identity are permissions of their own; transitive ones go on', async () => {
    const { call, issued, asked } = openSts();
    await call('AssumeRole', { ...assume, Tags: [{ Key: 'new', Value: '3' }], TransitiveTagKeys: ['new'] }, session);
    expect(asked.map(({ action }) => action)).toEqual(['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity']);
    expect(asked[1]?.context?.get('aws:requesttag/new')).toEqual(['3']);
    expect(issued[0]?.session).toMatchObject({
      tags: [
        { key: 'stays', value: '1' },
        { key: 'new', value: '3' },
      ],
      transitiveTagKeys: ['stays', 'new'],
      sourceIdentity: 'bob',
    });
    const again = call('AssumeRole', { ...assume, Tags: [{ Key: 'STAYS', Value: '3' }] }, session);
    expect(await outcome(again)).toContain('ValidationError: Duplicate tag keys');
    expect(await outcome(call('AssumeRole', { ...assume, SourceIdentity: 'eve' }, session))).toContain('AccessDenied');
    expect(await outcome(call('AssumeRole', { ...assume, TransitiveTagKeys: ['none'] }))).toContain('ValidationError');
    const refusing = openSts({ refuse: 'sts:TagSession' });
    expect(await outcome(refusing.call('AssumeRole', { ...assume, Tags: [{ Key: 'a', Value: 'b' }] }))).toBe(
      'AccessDenied: no sts:TagSession',
    );
  });
});

describe('sessions of users', () => {
  test('[STS-6] GetSessionToken says the same as the key, and is limited for root', async () => {
    const { call, issued } = openSts();
    await call('GetSessionToken', {});
    await call('GetSessionToken', { DurationSeconds: 129_600 }, rootUser);
    expect(issued).toMatchObject([
      { arn: userArn, principal: alice.principal, expirationMs: nowMs + 43_200_000 },
      { arn: rootUser.arn, expirationMs: nowMs + 3_600_000 },
    ]);
    expect(issued[1]).not.toHaveProperty('principal');
    expect(await outcome(call('GetSessionToken', {}, session))).toBe(
      'AccessDenied: Cannot call GetSessionToken with session credentials',
    );
  });

  test('[STS-6] GetFederationToken names its user, and asks for it', async () => {
    const { call, issued, service } = openSts();
    const answer = await call('GetFederationToken', { Name: 'bob' });
    expect(answer.FederatedUser).toEqual({
      FederatedUserId: `${account}:bob`,
      Arn: `arn:aws:sts::${account}:federated-user/bob`,
    });
    expect(issued[0]?.principal).toMatchObject({ type: 'federated-user', userArn, userId: 'AIDA1' });
    const questions = service.authorization?.['GetFederationToken']?.(
      { Name: 'bob' } as never,
      { account } as RequestContext,
    );
    expect(questions).toMatchObject([
      { action: 'sts:GetFederationToken', resource: `arn:aws:sts::${account}:federated-user/bob` },
    ]);
    expect(await outcome(call('GetFederationToken', { Name: 'bob' }, rootUser))).toContain('not implemented');
    expect(await outcome(call('GetFederationToken', { Name: 'bob' }, federated))).toContain('AccessDenied');
  });
});
