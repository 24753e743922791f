import { describe, expect, test } from 'vitest';
import { silentLog } from '../kernel/index.ts';
import type { AccessQuestion, Caller, CallerPrincipal, CallerSession, RequestContext } from '../protocol/api/index.ts';
import { iamService, iamTables, Identities } from '../services/iam/index.ts';
import { MemoryStore, openDatabase } from '../store/index.ts';
import { SimIds } from '../testkit/index.ts';
import { PolicyAuthorizer } from './authorizer.ts';
import { noSuchRole } from './credentials.ts';

const account = '123456789012';
const other = '111122223333';
const list = 'ecs:ListClusters';
const refusedBy = (what: string) => expect.stringContaining(what) as string;

function document(...statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}
const statement = (Effect: 'Allow' | 'Deny', Action: string, more: object = {}) => ({
  Effect,
  Action,
  Resource: '*',
  ...more,
});

/** IAM with the user alice and the role app, and an authorizer over it. */
async function open() {
  const db = await openDatabase(new MemoryStore(), iamTables, { log: silentLog, freezeRows: true });
  const clock = { nowMs: () => 1_000, after: () => () => undefined };
  const iam = iamService({ db, clock, ids: new SimIds(1), secretOf: (id) => id });
  const call = async (name: string, input: object): Promise<any> => {
    const caller = { account, accessKeyId: 'test', arn: `arn:aws:iam::${account}:root` };
    return await (iam.handlers[name] as (input: object, context: object) => unknown)(input, { account, caller });
  };
  const trust = document({
    Effect: 'Allow',
    Principal: { Service: 'ecs-tasks.amazonaws.com' },
    Action: 'sts:AssumeRole',
  });
  const { User } = await call('CreateUser', { UserName: 'alice', Tags: [{ Key: 'team', Value: 'web' }] });
  const { Role } = await call('CreateRole', { RoleName: 'app', AssumeRolePolicyDocument: trust });
  const alice: CallerPrincipal = { type: 'user', account, arn: User.Arn, name: 'alice', id: User.UserId };
  const app: CallerPrincipal = {
    type: 'role-session',
    account,
    arn: `arn:aws:sts::${account}:assumed-role/app/s`,
    roleArn: Role.Arn,
    roleId: Role.RoleId,
    sessionName: 's',
  };
  const authorizer = new PolicyAuthorizer(new Identities(db));
  const callers = new Map<CallerPrincipal, Caller>();
  const ask = (
    principal: CallerPrincipal,
    question: Partial<AccessQuestion> = {},
    more: Partial<RequestContext> & { readonly session?: CallerSession } = {},
  ) => {
    const { session, ...request } = more;
    const known = callers.get(principal) ?? { account, accessKeyId: 'k', arn: principal.arn, principal };
    callers.set(principal, known);
    const context = {
      caller: session === undefined ? known : { ...known, session },
      account,
      region: 'eu-west-1',
      sourceIp: '10.0.0.1',
      userAgent: 'aws-cli/2',
      endpoint: 'http://127.0.0.1:4566',
      receivedMs: 1_764_000_000_000,
      ...request,
    } as RequestContext;
    return authorizer.refusal({ action: list, resource: '*', ...question }, context);
  };
  const policyOf = async (name: string, ...statements: readonly object[]): Promise<string> =>
    (await call('CreatePolicy', { PolicyName: name, PolicyDocument: document(...statements) })).Policy.Arn;
  return { authorizer, call, ask, alice, app, policyOf };
}

test('[AUTH-4] the root of an account may all; a user without policies nothing, in AWS’s sentence', async () => {
  const { authorizer, ask, alice } = await open();
  expect(authorizer.mayEverything({ account, accessKeyId: 'test', arn: `arn:aws:iam::${account}:root` })).toBe(true);
  expect(authorizer.mayEverything({ account, accessKeyId: 'k', arn: alice.arn, principal: alice })).toBe(false);
  expect(ask(alice)).toBe(
    `User: arn:aws:iam::${account}:user/alice is not authorized to perform: ecs:ListClusters on resource: * because no identity-based policy allows the ecs:ListClusters action`,
  );
});

