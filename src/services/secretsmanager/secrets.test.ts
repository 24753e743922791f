import { describe, expect, test } from 'vitest';
import { toBytes } from '../../kernel/index.ts';
import { account, openSecrets, outcome, region } from './contract/opened.ts';
import { secretValues } from './records/secret.ts';

const token = (letter: string): string => letter.repeat(32);
const notFound = "ResourceNotFoundException: Secrets Manager can't find the specified secret.";
const noValue = (which: string): string =>
  `ResourceNotFoundException: Secrets Manager can't find the specified secret value for ${which}`;
const marked =
  "InvalidRequestException: You can't perform this operation on the secret because it was marked for deletion.";
const dayMs = 86_400_000;

describe('names and ARNs', () => {
  test('[SM-1] an ARN ends in six random characters; name, full and partial ARN find the secret', async () => {
    const { create, valueOf, call } = await openSecrets();
    const arn = await create('prod/db-password', 'x');
    expect(arn).toMatch(/^arn:aws:secretsmanager:us-east-1:123456789012:secret:prod\/db-password-[A-Za-z0-9]{6}$/);
    const partial = `arn:aws:secretsmanager:${region}:${account}:secret:prod/db-password`;
    for (const id of ['prod/db-password', arn, partial]) expect(await valueOf(id)).toBe('x');
    // A name that itself looks like one with a suffix.
    await create('prod/url-abc123', 'y');
    expect(await valueOf(`arn:aws:secretsmanager:${region}:${account}:secret:prod/url-abc123`)).toBe('y');
    for (const id of [
      'prod/db',
      `${arn.slice(0, -6)}zzzzzz`,
      arn.replace('us-east-1', 'eu-west-1'),
      arn.replace(account, '210987654321'),
      'arn:aws:s3:::b',
    ])
      expect(await outcome(call('GetSecretValue', { SecretId: id }))).toBe(notFound);
    expect(await outcome(call('GetSecretValue', { SecretId: arn }, { account: '210987654321' }))).toBe(notFound);
  });

  test.each([
    {
      name: 'a name with a colon',
      input: { Name: 'a:b' },
      want: 'InvalidParameterException: Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
    },
    {
      name: 'two values',
      input: { Name: 'a', SecretString: 'x', SecretBinary: toBytes('x') },
      want: "InvalidParameterException: You can't specify both a binary secret value and a string secret value in the same secret.",
    },
    {
      name: 'a value over 64 KiB',
      input: { Name: 'a', SecretString: 'é'.repeat(32_769) },
      want: 'InvalidParameterException: The secret value must have between 1 and 65536 bytes, but has 65538',
    },
    {
      name: 'another key',
      input: { Name: 'a', KmsKeyId: 'alias/mine' },
      want: "InvalidRequestException: KmsKeyId 'alias/mine' (values are sealed with the installation's key, alias/aws/secretsmanager) is not implemented by Longshore",
    },
    {
      name: 'replicas',
      input: { Name: 'a', AddReplicaRegions: [{ Region: 'eu-west-1' }] },
      want: 'InvalidRequestException: AddReplicaRegions is not implemented by Longshore',
    },
    {
      name: 'a reserved tag',
      input: { Name: 'a', Tags: [{ Key: 'aws:x', Value: 'y' }] },
      want: "InvalidParameterException: The tag key 'aws:x' is reserved: keys cannot start with 'aws:'",
    },
  ])('[SM-2] CreateSecret refuses $name', async ({ input, want }) => {
    const { call, db } = await openSecrets();
    expect(await outcome(call('CreateSecret', input))).toBe(want);
    expect(db.revision).toBe(0);
  });

  test('[SM-3] the same token and value make one secret and one version; another value is refused', async () => {
    const { call, create } = await openSecrets();
    const input = { Name: 'a', SecretString: 'x', ClientRequestToken: token('a') };
    const [first, again] = await Promise.all([call('CreateSecret', input), call('CreateSecret', input)]);
    expect(again).toEqual(first);
    expect(first.VersionId).toBe(token('a'));
    expect(await outcome(call('CreateSecret', { ...input, SecretString: 'y' }))).toContain(
      `ResourceExistsException: You can't use ClientRequestToken ${token('a')}`,
    );
    expect(await outcome(create('a', 'x'))).toBe(
      'ResourceExistsException: The operation failed because the secret a already exists.',
    );
    const put = { SecretId: 'a', SecretString: 'z', ClientRequestToken: token('b') };
    await call('PutSecretValue', put);
    await call('PutSecretValue', put);
    expect((await call('ListSecretVersionIds', { SecretId: 'a' })).Versions).toHaveLength(2);
    expect(await outcome(call('PutSecretValue', { ...put, SecretString: 'q' }))).toContain('ResourceExistsException');
  });
});

