import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePolicy } from '../../policy/index.ts';
import type { RequestContext } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/iam.ts';
import { account, allow, ecsTasks, openIam, outcome, policy, root, trusting } from './contract/opened-iam.ts';
import { assumableRole, furnishAccount, Identities, linkEcs } from './index.ts';
import { managedPolicies } from './managed/managed-policies.ts';

const executionPolicy = 'arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy';
type Call = Awaited<ReturnType<typeof openIam>>['call'];

const makeRole = (call: Call, name = 'app') =>
  call('CreateRole', { RoleName: name, AssumeRolePolicyDocument: trusting(ecsTasks) });

describe('names', () => {
  test('[IAM-1] are unique whatever their case; what is there has AWS’s ARN, id and path', async () => {
    const { call } = await openIam();
    const { User } = await call('CreateUser', { UserName: 'Alice', Path: '/dev/' });
    expect(User).toMatchObject({ Path: '/dev/', UserName: 'Alice', Arn: `arn:aws:iam::${account}:user/dev/Alice` });
    expect(User?.UserId).toMatch(/^AIDA[A-Z0-9]{17}$/);
    expect(await outcome(call('CreateUser', { UserName: 'alice' }))).toBe(
      'EntityAlreadyExistsException: User with name alice already exists.',
    );
    expect((await call('GetUser', { UserName: 'ALICE' })).User.UserName).toBe('Alice');
    expect(await outcome(call('CreateUser', { UserName: 'alice' }, { account: '111122223333' }))).toBe('ok');
  });

  test.each<[string, (call: Call) => Promise<unknown>]>([
    ['The user with name x cannot be found.', (call) => call('GetUser', { UserName: 'x' })],
    ['The group with name x cannot be found.', (call) => call('GetGroup', { GroupName: 'x' })],
    ['The role with name x cannot be found.', (call) => call('GetRole', { RoleName: 'x' })],
    ['Instance Profile x cannot be found.', (call) => call('GetInstanceProfile', { InstanceProfileName: 'x' })],
    [
      `Policy arn:aws:iam::${account}:policy/x was not found.`,
      (call) => call('GetPolicy', { PolicyArn: `arn:aws:iam::${account}:policy/x` }),
    ],
    [
      'Policy arn:aws:iam::aws:policy/ReadOnlyAccess was not found.',
      (call) => call('GetPolicy', { PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }),
    ],
    [
      'Policy arn:aws:iam::111122223333:policy/theirs was not found.',
      (call) => call('GetPolicy', { PolicyArn: 'arn:aws:iam::111122223333:policy/theirs' }),
    ],
    [
      'The user policy with name p cannot be found.',
      async (call) => {
        await call('CreateUser', { UserName: 'u' });
        await call('GetUserPolicy', { UserName: 'u', PolicyName: 'p' });
      },
    ],
    [
      'The Access Key with id AKIA0000000000000000 cannot be found.',
      async (call) => {
        await call('CreateUser', { UserName: 'u' });
        await call('DeleteAccessKey', { UserName: 'u', AccessKeyId: 'AKIA0000000000000000' });
      },
    ],
  ])('[IAM-1] %s', async (sentence, run) => {
    const { call } = await openIam();
    expect(await outcome(run(call))).toBe(`NoSuchEntityException: ${sentence}`);
  });

  test('[IAM-1] members and keys follow a new name', async () => {
    const { call } = await openIam();
    await call('CreateUser', { UserName: 'a' });
    await call('CreateGroup', { GroupName: 'g' });
    await call('AddUserToGroup', { GroupName: 'g', UserName: 'a' });
    await call('CreateAccessKey', { UserName: 'a' });
    await call('UpdateUser', { UserName: 'a', NewUserName: 'b' });
    await call('UpdateGroup', { GroupName: 'g', NewGroupName: 'h' });
    expect((await call('ListGroupsForUser', { UserName: 'b' })).Groups.map(({ GroupName }) => GroupName)).toEqual([
      'h',
    ]);
    expect((await call('GetGroup', { GroupName: 'h' })).Users.map(({ UserName }) => UserName)).toEqual(['b']);
    expect((await call('ListAccessKeys', { UserName: 'b' })).AccessKeyMetadata).toHaveLength(1);
    expect(await outcome(call('GetUser', { UserName: 'a' }))).toContain('NoSuchEntity');
  });
});

