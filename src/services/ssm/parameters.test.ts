import { describe, expect, test } from 'vitest';
import { account, openParameters, outcome, region } from './contract/opened.ts';
import { parameterVersions } from './records/parameter.ts';

const deep = (levels: number): string => Array.from({ length: levels }, (_, n) => `/l${n}`).join('');
const expiring = (Timestamp: string): string =>
  JSON.stringify([{ Type: 'Expiration', Version: '1.0', Attributes: { Timestamp } }]);

describe('PutParameter', () => {
  test('[PS-1] numbers versions from 1, and overwrites only when told', async () => {
    const { put, valueOf } = await openParameters();
    expect(await put('/app/url', 'one')).toEqual({ Version: 1, Tier: 'Standard' });
    expect(await outcome(put('/app/url', 'two'))).toBe(
      'ParameterAlreadyExists: The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    );
    expect(await put('/app/url', 'two', { Overwrite: true })).toEqual({ Version: 2, Tier: 'Standard' });
    expect(await valueOf('/app/url')).toBe('two');
    expect(await valueOf('/app/url:1')).toBe('one');
  });

  test.each([
    { name: 'a@b', want: 'ValidationException: Parameter name: can\'t be prefixed with "ssm"' },
    { name: 'a/b', want: 'ValidationException: Parameter name must be a fully qualified name.' },
    { name: '/a//b', want: 'ValidationException: Parameter name: can' },
    { name: 'ssm-x', want: 'ValidationException: Parameter name: can' },
    { name: '/AWS/x', want: 'AccessDeniedException: No access to reserved parameter name: /AWS/x.' },
    { name: deep(16), want: 'HierarchyLevelLimitExceededException: A hierarchy can have a maximum of 15 levels.' },
    { name: `/${'a'.repeat(1_000)}`, want: 'ValidationException: The parameter name' },
    { name: deep(15), want: 'ok' },
  ])('[PS-2] the name $name: $want', async ({ name, want }) => {
    const { put } = await openParameters();
    expect(await outcome(put(name, 'x'))).toContain(want);
  });

  test.each([
    {
      name: 'no type',
      more: { Type: undefined },
      want: 'ValidationException: A parameter type is required when you create a parameter.',
    },
    {
      name: 'tags with overwrite',
      more: { Overwrite: true, Tags: [{ Key: 'a', Value: 'b' }] },
      want: "ValidationException: Invalid request: tags and overwrite can't be used together.",
    },
    {
      name: 'a value over 4 KB',
      more: { Value: 'x'.repeat(4_097) },
      want: 'ValidationException: Standard tier parameters support a maximum parameter value of 4096 characters.',
    },
    {
      name: 'a value over 8 KB',
      more: { Value: 'x'.repeat(8_193), Tier: 'Advanced' },
      want: 'ValidationException: Advanced tier parameters support a maximum parameter value of 8192 characters.',
    },
    {
      name: 'what the pattern does not allow',
      more: { AllowedPattern: '\\d+' },
      want: 'ParameterPatternMismatchException: Parameter value, cannot be validated against allowedPattern: \\d+',
    },
    { name: 'a bad pattern', more: { AllowedPattern: '(' }, want: 'InvalidAllowedPatternException' },
    {
      name: 'another key',
      more: { Type: 'SecureString', KeyId: 'alias/mine' },
      want: "InvalidKeyId: KeyId 'alias/mine'",
    },
    {
      name: 'an image',
      more: { DataType: 'aws:ec2:image' },
      want: "DataType 'aws:ec2:image' is not implemented by Longshore",
    },
    {
      name: 'policies in the standard tier',
      more: { Policies: expiring('2030-01-01T00:00:00Z') },
      want: 'advanced-parameter tier only',
    },
    {
      name: 'a policy that notifies',
      more: { Tier: 'Advanced', Policies: '[{"Type":"NoChangeNotification","Version":"1.0","Attributes":{}}]' },
      want: 'The policy NoChangeNotification is not implemented by Longshore',
    },
    {
      name: 'an unknown policy',
      more: { Tier: 'Advanced', Policies: '[{"Type":"X"}]' },
      want: "InvalidPolicyTypeException: The policy type 'X' is not supported.",
    },
    { name: 'no policies', more: { Tier: 'Advanced', Policies: 'x' }, want: 'InvalidPolicyAttributeException' },
    { name: 'no instant', more: { Tier: 'Advanced', Policies: expiring('soon') }, want: 'ISO 8601' },
  ] as const)('[PS-3] refuses $name', async ({ more, want }) => {
    const { put, db } = await openParameters();
    expect(await outcome(put('/a', 'x', more as object))).toContain(want);
    expect(db.revision).toBe(0);
  });

  test('[PS-4] intelligent tiering takes the advanced tier when it is needed; nobody goes back', async () => {
    const { put } = await openParameters();
    const tiering = { Tier: 'Intelligent-Tiering', Overwrite: true } as const;
    expect((await put('/a', 'x', tiering)).Tier).toBe('Standard');
    expect((await put('/a', 'x'.repeat(5_000), tiering)).Tier).toBe('Advanced');
    expect((await put('/a', 'x', tiering)).Tier).toBe('Advanced');
    expect(await outcome(put('/a', 'x', { Tier: 'Standard', Overwrite: true }))).toContain("You can't downgrade");
    expect(await outcome(put('/a', 'x', { Type: 'SecureString', Overwrite: true }))).toContain(
      'HierarchyTypeMismatchException',
    );
  });

  test('[PS-5] of a hundred versions the oldest goes, unless a label holds it', async () => {
    const { put, call } = await openParameters();
    await put('/a', 'v1');
    for (let n = 2; n <= 100; n += 1) await put('/a', `v${n}`, { Overwrite: true });
    await put('/a', 'v101', { Overwrite: true });
    expect(await outcome(call('GetParameter', { Name: '/a:1' }))).toBe(
      'ParameterVersionNotFound: Systems Manager could not find version 1 of /a. Verify the version and try again.',
    );
    await call('LabelParameterVersion', { Name: '/a', ParameterVersion: 2, Labels: ['keep'] });
    expect(await outcome(put('/a', 'v102', { Overwrite: true }))).toContain(
      "ParameterMaxVersionLimitExceeded: You attempted to create a new version of /a by calling the PutParameter API with the overwrite flag. Version 2, the oldest version, can't be deleted",
    );
    const history = await call('GetParameterHistory', { Name: '/a' });
    expect([history.Parameters?.length, history.Parameters?.[0]?.Version, history.Parameters?.[0]?.Labels]).toEqual([
      50,
      2,
      ['keep'],
    ]);
    const rest = await call('GetParameterHistory', { Name: '/a', NextToken: history.NextToken });
    expect([rest.Parameters?.length, rest.NextToken]).toEqual([50, undefined]);
    await call('DeleteParameter', { Name: '/a' });
    expect(await outcome(call('GetParameterHistory', { Name: '/a' }))).toContain('ParameterNotFound');
  });
});

describe('reading', () => {
  test('[PS-6] by name, version, label and ARN; a SecureString only with decryption', async () => {
    const { put, call, valueOf, db } = await openParameters();
    await put('/prod/key', 'plain-value', { Type: 'SecureString' });
    await call('LabelParameterVersion', { Name: '/prod/key', Labels: ['live'] });
    await put('/prod/key', 'plain-value2', { Overwrite: true, Type: 'SecureString' });
    const arn = `arn:aws:ssm:${region}:${account}:parameter/prod/key`;
    expect(await valueOf(arn)).toBe('plain-value2');
    expect(await valueOf(`${arn}:1`)).toBe('plain-value');
    expect(await valueOf('/prod/key:live')).toBe('plain-value');
    const sealed = await call('GetParameter', { Name: '/prod/key' });
    expect(sealed.Parameter).toMatchObject({ Name: '/prod/key', Type: 'SecureString', Version: 2, ARN: arn });
    expect(sealed.Parameter?.Value).toMatch(/^sealed:/);
    const selected = await call('GetParameter', { Name: '/prod/key:live', WithDecryption: true });
    expect(selected.Parameter).toMatchObject({ Selector: ':live', Version: 1 });
    const rows = db.table(parameterVersions).page('sealingKey', 'sim-1', { limit: 10 }).rows;
    expect([rows.length, JSON.stringify(rows).includes('plain-value')]).toEqual([2, false]);
    expect(await outcome(call('GetParameter', { Name: '/none' }))).toBe(
      'ParameterNotFound: Parameter /none not found.',
    );
    expect(await outcome(call('GetParameter', { Name: '/prod/key:x' }))).toContain('ParameterVersionNotFound');
    expect(await outcome(call('GetParameter', { Name: arn.replace(account, '210987654321') }))).toContain(
      'ParameterNotFound',
    );
    expect(await outcome(call('GetParameter', { Name: '/prod/key' }, { account: '210987654321' }))).toContain(
      'ParameterNotFound',
    );
  });

  test('[PS-7] of several names, those of nothing are told', async () => {
    const { put, call } = await openParameters();
    await put('a', '1');
    await put('/b', '2');
    const { Parameters, InvalidParameters } = await call('GetParameters', { Names: ['a', '/b', '/c', '/b:9', 'x y'] });
    expect(Parameters?.map(({ Value }) => Value)).toEqual(['1', '2']);
    expect(InvalidParameters).toEqual(['/c', '/b:9', 'x y']);
    const deleted = await call('DeleteParameters', { Names: ['a', '/c'] });
    expect(deleted).toEqual({ DeletedParameters: ['a'], InvalidParameters: ['/c'] });
  });

  test('[PS-8] a path has what is right below it, or all; filtered, in pages', async () => {
    const { put, call } = await openParameters();
    for (const name of ['/a/one', '/a/b/two', '/a/b/c/three', '/ab/x', 'flat']) await put(name, name);
    await put('/a/secret', 's', { Type: 'SecureString' });
    const names = async (input: object): Promise<unknown> =>
      (await call('GetParametersByPath', { Path: '/a', ...input })).Parameters?.map(({ Name }) => Name);
    expect(await names({})).toEqual(['/a/one', '/a/secret']);
    expect(await names({ Path: '/a/' })).toEqual(['/a/one', '/a/secret']);
    expect(await names({ Recursive: true })).toEqual(['/a/one', '/a/b/two', '/a/b/c/three', '/a/secret']);
    expect(await names({ Path: '/a/b', Recursive: true })).toEqual(['/a/b/two', '/a/b/c/three']);
    expect(await names({ Path: '/', Recursive: true })).toHaveLength(6);
    const secure = [{ Key: 'Type', Option: 'Equals', Values: ['SecureString'] }];
    expect(await names({ ParameterFilters: secure })).toEqual(['/a/secret']);
    const page = await call('GetParametersByPath', { Path: '/a', Recursive: true, MaxResults: 3 });
    expect(await names({ Recursive: true, MaxResults: 3, NextToken: page.NextToken })).toEqual(['/a/secret']);
    expect(await outcome(call('GetParametersByPath', { Path: 'a' }))).toContain('ValidationException');
    const bad = { Path: '/a', ParameterFilters: [{ Key: 'Name', Values: ['x'] }] };
    expect(await outcome(call('GetParametersByPath', bad))).toContain('InvalidFilterKey');
  });

  test('[PS-9] DescribeParameters filters, and shows no value', async () => {
    const { put, call } = await openParameters();
    await put('/a/one', 'plain-value', { Tags: [{ Key: 'env', Value: 'prod' }], Description: 'd' });
    await put('/a/b/two', 'plain-value', { Tier: 'Advanced' });
    const names = async (
      ...ParameterFilters: { Key: string; Option?: string; Values?: string[] }[]
    ): Promise<unknown> => (await call('DescribeParameters', { ParameterFilters })).Parameters?.map(({ Name }) => Name);
    expect(await names({ Key: 'Name', Option: 'Contains', Values: ['two'] })).toEqual(['/a/b/two']);
    expect(await names({ Key: 'Name', Option: 'BeginsWith', Values: ['/a/o'] })).toEqual(['/a/one']);
    expect(await names({ Key: 'Path', Values: ['/a'] })).toEqual(['/a/one']);
    expect(await names({ Key: 'Path', Option: 'Recursive', Values: ['/a'] })).toHaveLength(2);
    expect(await names({ Key: 'tag:env', Values: ['prod'] })).toEqual(['/a/one']);
    expect(await names({ Key: 'Tier', Values: ['Advanced'] })).toEqual(['/a/b/two']);
    expect(await outcome(names({ Key: 'Type', Option: 'Contains', Values: ['x'] }))).toContain('InvalidFilterOption');
    const old = await call('DescribeParameters', { Filters: [{ Key: 'Name', Values: ['/a/b'] }] });
    expect(old.Parameters).toMatchObject([
      { Name: '/a/b/two', Version: 1, LastModifiedUser: `arn:aws:iam::${account}:root` },
    ]);
    expect(JSON.stringify(await call('DescribeParameters', {}))).not.toContain('plain-value');
  });
});

describe('labels, tags, expiration', () => {
  test('[PS-10] a label is on one version; what cannot be one is told; ten at most', async () => {
    const { put, call, valueOf } = await openParameters();
    await put('/a', '1');
    await put('/a', '2', { Overwrite: true });
    const given = { Name: '/a', ParameterVersion: 1, Labels: ['live', '1x', 'aws-x'] };
    expect(await call('LabelParameterVersion', given)).toEqual({ InvalidLabels: ['1x', 'aws-x'], ParameterVersion: 1 });
    await call('LabelParameterVersion', { Name: '/a', Labels: ['live'] });
    expect(await valueOf('/a:live')).toBe('2');
    const many = Array.from({ length: 10 }, (_, n) => `l${n}`);
    expect(await outcome(call('LabelParameterVersion', { Name: '/a', Labels: many }))).toContain(
      'ParameterVersionLabelLimitExceeded',
    );
    const removed = await call('UnlabelParameterVersion', { Name: '/a', ParameterVersion: 2, Labels: ['live', 'no'] });
    expect(removed).toEqual({ RemovedLabels: ['live'], InvalidLabels: ['no'] });
    expect(await outcome(call('GetParameter', { Name: '/a:live' }))).toContain('ParameterVersionNotFound');
  });

  test('[PS-11] tags are those of a parameter only', async () => {
    const { put, call } = await openParameters();
    await put('/a', '1', { Tags: [{ Key: 'x', Value: '1' }] });
    const of = { ResourceType: 'Parameter', ResourceId: '/a' } as const;
    await call('AddTagsToResource', { ...of, Tags: [{ Key: 'y', Value: '2' }] });
    await call('RemoveTagsFromResource', { ...of, TagKeys: ['x'] });
    expect(await call('ListTagsForResource', of)).toEqual({ TagList: [{ Key: 'y', Value: '2' }] });
    expect(await outcome(call('ListTagsForResource', { ...of, ResourceId: '/b' }))).toContain('InvalidResourceId');
    expect(await outcome(call('ListTagsForResource', { ...of, ResourceType: 'Document' }))).toContain(
      'not implemented',
    );
    const many = Array.from({ length: 51 }, (_, n) => ({ Key: `k${n}`, Value: '' }));
    expect(await outcome(call('AddTagsToResource', { ...of, Tags: many }))).toContain('TooManyTagsError');
  });

  test('[PS-12] an Expiration policy deletes the parameter at its time, and not before', async () => {
    const { put, call, clock, service, db } = await openParameters();
    service.start();
    // The simulation begins at 2027-01-15T08:00:00Z.
    const policy = expiring('2027-01-15T10:00:00+01:00');
    await put('/a', 'x', { Tier: 'Advanced', Policies: policy });
    const described = await call('DescribeParameters', {});
    expect(described.Parameters?.[0]?.Policies).toMatchObject([{ PolicyType: 'Expiration' }]);
    await clock.advance(3_599_000);
    expect((await call('GetParameter', { Name: '/a' })).Parameter?.Value).toBe('x');
    await clock.advance(2_000);
    expect(await outcome(call('GetParameter', { Name: '/a' }))).toContain('ParameterNotFound');
    expect(db.table(parameterVersions).size).toBe(0);
    expect(await put('/a', 'y')).toEqual({ Version: 1, Tier: 'Standard' });
    service.stop();
  });

  test('[PS-13] every operation asks its question, with the parameter’s ARN and tags', async () => {
    const { put, service } = await openParameters();
    await put('/prod/key', 'x', { Tags: [{ Key: 'Team', Value: 'sea' }] });
    const { handlers, authorization = {} } = service.definition;
    expect(Object.keys(authorization).toSorted()).toEqual(Object.keys(handlers).toSorted());
    const ask = (name: string, input: object): any[] =>
      (authorization[name] as (i: object, c: object) => any[])(input, { account, region });
    const arn = `arn:aws:ssm:${region}:${account}:parameter/prod/key`;
    const questions = ask('GetParameters', { Names: ['/prod/key:1', arn, '/none'] });
    expect(questions.map(({ action, resource }) => [action, resource])).toEqual([
      ['ssm:GetParameters', arn],
      ['ssm:GetParameters', arn],
      ['ssm:GetParameters', `arn:aws:ssm:${region}:${account}:parameter/none`],
    ]);
    expect(questions[0].context.get('ssm:resourcetag/team')).toEqual(['sea']);
    const [path] = ask('GetParametersByPath', { Path: '/prod', Recursive: true });
    expect([path.resource, path.context.get('ssm:recursive')]).toEqual([
      `arn:aws:ssm:${region}:${account}:parameter/prod`,
      ['true'],
    ]);
  });

  test('[SEC-4] resealing needs no old key afterwards, and leaves the values', async () => {
    const { put, sealer, service, valueOf } = await openParameters();
    for (let n = 0; n < 60; n += 1) await put(`/s${n}`, `v${n}`, { Type: n % 2 === 0 ? 'SecureString' : 'String' });
    sealer.use('sim-2');
    expect(await service.sealed.reseal('sim-1')).toBe(30);
    expect([await service.sealed.reseal('sim-1'), [...service.sealed.keyIds()]]).toEqual([0, ['sim-2']]);
    expect([await valueOf('/s0'), await valueOf('/s1')]).toEqual(['v0', 'v1']);
  });
});