describe('values', () => {
  test('[SM-4] are sealed at rest with their own ARN and version; binary values come back as they were', async () => {
    const { db, create, call } = await openSecrets();
    const arn = await create('a', 'plain-value');
    await call('CreateSecret', { Name: 'b', SecretBinary: new Uint8Array([0, 255, 1]) });
    const rows = db
      .table(secretValues)
      .page('sealingKey', 'sim-1', { limit: 10 })
      .rows.map(({ row }) => row);
    expect(rows).toHaveLength(2);
    expect(rows[0]?.context).toContain(arn);
    expect(JSON.stringify(rows)).not.toContain('plain-value');
    const { SecretBinary, SecretString } = await call('GetSecretValue', { SecretId: 'b' });
    expect([SecretString, SecretBinary]).toEqual([undefined, new Uint8Array([0, 255, 1])]);
  });

  test('[SM-5] AWSCURRENT moves to a new version, AWSPREVIOUS follows; other labels move alone', async () => {
    const { call, create, valueOf } = await openSecrets();
    await create('a', 'one');
    const two = await call('PutSecretValue', { SecretId: 'a', SecretString: 'two' });
    expect(two.VersionStages).toEqual(['AWSCURRENT']);
    expect(await valueOf('a')).toBe('two');
    expect(await valueOf('a', { VersionStage: 'AWSPREVIOUS' })).toBe('one');
    const pending = await call('PutSecretValue', {
      SecretId: 'a',
      SecretString: 'three',
      VersionStages: ['AWSPENDING'],
    });
    expect(await valueOf('a')).toBe('two');
    expect(await valueOf('a', { VersionStage: 'AWSPENDING' })).toBe('three');
    await call('UpdateSecretVersionStage', {
      SecretId: 'a',
      VersionStage: 'AWSCURRENT',
      RemoveFromVersionId: two.VersionId,
      MoveToVersionId: pending.VersionId,
    });
    expect(await valueOf('a')).toBe('three');
    expect(await valueOf('a', { VersionStage: 'AWSPREVIOUS' })).toBe('two');
    const { Versions = [] } = await call('ListSecretVersionIds', { SecretId: 'a', IncludeDeprecated: true });
    expect(Versions.map(({ VersionStages }) => VersionStages)).toEqual([
      ['AWSPENDING', 'AWSCURRENT'],
      ['AWSPREVIOUS'],
      undefined,
    ]);
    expect((await call('ListSecretVersionIds', { SecretId: 'a' })).Versions).toHaveLength(2);
  });

  test('[SM-6] a version or label that is not there is told; both must mean the same version', async () => {
    const { call, create } = await openSecrets();
    await create('empty');
    const get = (input: object): Promise<string> => outcome(call('GetSecretValue', { SecretId: 'a', ...input }));
    expect(await outcome(call('GetSecretValue', { SecretId: 'empty' }))).toBe(noValue('staging label: AWSCURRENT'));
    expect(await get({})).toBe(notFound);
    await call('CreateSecret', { Name: 'a', SecretString: 'x', ClientRequestToken: token('a') });
    expect(await get({ VersionStage: 'AWSPENDING' })).toBe(noValue('staging label: AWSPENDING'));
    expect(await get({ VersionId: token('z') })).toBe(noValue(`VersionId: ${token('z')}`));
    expect(await get({ VersionId: token('a'), VersionStage: 'AWSPREVIOUS' })).toBe(
      'InvalidRequestException: You provided a VersionStage that is not associated to the provided VersionId.',
    );
    expect(await get({ VersionId: token('a'), VersionStage: 'AWSCURRENT' })).toBe('ok');
    expect(await outcome(call('PutSecretValue', { SecretId: 'a' }))).toBe(
      'InvalidParameterException: You must provide either SecretString or SecretBinary.',
    );
  });

  test('[SM-7] labels do not move by accident, and AWSCURRENT is never without a version', async () => {
    const { call } = await openSecrets();
    await call('CreateSecret', { Name: 'a', SecretString: 'x', ClientRequestToken: token('a') });
    await call('PutSecretValue', { SecretId: 'a', SecretString: 'y', ClientRequestToken: token('b') });
    const move = (input: object): Promise<string> =>
      outcome(call('UpdateSecretVersionStage', { SecretId: 'a', VersionStage: 'AWSCURRENT', ...input }));
    expect(await move({ MoveToVersionId: token('a') })).toBe(
      `InvalidParameterException: The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version ${token('b')}, so you must explicitly reference that version in RemoveFromVersionId.`,
    );
    expect(await move({ RemoveFromVersionId: token('b') })).toBe(
      'InvalidParameterException: You can only move staging label AWSCURRENT to a different secret version. It can’t be completely removed.',
    );
    expect(await move({ RemoveFromVersionId: token('a'), MoveToVersionId: token('b') })).toContain('is not attached');
    expect(await move({ MoveToVersionId: token('q') })).toBe(noValue(`VersionId: ${token('q')}`));
    expect(await move({ VersionStage: 'MINE', MoveToVersionId: token('a') })).toBe('ok');
    expect(await move({ VersionStage: 'MINE', RemoveFromVersionId: token('a') })).toBe('ok');
  });

  test('[SM-8] of more than a hundred versions, those without a label go once they are a day old', async () => {
    const { call, create, clock, db } = await openSecrets();
    await create('a', 'v');
    for (let n = 0; n < 104; n += 1) await call('PutSecretValue', { SecretId: 'a', SecretString: `v${n}` });
    const count = async (): Promise<number | undefined> => {
      const first = await call('ListSecretVersionIds', { SecretId: 'a', IncludeDeprecated: true, MaxResults: 100 });
      const rest =
        first.NextToken === undefined
          ? []
          : ((
              await call('ListSecretVersionIds', { SecretId: 'a', IncludeDeprecated: true, NextToken: first.NextToken })
            ).Versions ?? []);
      return (first.Versions ?? []).length + rest.length;
    };
    expect(await count()).toBe(105);
    await clock.advance(dayMs);
    await call('PutSecretValue', { SecretId: 'a', SecretString: 'last' });
    expect(await count()).toBe(101);
    expect(db.table(secretValues).count('sealingKey', 'sim-1')).toBe(101);
  });

  test('[SM-9] a batch tells what it may not read, or cannot find, beside the values', async () => {
    const { call, create, forbidden } = await openSecrets();
    await create('app/a', '1');
    forbidden.add(await create('app/b', '2'));
    await create('other', '3');
    const { SecretValues, Errors } = await call('BatchGetSecretValue', { SecretIdList: ['app/a', 'app/b', 'none'] });
    expect(SecretValues?.map(({ Name, SecretString }) => [Name, SecretString])).toEqual([['app/a', '1']]);
    expect(Errors?.map(({ SecretId, ErrorCode }) => [SecretId, ErrorCode])).toEqual([
      ['app/b', 'AccessDeniedException'],
      ['none', 'ResourceNotFoundException'],
    ]);
    const filtered = await call('BatchGetSecretValue', { Filters: [{ Key: 'name', Values: ['other'] }] });
    expect(filtered.SecretValues?.map(({ SecretString }) => SecretString)).toEqual(['3']);
    expect(await outcome(call('BatchGetSecretValue', {}))).toContain('You must include Filters or SecretIdList');
  });
});