describe('deleting', () => {
  test('[IAM-2] users, groups, roles and profiles in use stay', async () => {
    const { call } = await openIam();
    await call('CreateUser', { UserName: 'u' });
    await call('CreateGroup', { GroupName: 'g' });
    const key = (await call('CreateAccessKey', { UserName: 'u' })).AccessKey.AccessKeyId;
    const conflict = (sentence: string): string =>
      `DeleteConflictException: Cannot delete entity, must ${sentence} first.`;
    expect(await outcome(call('DeleteUser', { UserName: 'u' }))).toBe(conflict('delete access keys'));
    await call('DeleteAccessKey', { UserName: 'u', AccessKeyId: key });
    await call('AddUserToGroup', { GroupName: 'g', UserName: 'u' });
    expect(await outcome(call('DeleteGroup', { GroupName: 'g' }))).toBe(conflict('remove users from group'));
    expect(await outcome(call('DeleteUser', { UserName: 'u' }))).toBe(conflict('remove user from groups'));
    await call('RemoveUserFromGroup', { GroupName: 'g', UserName: 'u' });
    await call('AttachUserPolicy', { UserName: 'u', PolicyArn: executionPolicy });
    expect(await outcome(call('DeleteUser', { UserName: 'u' }))).toBe(conflict('detach all policies'));
    await call('DetachUserPolicy', { UserName: 'u', PolicyArn: executionPolicy });
    await call('PutUserPolicy', { UserName: 'u', PolicyName: 'p', PolicyDocument: policy(allow('ecs:*')) });
    expect(await outcome(call('DeleteUser', { UserName: 'u' }))).toBe(conflict('delete policies'));
    await call('DeleteUserPolicy', { UserName: 'u', PolicyName: 'p' });
    expect(await outcome(call('DeleteUser', { UserName: 'u' }))).toBe('ok');
    await makeRole(call);
    await call('CreateInstanceProfile', { InstanceProfileName: 'i' });
    await call('AddRoleToInstanceProfile', { InstanceProfileName: 'i', RoleName: 'app' });
    expect(await outcome(call('DeleteRole', { RoleName: 'app' }))).toBe(conflict('remove roles from instance profile'));
    expect(await outcome(call('DeleteInstanceProfile', { InstanceProfileName: 'i' }))).toBe(
      conflict('remove roles from instance profile'),
    );
  });

  test('[IAM-2] a policy that is attached at the same time is not deleted', async () => {
    for (let round = 0; round < 5; round++) {
      const { call } = await openIam();
      await call('CreateUser', { UserName: 'u' });
      const arn =
        (await call('CreatePolicy', { PolicyName: 'p', PolicyDocument: policy(allow('ecs:*')) })).Policy?.Arn ?? '';
      const outcomes = await Promise.all([
        outcome(call('DeletePolicy', { PolicyArn: arn })),
        outcome(call('AttachUserPolicy', { UserName: 'u', PolicyArn: arn })),
      ]);
      expect(outcomes.filter((one) => one === 'ok')).toHaveLength(1);
    }
  });
});

test('[IAM-3] quotas are LimitExceeded', async () => {
  const { call } = await openIam();
  await call('CreateUser', { UserName: 'u' });
  await call('CreateAccessKey', { UserName: 'u' });
  await call('CreateAccessKey', { UserName: 'u' });
  expect(await outcome(call('CreateAccessKey', { UserName: 'u' }))).toBe(
    'LimitExceededException: Cannot exceed quota for AccessKeysPerUser: 2',
  );
  const arns = [...managedPolicies.keys()].filter((arn) => !arn.includes('/aws-service-role/'));
  for (const PolicyArn of arns.slice(0, 10)) await call('AttachUserPolicy', { UserName: 'u', PolicyArn });
  expect(await outcome(call('AttachUserPolicy', { UserName: 'u', PolicyArn: arns[10] ?? '' }))).toBe(
    'LimitExceededException: Cannot exceed quota for PoliciesPerUser: 10',
  );
  for (let index = 0; index < 11; index++) {
    await call('CreateGroup', { GroupName: `g${index}` });
    const joined = outcome(call('AddUserToGroup', { GroupName: `g${index}`, UserName: 'u' }));
    expect(await joined).toBe(index < 10 ? 'ok' : 'LimitExceededException: Cannot exceed quota for GroupsPerUser: 10');
  }
  await makeRole(call);
  await makeRole(call, 'other');
  await call('CreateInstanceProfile', { InstanceProfileName: 'i' });
  await call('AddRoleToInstanceProfile', { InstanceProfileName: 'i', RoleName: 'app' });
  expect(await outcome(call('AddRoleToInstanceProfile', { InstanceProfileName: 'i', RoleName: 'other' }))).toBe(
    'LimitExceededException: Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1',
  );
});