test('[AUTH-4] the root may what another account owns only when that account’s policy lets it', async () => {
  const { authorizer } = await open();
  const resource = `arn:aws:ecr:eu-west-1:${other}:repository/app`;
  const caller = { account, accessKeyId: 'test', arn: `arn:aws:iam::${account}:root` };
  const ask = (resourcePolicy?: string, of = resource) =>
    authorizer.refusal(
      { action: 'ecr:BatchGetImage', resource: of, ...(resourcePolicy === undefined ? {} : { resourcePolicy }) },
      { caller, account, region: 'eu-west-1', receivedMs: 0 } as RequestContext,
    );
  const lets = (who: string) =>
    document({ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${who}:root` }, Action: 'ecr:*' });
  expect(ask()).toEqual(refusedBy('because no resource-based policy allows'));
  expect(ask(lets('999999999999'))).toEqual(refusedBy('because no resource-based policy allows'));
  expect(ask(lets(account))).toBeUndefined();
  expect(ask(undefined, `arn:aws:ecr:eu-west-1:${account}:repository/app`)).toBeUndefined();
});

test('[WAY-20] the policy of the endpoint that a request came through decides as well, also of what was allowed before', async () => {
  const { authorizer, call, ask, app } = await open();
  await call('PutRolePolicy', { RoleName: 'app', PolicyName: 'p', PolicyDocument: document(statement('Allow', '*')) });
  const anybody = { Principal: '*' };
  const through = (...statements: readonly object[]) => ({
    through: { id: 'vpce-1', vpcId: 'vpc-1', policy: document(...statements) },
  });
  expect(ask(app)).toBeUndefined();
  expect(ask(app, {}, through(statement('Allow', 'ecs:*', anybody)))).toBeUndefined();
  const refused = `User: ${app.arn} is not authorized to perform: ecs:ListClusters on resource: *`;
  expect(ask(app, {}, through(statement('Allow', 'ecs:Describe*', anybody)))).toBe(
    `${refused} because no VPC endpoint policy allows the ecs:ListClusters action`,
  );
  expect(ask(app, {}, through(statement('Allow', '*', anybody), statement('Deny', 'ecs:List*', anybody)))).toBe(
    `${refused} with an explicit deny in a VPC endpoint policy`,
  );
  expect(ask(app, {}, { through: { id: '', vpcId: '', policy: undefined } })).toContain(
    'no VPC endpoint policy allows',
  );
  expect(ask(app)).toBeUndefined();

  const caller = { account, accessKeyId: 'test', arn: `arn:aws:iam::${account}:root` };
  const ofRoot = (policy: string) =>
    authorizer.refusal({ action: list, resource: '*' }, {
      caller,
      account,
      region: 'eu-west-1',
      receivedMs: 0,
      through: { id: 'vpce-1', vpcId: 'vpc-1', policy },
    } as RequestContext);
  expect(ofRoot(document(statement('Allow', 'ecs:*', anybody)))).toBeUndefined();
  expect(ofRoot(document(statement('Allow', 'ecr:*', anybody)))).toContain('no VPC endpoint policy allows');
});

test('[WAY-20] aws:SourceVpce and aws:SourceVpc are of requests that came through an endpoint', async () => {
  const { call, ask, app } = await open();
  const Condition = { StringEquals: { 'aws:SourceVpce': 'vpce-1', 'aws:SourceVpc': 'vpc-1' } };
  const PolicyDocument = document(statement('Allow', '*', { Condition }));
  await call('PutRolePolicy', { RoleName: 'app', PolicyName: 'p', PolicyDocument });
  const policy = document(statement('Allow', '*', { Principal: '*' }));
  const through = (id: string, vpcId = 'vpc-1') => ask(app, {}, { through: { id, vpcId, policy } }) === undefined;
  expect([through('vpce-1'), through('vpce-2'), through('vpce-1', 'vpc-2'), ask(app) === undefined]).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

describe('changes are in force for the next request', () => {
  test('[AUTH-4] of inline policies, groups, managed policies and their versions', async () => {
    const { call, ask, alice, policyOf } = await open();
    const allowed = () => ask(alice) === undefined;
    await call('PutUserPolicy', {
      UserName: 'alice',
      PolicyName: 'p',
      PolicyDocument: document(statement('Allow', list)),
    });
    expect(allowed()).toBe(true);
    await call('DeleteUserPolicy', { UserName: 'alice', PolicyName: 'p' });
    expect(allowed()).toBe(false);
    await call('CreateGroup', { GroupName: 'g' });
    await call('AddUserToGroup', { GroupName: 'g', UserName: 'alice' });
    const PolicyArn = await policyOf('p', statement('Allow', 'ecs:*'));
    await call('AttachGroupPolicy', { GroupName: 'g', PolicyArn });
    expect(allowed()).toBe(true);
    const deny = document(statement('Deny', 'ecs:*'));
    await call('CreatePolicyVersion', { PolicyArn, PolicyDocument: deny });
    expect(allowed()).toBe(true);
    await call('SetDefaultPolicyVersion', { PolicyArn, VersionId: 'v2' });
    expect(ask(alice)).toEqual(refusedBy('with an explicit deny in an identity-based policy'));
    await call('SetDefaultPolicyVersion', { PolicyArn, VersionId: 'v1' });
    expect(allowed()).toBe(true);
    await call('RemoveUserFromGroup', { GroupName: 'g', UserName: 'alice' });
    expect(allowed()).toBe(false);
  });

  test('[AUTH-4] of the permissions boundary', async () => {
    const { call, ask, app, policyOf } = await open();
    await call('AttachRolePolicy', { RoleName: 'app', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' });
    expect(ask(app)).toBeUndefined();
    const boundary = await policyOf('b', statement('Allow', 'logs:*'));
    await call('PutRolePermissionsBoundary', { RoleName: 'app', PermissionsBoundary: boundary });
    expect(ask(app)).toEqual(refusedBy('because no permissions boundary allows the ecs:ListClusters action'));
    expect(ask(app, { action: 'logs:PutLogEvents' })).toBeUndefined();
    await call('DeleteRolePermissionsBoundary', { RoleName: 'app' });
    expect(ask(app)).toBeUndefined();
  });
});

test('[AUTH-4] session policies limit a session; a federated user without one may nothing', async () => {
  const { call, ask, app, alice } = await open();
  const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess';
  await call('AttachRolePolicy', { RoleName: 'app', PolicyArn });
  await call('AttachUserPolicy', { UserName: 'alice', PolicyArn });
  const limited: CallerSession = { issuedAtMs: 1, policies: [document(statement('Allow', 'logs:*'))] };
  expect(ask(app, {}, { session: { issuedAtMs: 1 } })).toBeUndefined();
  expect(ask(app, {}, { session: limited })).toEqual(refusedBy('because no session policy allows'));
  expect(ask(app, {}, { session: { issuedAtMs: 1, policyArns: [PolicyArn] } })).toBeUndefined();
  const managed = { issuedAtMs: 1, policyArns: ['arn:aws:iam::aws:policy/CloudWatchLogsFullAccess'] };
  expect(ask(app, {}, { session: managed })).toEqual(refusedBy('because no session policy allows'));
  const federated: CallerPrincipal = {
    type: 'federated-user',
    account,
    arn: `arn:aws:sts::${account}:federated-user/f`,
    name: 'f',
    userArn: alice.arn,
    userId: (alice as { id: string }).id,
  };
  expect(ask(federated, {}, { session: { issuedAtMs: 1 } })).toEqual(refusedBy('because no session policy allows'));
  expect(ask(federated, { action: 'logs:GetLogEvents' }, { session: limited })).toBeUndefined();
});

test('[AUTH-3] a role that does not exist may nothing', async () => {
  const { ask, app, call } = await open();
  await call('AttachRolePolicy', { RoleName: 'app', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' });
  const gone = { ...app, roleId: noSuchRole } as CallerPrincipal;
  expect(ask(gone)).toEqual(refusedBy('because no identity-based policy allows'));
});

test('[AUTH-2] nobody has the policies of another of the same name, and a caller without a name may nothing', async () => {
  const { ask, alice, call, authorizer } = await open();
  await call('AttachUserPolicy', { UserName: 'alice', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' });
  expect(ask(alice)).toBeUndefined();
  expect(ask({ ...alice, id: 'AIDAEARLIER' } as CallerPrincipal)).toEqual(
    refusedBy('because no identity-based policy allows'),
  );
  const nobody: Caller = { account, accessKeyId: '', arn: '' };
  expect(authorizer.mayEverything(nobody)).toBe(false);
  expect(authorizer.refusal({ action: list, resource: '*' }, { caller: nobody } as RequestContext)).toEqual(
    refusedBy('is not authorized'),
  );
});

test('[AUTH-4] resource policies and accounts: both sides across accounts, PassRole by name', async () => {
  const { call, ask, alice } = await open();
  const secret = `arn:aws:secretsmanager:eu-west-1:${other}:secret:s`;
  const question = { action: 'secretsmanager:GetSecretValue', resource: secret };
  const resourcePolicy = document({ ...statement('Allow', 'secretsmanager:*'), Principal: { AWS: alice.arn } });
  const put = (...statements: readonly object[]) =>
    call('PutUserPolicy', { UserName: 'alice', PolicyName: 'p', PolicyDocument: document(...statements) });
  await put(statement('Allow', 'secretsmanager:*'));
  expect(ask(alice, question)).toEqual(refusedBy('because no resource-based policy allows'));
  expect(ask(alice, { ...question, resourcePolicy })).toBeUndefined();
  expect(ask(alice, question)).toEqual(refusedBy('because no resource-based policy allows'));
  await put(
    statement('Allow', 'iam:PassRole', {
      Resource: `arn:aws:iam::${account}:role/web*`,
      Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    }),
  );
  const pass = (role: string, service: string) =>
    ask(alice, { action: 'iam:PassRole', resource: role, context: new Map([['iam:passedtoservice', [service]]]) }) ===
    undefined;
  expect(pass(`arn:aws:iam::${account}:role/webApp`, 'ecs-tasks.amazonaws.com')).toBe(true);
  expect(pass(`arn:aws:iam::${account}:role/webApp`, 'lambda.amazonaws.com')).toBe(false);
  expect(pass(`arn:aws:iam::${account}:role/admin`, 'ecs-tasks.amazonaws.com')).toBe(false);
  expect(pass(`arn:aws:iam::${other}:role/webApp`, 'ecs-tasks.amazonaws.com')).toBe(false);
});

describe('condition keys', () => {
  test.each<[string, string, string, string]>([
    ['IpAddress', 'aws:SourceIp', '10.0.0.0/8', '192.168.0.0/16'],
    ['DateGreaterThan', 'aws:CurrentTime', '2025-01-01T00:00:00Z', '2030-01-01T00:00:00Z'],
    ['NumericGreaterThan', 'aws:EpochTime', '1', '9999999999'],
    ['Bool', 'aws:SecureTransport', 'false', 'true'],
    ['StringLike', 'aws:UserAgent', 'aws-cli/*', 'Boto3/*'],
    ['StringEquals', 'aws:RequestedRegion', 'eu-west-1', 'us-east-1'],
    ['StringEquals', 'aws:ResourceAccount', account, other],
    ['StringEquals', 'aws:ViaAWSService', 'false', 'true'],
    ['StringEquals', 'aws:PrincipalTag/team', 'web', 'data'],
    ['StringEquals', 'aws:username', 'alice', 'bob'],
    ['ArnEquals', 'aws:PrincipalArn', `arn:aws:iam::${account}:user/alice`, `arn:aws:iam::${account}:user/bob`],
    ['Null', 'aws:TokenIssueTime', 'true', 'false'],
    ['StringEquals', 'ecs:cluster', 'c', 'd'],
  ])('[AUTH-5] %s %s', async (operator, key, right, wrong) => {
    const { call, ask, alice } = await open();
    const question = { context: new Map([['ecs:cluster', ['c']]]) };
    for (const [value, want] of [
      [right, true],
      [wrong, false],
    ] as const) {
      const PolicyDocument = document(statement('Allow', list, { Condition: { [operator]: { [key]: value } } }));
      await call('PutUserPolicy', { UserName: 'alice', PolicyName: 'p', PolicyDocument });
      expect(ask(alice, question) === undefined).toBe(want);
    }
  });

  test('[AUTH-5] of sessions: when they were issued, source identity, tags before those of the role', async () => {
    const { call, ask, app } = await open();
    await call('TagRole', { RoleName: 'app', Tags: [{ Key: 'team', Value: 'role' }] });
    const revoke = { DateLessThan: { 'aws:TokenIssueTime': '2026-01-01T00:00:00Z' } };
    const PolicyDocument = document(
      statement('Allow', list, {
        Condition: { StringEquals: { 'aws:PrincipalTag/team': 'session', 'aws:SourceIdentity': 'bob' } },
      }),
      statement('Deny', '*', { Condition: revoke }),
    );
    await call('PutRolePolicy', { RoleName: 'app', PolicyName: 'p', PolicyDocument });
    const session = { issuedAtMs: Date.UTC(2026, 5), tags: [{ key: 'Team', value: 'session' }], sourceIdentity: 'bob' };
    expect(ask(app, {}, { session })).toBeUndefined();
    expect(ask(app, {}, { session: { ...session, sourceIdentity: 'eve' } })).toEqual(refusedBy('no identity-based'));
    expect(ask(app, {}, { session: { ...session, tags: [] } })).toEqual(refusedBy('no identity-based'));
    expect(ask(app, {}, { session: { ...session, issuedAtMs: Date.UTC(2025, 5) } })).toEqual(
      refusedBy('explicit deny'),
    );
  });
});

test('[AUTH-6] what was allowed is allowed again only by a request that says the same to what policies ask', async () => {
  const { call, ask, alice } = await open();
  const office = { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } };
  const cluster = { StringEquals: { 'ecs:cluster': 'c' } };
  const PolicyDocument = document(
    statement('Allow', list, { Condition: office }),
    statement('Allow', 'ecs:RunTask', { Condition: cluster }),
    statement('Deny', 'ecs:RunTask', { Condition: { StringEquals: { 'aws:RequestTag/stage': 'prod' } } }),
  );
  await call('PutUserPolicy', { UserName: 'alice', PolicyName: 'p', PolicyDocument });
  for (const [sourceIp, want] of [
    ['10.0.0.1', true],
    ['10.0.0.1', true],
    ['192.168.0.1', false],
    ['10.0.0.2', true],
  ] as const) {
    expect(ask(alice, {}, { sourceIp }) === undefined).toBe(want);
  }
  const run = (values: Record<string, string[]>) =>
    ask(alice, { action: 'ecs:RunTask', context: new Map(Object.entries(values)) }) === undefined;
  expect(run({ 'ecs:cluster': ['c'] })).toBe(true);
  expect(run({ 'ecs:cluster': ['c'] })).toBe(true);
  expect(run({ 'ecs:cluster': ['d'] })).toBe(false);
  expect(run({ 'ecs:cluster': ['c'], 'aws:requesttag/stage': ['prod'] })).toBe(false);
  expect(run({ 'ecs:cluster': ['c'], 'aws:requesttag/stage': ['test'] })).toBe(true);
  expect(run({})).toBe(false);
});