describe('lists and descriptions', () => {
  test('[SM-10] filters, sorts and pages; what is marked for deletion only when asked for', async () => {
    const { call, clock } = await openSecrets();
    for (const [Name, Description] of [
      ['prod/b', 'Database of Berlin'],
      ['prod/a', 'key'],
      ['dev/c', 'x'],
    ] as const) {
      await call('CreateSecret', { Name, Description, Tags: [{ Key: 'env', Value: Name.split('/')[0] }] });
      await clock.advance(1_000);
    }
    const names = async (input: object = {}): Promise<unknown> =>
      (await call('ListSecrets', input)).SecretList?.map(({ Name }) => Name);
    expect(await names()).toEqual(['prod/b', 'prod/a', 'dev/c']);
    expect(await names({ SortBy: 'name' })).toEqual(['dev/c', 'prod/a', 'prod/b']);
    expect(await names({ SortBy: 'name', SortOrder: 'desc' })).toEqual(['prod/b', 'prod/a', 'dev/c']);
    const one = (Key: string, ...Values: string[]): object => ({ Filters: [{ Key, Values }] });
    expect(await names(one('name', 'prod/'))).toEqual(['prod/b', 'prod/a']);
    expect(await names(one('name', '!prod/'))).toEqual(['dev/c']);
    expect(await names(one('description', 'berlin'))).toEqual(['prod/b']);
    expect(await names(one('tag-value', 'dev'))).toEqual(['dev/c']);
    expect(await names(one('tag-value', 'Dev'))).toEqual([]);
    expect(await names(one('all', 'BERLIN database'))).toEqual(['prod/b']);
    const page = await call('ListSecrets', { SortBy: 'name', MaxResults: 2 });
    expect(await names({ SortBy: 'name', MaxResults: 2, NextToken: page.NextToken })).toEqual(['prod/b']);
    expect(await outcome(call('ListSecrets', { NextToken: 'x' }))).toContain('InvalidNextTokenException');
    await call('DeleteSecret', { SecretId: 'prod/a' });
    expect(await names()).toEqual(['prod/b', 'dev/c']);
    expect(await names({ IncludePlannedDeletion: true })).toHaveLength(3);
  });

  test('[SM-11] no answer but GetSecretValue has the value; the day of the last read is told', async () => {
    const { call, create, valueOf, clock } = await openSecrets();
    await create('a', 'plain-value');
    await call('UpdateSecret', { SecretId: 'a', Description: 'mine', SecretString: 'plain-value2' });
    expect((await call('DescribeSecret', { SecretId: 'a' })).LastAccessedDate).toBeUndefined();
    await valueOf('a');
    const described = await call('DescribeSecret', { SecretId: 'a' });
    expect(described).toMatchObject({
      Name: 'a',
      Description: 'mine',
      LastAccessedDate: Math.floor(clock.nowMs() / dayMs) * dayMs,
    });
    expect(
      Object.values(described.VersionIdsToStages ?? {})
        .flat()
        .toSorted(),
    ).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
    const answers = [described, await call('ListSecrets', {}), await call('ListSecretVersionIds', { SecretId: 'a' })];
    expect(JSON.stringify(answers)).not.toContain('plain-value');
  });
});