describe('documents', () => {
  const deep = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;
  test.each([
    ['no JSON', '{', 'MalformedPolicyDocumentException: Syntax errors in policy.'],
    ['nothing', ' ', 'MalformedPolicyDocumentException: Syntax errors in policy.'],
    ['nested too deep', deep, 'MalformedPolicyDocumentException: Syntax errors in policy.'],
    [
      'an old version',
      JSON.stringify({ Version: '2008-10-17', Statement: allow('ecs:*') }),
      'MalformedPolicyDocumentException: Policy document must be version 2012-10-17 or greater.',
    ],
    [
      'a principal',
      policy({ ...allow('ecs:*'), Principal: '*' }),
      'MalformedPolicyDocumentException: Policy document should not specify a principal.',
    ],
    [
      'too large',
      policy(allow(Array.from({ length: 700 }, (_, index) => `ecs:Run${index}`))),
      'LimitExceededException: Cannot exceed quota for PolicySize: 6144',
    ],
  ])('[IAM-4] with %s are refused, and nothing is stored', async (_name, text, want) => {
    const { call } = await openIam();
    expect(await outcome(call('CreatePolicy', { PolicyName: 'p', PolicyDocument: text }))).toBe(want);
    expect((await call('ListPolicies', { Scope: 'Local' })).Policies).toEqual([]);
  });

  test('[IAM-4] whatever the text, it is refused or taken, never anything else', async () => {
    const { call } = await openIam();
    await call('CreateUser', { UserName: 'u' });
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json()), async (PolicyDocument) => {
        const put = outcome(call('PutUserPolicy', { UserName: 'u', PolicyName: 'p', PolicyDocument }));
        expect(await put).toMatch(/^(ok$|MalformedPolicyDocumentException: |LimitExceededException: )/);
      }),
      { numRuns: 200 },
    );
  });

  test('[IAM-4] inline policies of one share their size', async () => {
    const { call } = await openIam();
    await call('CreateUser', { UserName: 'u' });
    const half = policy(allow(Array.from({ length: 90 }, (_, index) => `ecs:Run${index}`)));
    await call('PutUserPolicy', { UserName: 'u', PolicyName: 'a', PolicyDocument: half });
    expect(await outcome(call('PutUserPolicy', { UserName: 'u', PolicyName: 'b', PolicyDocument: half }))).toBe(
      'LimitExceededException: Maximum policy size of 2048 bytes exceeded for user u',
    );
    expect(await outcome(call('PutUserPolicy', { UserName: 'u', PolicyName: 'a', PolicyDocument: half }))).toBe('ok');
  });
});

test('[IAM-5] a managed policy has five versions at most, and one in force', async () => {
  const { call } = await openIam();
  const text = (index: number): string => policy(allow(`ecs:Run${index}`));
  const arn = (await call('CreatePolicy', { PolicyName: 'p', PolicyDocument: text(1) })).Policy?.Arn ?? '';
  for (let index = 2; index <= 5; index++) {
    const made = await call('CreatePolicyVersion', {
      PolicyArn: arn,
      PolicyDocument: text(index),
      SetAsDefault: index === 5,
    });
    expect(made.PolicyVersion).toMatchObject({ VersionId: `v${index}`, IsDefaultVersion: index === 5 });
  }
  expect(await outcome(call('CreatePolicyVersion', { PolicyArn: arn, PolicyDocument: text(6) }))).toContain(
    'LimitExceededException: A managed policy can have up to 5 versions.',
  );
  expect(await outcome(call('DeletePolicyVersion', { PolicyArn: arn, VersionId: 'v5' }))).toBe(
    'DeleteConflictException: Cannot delete the default version of a policy.',
  );
  expect(await outcome(call('DeletePolicy', { PolicyArn: arn }))).toContain(
    'DeleteConflictException: This policy has more than one version.',
  );
  await call('SetDefaultPolicyVersion', { PolicyArn: arn, VersionId: 'v1' });
  await call('DeletePolicyVersion', { PolicyArn: arn, VersionId: 'v5' });
  expect(
    (await call('CreatePolicyVersion', { PolicyArn: arn, PolicyDocument: text(6) })).PolicyVersion?.VersionId,
  ).toBe('v6');
  expect((await call('ListPolicyVersions', { PolicyArn: arn })).Versions?.map(({ VersionId }) => VersionId)).toEqual([
    'v6',
    'v4',
    'v3',
    'v2',
    'v1',
  ]);
});

describe('policies that AWS manages', () => {
  test('[IAM-6] can all be read, are the same for all, and cannot be changed', async () => {
    const { call } = await openIam();
    for (const [arn, { document, version }] of managedPolicies) {
      expect(parsePolicy(document, { kind: 'managed' }).statements.length).toBeGreaterThan(0);
      const shown = (await call('GetPolicyVersion', { PolicyArn: arn, VersionId: version })).PolicyVersion;
      expect(decodeURIComponent(shown?.Document ?? '')).toBe(document);
      expect(await outcome(call('DeletePolicy', { PolicyArn: arn }))).toContain('AccessDenied');
      expect(await outcome(call('CreatePolicyVersion', { PolicyArn: arn, PolicyDocument: document }))).toContain(
        'AccessDenied',
      );
    }
    expect(new Set([...managedPolicies.values()].map(({ id }) => id)).size).toBe(managedPolicies.size);
    const listed = await call('ListPolicies', { Scope: 'AWS' });
    expect(listed.Policies?.map(({ Arn }) => Arn)).toEqual([...managedPolicies.keys()]);
  });

  test('[IAM-6] of a service-linked role attach to no other', async () => {
    const { call } = await openIam();
    await makeRole(call);
    const PolicyArn = 'arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy';
    expect(await outcome(call('AttachRolePolicy', { RoleName: 'app', PolicyArn }))).toBe(
      'PolicyNotAttachableException: Cannot attach a Service Role Policy to a Customer Role.',
    );
  });
});

test('[IAM-7] policies are attached once, detached, and bound users and roles', async () => {
  const { call } = await openIam();
  await makeRole(call);
  const arn =
    (await call('CreatePolicy', { PolicyName: 'p', Path: '/b/', PolicyDocument: policy(allow('ecs:*')) })).Policy
      ?.Arn ?? '';
  await call('AttachRolePolicy', { RoleName: 'app', PolicyArn: arn });
  await call('AttachRolePolicy', { RoleName: 'app', PolicyArn: arn });
  await call('AttachRolePolicy', { RoleName: 'app', PolicyArn: executionPolicy });
  expect((await call('ListAttachedRolePolicies', { RoleName: 'app' })).AttachedPolicies).toEqual([
    { PolicyName: 'p', PolicyArn: arn },
    { PolicyName: 'AmazonECSTaskExecutionRolePolicy', PolicyArn: executionPolicy },
  ]);
  const under = await call('ListAttachedRolePolicies', { RoleName: 'app', PathPrefix: '/b/' });
  expect(under.AttachedPolicies).toHaveLength(1);
  await call('PutRolePermissionsBoundary', { RoleName: 'app', PermissionsBoundary: arn });
  expect((await call('GetRole', { RoleName: 'app' })).Role.PermissionsBoundary?.PermissionsBoundaryArn).toBe(arn);
  expect((await call('GetPolicy', { PolicyArn: arn })).Policy).toMatchObject({
    AttachmentCount: 1,
    PermissionsBoundaryUsageCount: 1,
  });
  await call('DetachRolePolicy', { RoleName: 'app', PolicyArn: arn });
  expect(await outcome(call('DetachRolePolicy', { RoleName: 'app', PolicyArn: arn }))).toContain('NoSuchEntity');
  expect(await outcome(call('DeletePolicy', { PolicyArn: arn }))).toContain(
    'Cannot delete a policy attached to entities.',
  );
  await call('DeleteRolePermissionsBoundary', { RoleName: 'app' });
  expect(await outcome(call('DeletePolicy', { PolicyArn: arn }))).toBe('ok');
  expect(await outcome(call('PutRolePermissionsBoundary', { RoleName: 'app', PermissionsBoundary: arn }))).toContain(
    'NoSuchEntity',
  );
});