describe('deletion', () => {
  test('[SM-12] a secret in its recovery window is unreadable, and can be restored', async () => {
    const { call, create, valueOf, clock } = await openSecrets();
    await create('a', 'x');
    const { DeletionDate } = await call('DeleteSecret', { SecretId: 'a', RecoveryWindowInDays: 7 });
    expect(DeletionDate).toBe(clock.nowMs() + 7 * dayMs);
    for (const refused of [
      call('GetSecretValue', { SecretId: 'a' }),
      call('PutSecretValue', { SecretId: 'a', SecretString: 'y' }),
      call('UpdateSecret', { SecretId: 'a', Description: 'y' }),
      call('TagResource', { SecretId: 'a', Tags: [] }),
      call('DeleteSecret', { SecretId: 'a' }),
    ])
      expect(await outcome(refused)).toBe(marked);
    expect(await outcome(create('a', 'x'))).toBe(
      "InvalidRequestException: You can't create this secret because a secret with this name is already scheduled for deletion.",
    );
    expect((await call('DescribeSecret', { SecretId: 'a' })).DeletedDate).toBe(clock.nowMs());
    await call('RestoreSecret', { SecretId: 'a' });
    expect(await valueOf('a')).toBe('x');
  });

  test('[SM-13] it is gone with its values when the window is over, or at once when forced', async () => {
    const { call, create, clock, service, db } = await openSecrets();
    service.start();
    await create('a', 'x');
    await create('b', 'x');
    await call('DeleteSecret', { SecretId: 'a', RecoveryWindowInDays: 7 });
    await clock.advance(7 * dayMs - 1_000);
    expect((await call('DescribeSecret', { SecretId: 'a' })).Name).toBe('a');
    await clock.advance(2_000);
    expect(await outcome(call('DescribeSecret', { SecretId: 'a' }))).toBe(notFound);
    await call('DeleteSecret', { SecretId: 'b', ForceDeleteWithoutRecovery: true });
    expect(await outcome(call('DescribeSecret', { SecretId: 'b' }))).toBe(notFound);
    expect(db.table(secretValues).size).toBe(0);
    const both = { SecretId: 'b', ForceDeleteWithoutRecovery: true, RecoveryWindowInDays: 8 };
    expect(await outcome(call('DeleteSecret', both))).toContain("You can't use ForceDeleteWithoutRecovery");
    expect(await outcome(call('DeleteSecret', { SecretId: 'b', RecoveryWindowInDays: 6 }))).toContain(
      'must be between 7 and 30 days (inclusive)',
    );
    service.stop();
  });
});