test('[IAM-8] lists have pages; documents are URL-encoded', async () => {
  const { call } = await openIam();
  for (let index = 0; index < 7; index++)
    await call('CreateUser', { UserName: `u${index}`, Path: index % 2 === 0 ? '/a/' : '/b/' });
  const seen: string[] = [];
  let Marker: string | undefined;
  do {
    const page = await call('ListUsers', { MaxItems: 3, Marker, PathPrefix: '/a/' });
    seen.push(...page.Users.map(({ UserName }) => UserName));
    expect(page.IsTruncated).toBe(page.Marker !== undefined);
    Marker = page.Marker;
  } while (Marker !== undefined);
  expect(seen).toEqual(['u0', 'u2', 'u4', 'u6']);
  expect(await outcome(call('ListUsers', { Marker: 'nonsense' }))).toBe('ValidationError: Invalid Marker.');
  const document = policy({ ...allow('ecs:*'), Sid: 'A' });
  await call('PutUserPolicy', { UserName: 'u0', PolicyName: "it's", PolicyDocument: document }).catch(() => undefined);
  await call('PutUserPolicy', { UserName: 'u0', PolicyName: 'p', PolicyDocument: document });
  const shown = (await call('GetUserPolicy', { UserName: 'u0', PolicyName: 'p' })).PolicyDocument;
  expect(shown).toMatch(/^[A-Za-z0-9%._~-]+$/);
  expect(decodeURIComponent(shown)).toBe(document);
});

test('[IAM-9] the secret of a key is shown once', async () => {
  const { call, db } = await openIam();
  await call('CreateUser', { UserName: 'u' });
  const { AccessKey } = await call('CreateAccessKey', { UserName: 'u' });
  expect(AccessKey).toMatchObject({ Status: 'Active', SecretAccessKey: `secret of ${AccessKey.AccessKeyId}` });
  expect(AccessKey.AccessKeyId).toMatch(/^AKIA[A-Z0-9]{16}$/);
  expect(JSON.stringify(await call('ListAccessKeys', { UserName: 'u' }))).not.toContain('secret');
  expect(new Identities(db).accessKey(AccessKey.AccessKeyId)).not.toHaveProperty('secret');
});

describe('trust policies', () => {
  test('[IAM-10] name who exists, and trust nobody who gets the name later', async () => {
    const { call, db } = await openIam();
    const arn = `arn:aws:iam::${account}:user/dev/bob`;
    const trust = trusting({ AWS: arn });
    const create = () => call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: trust });
    expect(await outcome(create())).toBe(
      `MalformedPolicyDocumentException: Invalid principal in policy: "AWS":"${arn}"`,
    );
    const { User } = await call('CreateUser', { UserName: 'bob', Path: '/dev/' });
    await create();
    const shown = () => assumableRole(db, `arn:aws:iam::${account}:role/r`)?.trust;
    expect(shown()).toContain(arn);
    await call('DeleteUser', { UserName: 'bob' });
    await call('CreateUser', { UserName: 'bob', Path: '/dev/' });
    expect(shown()).not.toContain(arn);
    expect(shown()).toContain(User?.UserId);
  });

  test.each([
    [
      'too large',
      trusting(ecsTasks, {
        Condition: { StringEquals: { 'aws:SourceAccount': Array.from({ length: 300 }, () => account) } },
      }),
      'LimitExceededException: Cannot exceed quota for ACLSizePerRole: 2048',
    ],
    [
      'with a resource',
      trusting(ecsTasks, { Resource: '*' }),
      'MalformedPolicyDocumentException: Has prohibited field Resource',
    ],
    [
      'without a principal',
      policy({ Effect: 'Allow', Action: 'sts:AssumeRole' }),
      'MalformedPolicyDocumentException: ',
    ],
  ])('[IAM-10] %s are refused', async (_name, trust, want) => {
    const { call } = await openIam();
    expect(await outcome(call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: trust }))).toContain(want);
  });
});