describe('policies, passwords, rotation', () => {
  const policy = (statement: object): string =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: '*', ...statement }],
    });
  const anybody = policy({ Principal: '*' });
  const one = policy({ Principal: { AWS: `arn:aws:iam::${account}:role/app` } });

  test('[SM-14] a resource policy is kept as written, checked, and stands in the questions about its secret', async () => {
    const { call, create, service } = await openSecrets();
    const arn = await create('a', 'x');
    expect(await outcome(call('PutResourcePolicy', { SecretId: 'a', ResourcePolicy: '{}' }))).toContain(
      'MalformedPolicyDocumentException',
    );
    const open = { SecretId: 'a', ResourcePolicy: anybody, BlockPublicPolicy: true };
    expect(await outcome(call('PutResourcePolicy', open))).toContain('PublicPolicyException');
    await call('PutResourcePolicy', { ...open, ResourcePolicy: one });
    expect((await call('GetResourcePolicy', { SecretId: 'a' })).ResourcePolicy).toBe(one);
    const questions = service.definition.authorization?.['GetSecretValue'] as (i: object, c: object) => any[];
    expect(questions({ SecretId: 'a' }, { account, region })[0]).toMatchObject({ resource: arn, resourcePolicy: one });
    await call('DeleteResourcePolicy', { SecretId: 'a' });
    expect((await call('GetResourcePolicy', { SecretId: 'a' })).ResourcePolicy).toBeUndefined();
    expect(await call('ValidateResourcePolicy', { ResourcePolicy: one })).toEqual({
      PolicyValidationPassed: true,
      ValidationErrors: [],
    });
    const bad = await call('ValidateResourcePolicy', { ResourcePolicy: anybody });
    expect([bad.PolicyValidationPassed, bad.ValidationErrors?.[0]?.CheckName]).toEqual([false, 'PublicAccess']);
  });

  test('[SM-15] passwords have the asked length and types, and none of the excluded characters', async () => {
    const { call } = await openSecrets();
    const password = async (input: object = {}): Promise<string> =>
      (await call('GetRandomPassword', input)).RandomPassword ?? '';
    const plain = await password();
    expect(plain).toHaveLength(32);
    for (const type of [/[a-z]/, /[A-Z]/, /[0-9]/, /[^a-zA-Z0-9]/]) expect(plain).toMatch(type);
    expect(await password({ PasswordLength: 4 })).toMatch(/^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[^a-zA-Z\d]).{4}$/);
    const digits = { ExcludeLowercase: true, ExcludeUppercase: true, ExcludePunctuation: true };
    expect(await password({ ...digits, PasswordLength: 200, ExcludeCharacters: '012345' })).toMatch(/^[6-9]{200}$/);
    expect(await outcome(call('GetRandomPassword', { PasswordLength: 3 }))).toContain('too short');
    expect(await outcome(call('GetRandomPassword', { ...digits, ExcludeNumbers: true }))).toContain(
      'everything is excluded',
    );
  });

  test('[SM-16] a rotation is a record only: what would rotate now is refused', async () => {
    const { call, create } = await openSecrets();
    await create('a', 'x');
    const lambda = `arn:aws:lambda:us-east-1:${account}:function:r`;
    const rotate = { SecretId: 'a', RotationLambdaARN: lambda, RotationRules: { AutomaticallyAfterDays: 30 } };
    expect(await outcome(call('RotateSecret', { SecretId: 'a' }))).toBe(
      'InvalidRequestException: No Lambda rotation function ARN is associated with this secret.',
    );
    expect(await outcome(call('RotateSecret', rotate))).toContain(
      'Rotation by a Lambda function (RotateImmediately=false keeps the schedule as a record, PutSecretValue changes the value) is not implemented by Longshore',
    );
    await call('RotateSecret', { ...rotate, RotateImmediately: false });
    const described = await call('DescribeSecret', { SecretId: 'a' });
    expect(described).toMatchObject({ RotationEnabled: true, RotationRules: { AutomaticallyAfterDays: 30 } });
    expect(described.NextRotationDate).toBeUndefined();
    await call('CancelRotateSecret', { SecretId: 'a' });
    expect((await call('DescribeSecret', { SecretId: 'a' })).RotationEnabled).toBe(false);
  });

  test('[SM-17] every operation asks its question, with the secret’s full ARN, tags, version and stage', async () => {
    const { call, service } = await openSecrets();
    const { ARN = '' } = await call('CreateSecret', { Name: 'a', Tags: [{ Key: 'Team', Value: 'sea' }] });
    const { handlers, authorization = {} } = service.definition;
    expect(Object.keys(authorization).toSorted()).toEqual(Object.keys(handlers).toSorted());
    const ask = (name: string, input: object): any[] =>
      (authorization[name] as (i: object, c: object) => any[])(input, { account, region });
    for (const id of ['a', ARN, ARN.slice(0, -7)]) {
      const [question] = ask('GetSecretValue', { SecretId: id });
      expect([question.action, question.resource]).toEqual(['secretsmanager:GetSecretValue', ARN]);
      const keys = [
        'secretsmanager:secretid',
        'secretsmanager:versionstage',
        'aws:resourcetag/team',
        'secretsmanager:resourcetag/team',
        'aws:tagkeys',
      ];
      expect(keys.map((key) => question.context.get(key))).toEqual([
        [ARN],
        ['AWSCURRENT'],
        ['sea'],
        ['sea'],
        undefined,
      ]);
    }
    const created = ask('CreateSecret', { Name: 'new', Tags: [{ Key: 'k', Value: 'v' }] });
    expect(created.map(({ action }) => action)).toEqual(['secretsmanager:CreateSecret', 'secretsmanager:TagResource']);
    expect(created[0].resource).toBe(`arn:aws:secretsmanager:${region}:${account}:secret:new`);
    expect(created[0].context.get('aws:requesttag/k')).toEqual(['v']);
    expect(created[0].context.get('aws:tagkeys')).toEqual(['k']);
  });

  test('[SEC-4] resealing needs no old key afterwards, and leaves the values', async () => {
    const { create, sealer, service, valueOf, db } = await openSecrets();
    for (let n = 0; n < 20; n += 1) await create(`s${n}`, `v${n}`);
    sealer.use('sim-2');
    await create('new', 'fresh');
    let total = 0;
    for (let some = await service.sealed.reseal('sim-1'); some > 0; some = await service.sealed.reseal('sim-1'))
      total += some;
    expect([total, [...service.sealed.keyIds()]]).toEqual([20, ['sim-2']]);
    expect(db.table(secretValues).count('sealingKey', 'sim-2')).toBe(21);
    expect(await valueOf('s7')).toBe('v7');
  });
});