test('[IAM-11] service-linked roles are not the account’s to change', async () => {
  const { call } = await openIam();
  const { Role } = await call('CreateServiceLinkedRole', { AWSServiceName: 'ecs.amazonaws.com' });
  expect(Role?.Arn).toBe(`arn:aws:iam::${account}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS`);
  expect(await outcome(call('CreateServiceLinkedRole', { AWSServiceName: 'ecs.amazonaws.com' }))).toContain(
    'InvalidInputException: Service role name AWSServiceRoleForECS has been taken in this account',
  );
  const RoleName = 'AWSServiceRoleForECS';
  const protectedRole =
    "Cannot perform the operation on the protected role 'AWSServiceRoleForECS' - this role is only modifiable by AWS";
  for (const change of [
    call('DeleteRole', { RoleName }),
    call('AttachRolePolicy', { RoleName, PolicyArn: executionPolicy }),
    call('PutRolePolicy', { RoleName, PolicyName: 'p', PolicyDocument: policy(allow('*')) }),
    call('UpdateAssumeRolePolicy', { RoleName, PolicyDocument: trusting(ecsTasks) }),
    call('UpdateRole', { RoleName, MaxSessionDuration: 7_200 }),
  ]) {
    expect(await outcome(change)).toBe(`UnmodifiableEntityException: ${protectedRole}`);
  }
  await call('UpdateRoleDescription', { RoleName, Description: 'mine' });
  const { DeletionTaskId } = await call('DeleteServiceLinkedRole', { RoleName });
  expect(await call('GetServiceLinkedRoleDeletionStatus', { DeletionTaskId })).toEqual({ Status: 'SUCCEEDED' });
  expect(await outcome(call('GetRole', { RoleName }))).toContain('NoSuchEntity');
  expect(await outcome(call('GetServiceLinkedRoleDeletionStatus', { DeletionTaskId: 'task/x' }))).toContain(
    'NoSuchEntity',
  );
  expect(await outcome(call('CreateServiceLinkedRole', { AWSServiceName: 'lex.amazonaws.com' }))).toContain(
    'InvalidInput',
  );
});

test('[IAM-12] a fresh account has ecsTaskExecutionRole; what was deleted stays deleted', async () => {
  const { call, deps } = await openIam();
  await furnishAccount(deps, account);
  const RoleName = 'ecsTaskExecutionRole';
  const { Role } = await call('GetRole', { RoleName });
  expect(decodeURIComponent(Role.AssumeRolePolicyDocument ?? '')).toContain('ecs-tasks.amazonaws.com');
  await call('DetachRolePolicy', { RoleName, PolicyArn: executionPolicy });
  await call('DeleteRolePolicy', { RoleName, PolicyName: 'CreateLogGroups' });
  await call('DeleteRole', { RoleName });
  await furnishAccount(deps, account);
  expect(await outcome(call('GetRole', { RoleName }))).toContain('NoSuchEntity');
  const task = {
    RoleName: 'ecsTaskRole',
    AssumeRolePolicyDocument: decodeURIComponent(Role.AssumeRolePolicyDocument ?? ''),
  };
  const { Role: own } = await call('CreateRole', { ...task, Description: 'own' });
  expect(own).toMatchObject({ RoleName: 'ecsTaskRole', Description: 'own' });
  expect(await outcome(call('CreateRole', task))).toContain('EntityAlreadyExists');
  await call('UpdateRole', { RoleName: 'web-api-task-role', MaxSessionDuration: 7200 });
  expect(await outcome(call('CreateRole', { ...task, RoleName: 'web-api-task-role' }))).toContain(
    'EntityAlreadyExists',
  );
  await call('TagRole', { RoleName: 'webAppTaskRole', Tags: [{ Key: 'a', Value: 'b' }] });
  expect(await outcome(call('CreateRole', { ...task, RoleName: 'webAppTaskRole' }))).toContain('EntityAlreadyExists');
  await linkEcs(deps, account);
  await linkEcs(deps, account);
  const linked = (await call('ListAttachedRolePolicies', { RoleName: 'AWSServiceRoleForECS' })).AttachedPolicies;
  expect(linked?.map(({ PolicyName }) => PolicyName)).toEqual(['AmazonECSServiceRolePolicy']);
});

describe('simulations', () => {
  test('[IAM-13] name the statements that matched, and what is missing', async () => {
    const { call } = await openIam();
    await makeRole(call);
    const document = policy(
      allow('ecs:RunTask', `arn:aws:ecs:*:${account}:task-definition/web:*`),
      { ...allow('s3:GetObject'), Condition: { StringEquals: { 's3:ExistingObjectTag/a': 'b' } } },
      { Effect: 'Deny', Action: 'ecs:DeleteCluster', Resource: '*' },
    );
    await call('PutRolePolicy', { RoleName: 'app', PolicyName: 'Own', PolicyDocument: document });
    const ask = async (ActionNames: string[], more: Partial<Operations['SimulatePrincipalPolicy']['input']> = {}) =>
      (
        await call('SimulatePrincipalPolicy', {
          PolicySourceArn: `arn:aws:iam::${account}:role/app`,
          ActionNames,
          ...more,
        })
      ).EvaluationResults;
    const web = `arn:aws:ecs:eu-west-1:${account}:task-definition/web:3`;
    expect(await ask(['ecs:RunTask', 'ecs:DeleteCluster', 'ecs:StopTask'], { ResourceArns: [web] })).toMatchObject([
      {
        EvalDecision: 'allowed',
        EvalResourceName: web,
        MatchedStatements: [{ SourcePolicyId: 'Own', SourcePolicyType: 'role', StartPosition: { Line: 1 } }],
        MissingContextValues: ['s3:existingobjecttag/a'],
      },
      { EvalDecision: 'explicitDeny', MatchedStatements: [{ SourcePolicyId: 'Own' }] },
      { EvalDecision: 'implicitDeny', MatchedStatements: [] },
    ]);
    const ContextEntries = [
      { ContextKeyName: 's3:ExistingObjectTag/a', ContextKeyValues: ['b'], ContextKeyType: 'string' as const },
    ];
    expect(await ask(['s3:GetObject'], { ContextEntries })).toMatchObject([
      { EvalDecision: 'allowed', MissingContextValues: [] },
    ]);
    const bounded = await ask(['ecs:RunTask'], {
      ResourceArns: [web],
      PermissionsBoundaryPolicyInputList: [policy(allow('logs:*'))],
    });
    expect(bounded).toMatchObject([
      { EvalDecision: 'implicitDeny', PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false } },
    ]);
    const foreign = call('SimulatePrincipalPolicy', {
      PolicySourceArn: 'arn:aws:iam::111122223333:role/app',
      ActionNames: ['a:b'],
    });
    expect(await outcome(foreign)).toContain('InvalidInput');
  });

  test('[IAM-13] of policies that are given, and the keys that policies ask for', async () => {
    const { call } = await openIam();
    const text = policy({
      ...allow('ecs:*', 'arn:aws:ecs:*:*:cluster/${aws:username}'),
      Condition: { Bool: { 'aws:SecureTransport': 'true' } },
    });
    const result = await call('SimulateCustomPolicy', { PolicyInputList: [text], ActionNames: ['ecs:RunTask'] });
    expect(result.EvaluationResults).toMatchObject([
      { EvalDecision: 'implicitDeny', MissingContextValues: ['aws:securetransport'] },
    ]);
    expect(await call('GetContextKeysForCustomPolicy', { PolicyInputList: [text] })).toEqual({
      ContextKeyNames: ['aws:securetransport', 'aws:username'],
    });
    expect(await outcome(call('SimulateCustomPolicy', { PolicyInputList: ['{'], ActionNames: ['a:b'] }))).toContain(
      'Malformed',
    );
  });
});

test('[IAM-14] what a policy hangs on, and what an account has', async () => {
  const { call } = await openIam();
  await makeRole(call);
  await call('CreateUser', { UserName: 'u' });
  await call('AttachRolePolicy', { RoleName: 'app', PolicyArn: executionPolicy });
  await call('AttachUserPolicy', { UserName: 'u', PolicyArn: executionPolicy });
  await call('AttachUserPolicy', { UserName: 'u', PolicyArn: executionPolicy }, { account }).catch(() => undefined);
  const entities = await call('ListEntitiesForPolicy', { PolicyArn: executionPolicy });
  expect(entities).toMatchObject({
    PolicyUsers: [{ UserName: 'u' }],
    PolicyRoles: [{ RoleName: 'app' }],
    PolicyGroups: [],
  });
  expect((await call('GetAccountSummary', {})).SummaryMap).toMatchObject({
    Users: 1,
    Roles: 1,
    Policies: 0,
    UsersQuota: 5_000,
  });
  const details = await call('GetAccountAuthorizationDetails', {});
  expect(details.RoleDetailList?.[0]?.AttachedManagedPolicies).toMatchObject([{ PolicyArn: executionPolicy }]);
  expect(details.UserDetailList).toHaveLength(1);
  expect(details.Policies?.map(({ Arn }) => Arn)).toEqual([executionPolicy]);
  expect(await call('ListAccountAliases', {})).toEqual({ AccountAliases: [], IsTruncated: false });
});

test('[IAM-15] tags have keys without case', async () => {
  const { call } = await openIam();
  await makeRole(call);
  await call('TagRole', { RoleName: 'app', Tags: [{ Key: 'Team', Value: 'web' }] });
  await call('TagRole', { RoleName: 'app', Tags: [{ Key: 'team', Value: 'data' }] });
  expect((await call('ListRoleTags', { RoleName: 'app' })).Tags).toEqual([{ Key: 'team', Value: 'data' }]);
  const twice = [
    { Key: 'a', Value: '1' },
    { Key: 'A', Value: '2' },
  ];
  expect(await outcome(call('TagRole', { RoleName: 'app', Tags: twice }))).toContain(
    'InvalidInputException: Duplicate tag keys',
  );
  expect(await outcome(call('TagRole', { RoleName: 'app', Tags: [{ Key: 'aws:x', Value: '1' }] }))).toContain(
    'InvalidInput',
  );
  const many = Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}`, Value: '' }));
  expect(await outcome(call('TagRole', { RoleName: 'app', Tags: many }))).toContain('LimitExceeded');
  await call('UntagRole', { RoleName: 'app', TagKeys: ['TEAM'] });
  expect((await call('ListRoleTags', { RoleName: 'app' })).Tags).toEqual([]);
});

describe('questions', () => {
  const context = { account, caller: { account, accessKeyId: 'test', arn: root } } as unknown as RequestContext;

  test('[IAM-16] every operation that is handled asks, by its own name', async () => {
    const { service } = await openIam();
    expect(Object.keys(service.authorization ?? {}).sort()).toEqual(Object.keys(service.handlers).sort());
    for (const [name, questions] of Object.entries(service.authorization ?? {})) {
      expect(questions({} as never, context)[0]?.action).toBe(`iam:${name}`);
    }
  });

  test('[IAM-16] about the path of what is there, with the keys a policy may ask for', async () => {
    const { service, call } = await openIam();
    await call('CreateRole', {
      RoleName: 'app',
      Path: '/svc/',
      AssumeRolePolicyDocument: trusting(ecsTasks),
      Tags: [{ Key: 'team', Value: 'web' }],
    });
    const ask = (name: string, input: object) => service.authorization?.[name]?.(input as never, context) ?? [];
    const [attach] = ask('AttachRolePolicy', { RoleName: 'APP', PolicyArn: executionPolicy });
    expect(attach?.resource).toBe(`arn:aws:iam::${account}:role/svc/app`);
    expect(attach?.context?.get('iam:policyarn')).toEqual([executionPolicy]);
    expect(attach?.context?.get('aws:resourcetag/team')).toEqual(['web']);
    const [create] = ask('CreateUser', {
      UserName: 'u',
      Path: '/a/',
      PermissionsBoundary: executionPolicy,
      Tags: [{ Key: 'k', Value: 'v' }],
    });
    expect(create?.resource).toBe(`arn:aws:iam::${account}:user/a/u`);
    expect(create?.context?.get('iam:permissionsboundary')).toEqual([executionPolicy]);
    expect(create?.context?.get('aws:requesttag/k')).toEqual(['v']);
    expect(
      ask('AddRoleToInstanceProfile', { InstanceProfileName: 'i', RoleName: 'app' }).map(({ action, resource }) => [
        action,
        resource,
      ]),
    ).toEqual([
      ['iam:AddRoleToInstanceProfile', `arn:aws:iam::${account}:instance-profile/i`],
      ['iam:PassRole', `arn:aws:iam::${account}:role/svc/app`],
    ]);
  });
});
