import { expect, test } from 'vitest';
import { openEcs, outcome, root } from '../contract/opened-ecs.ts';

const ann = 'arn:aws:iam::123456789012:user/ann';

test('[AS-1] every current setting has an effective value, in pages of ten', async () => {
  const ecs = await openEcs();
  const first = await ecs.call('ListAccountSettings', { effectiveSettings: true });
  expect(first.settings?.length).toBe(10);
  const second = await ecs.call('ListAccountSettings', { effectiveSettings: true, nextToken: first.nextToken });
  expect(second.nextToken).toBe(undefined);
  expect(
    [...(first.settings ?? []), ...(second.settings ?? [])].map(({ name, value, type }) => [name, value, type]),
  ).toEqual([
    ['awsvpcTrunking', 'disabled', 'user'],
    ['containerInsights', 'disabled', 'user'],
    ['containerInstanceLongArnFormat', 'enabled', 'user'],
    ['serviceLongArnFormat', 'enabled', 'user'],
    ['taskLongArnFormat', 'enabled', 'user'],
    ['defaultLogDriverMode', 'non-blocking', 'user'],
    ['fargateEventWindows', 'disabled', 'user'],
    ['fargateTaskRetirementWaitPeriod', '7', 'user'],
    ['fargateFIPSMode', 'disabled', 'user'],
    ['guardDutyActivate', 'off', 'aws_managed'],
    ['tagResourceAuthorization', 'on', 'user'],
  ]);
});

test('[AS-2] a principal’s own setting goes before the account’s default, and deleting it uncovers that', async () => {
  const ecs = await openEcs();
  const effective = async (arn: string) =>
    (await ecs.call('ListAccountSettings', { name: 'containerInsights', effectiveSettings: true }, { arn }))
      .settings?.[0]?.value;
  await ecs.call('PutAccountSettingDefault', { name: 'containerInsights', value: 'enabled' });
  expect(await ecs.call('PutAccountSetting', { name: 'containerInsights', value: 'enhanced' }, { arn: ann })).toEqual({
    setting: { name: 'containerInsights', value: 'enhanced', principalArn: ann, type: 'user' },
  });
  expect(await effective(ann)).toBe('enhanced');
  expect(await effective(root)).toBe('enabled');
  expect((await ecs.call('ListAccountSettings', {}, { arn: ann })).settings).toEqual([
    { name: 'containerInsights', value: 'enhanced', principalArn: ann, type: 'user' },
  ]);
  expect(
    (await ecs.call('ListAccountSettings', { name: 'containerInsights', value: 'disabled' }, { arn: ann })).settings,
  ).toEqual([]);
  expect(await ecs.call('DeleteAccountSetting', { name: 'containerInsights' }, { arn: ann })).toEqual({
    setting: { name: 'containerInsights', value: 'enabled', principalArn: ann, type: 'user' },
  });
  expect(await effective(ann)).toBe('enabled');
  expect((await ecs.call('ListAccountSettings', {}, { arn: ann })).settings).toEqual([]);
});

test('[AS-2] regions and accounts keep their own', async () => {
  const ecs = await openEcs();
  await ecs.call('PutAccountSettingDefault', { name: 'containerInsights', value: 'enabled' });
  const list = { name: 'containerInsights' as const, effectiveSettings: true };
  expect((await ecs.call('ListAccountSettings', list, { region: 'eu-west-1' })).settings?.[0]?.value).toBe('disabled');
  const other = { account: '999999999999', arn: 'arn:aws:iam::999999999999:root' };
  expect((await ecs.call('ListAccountSettings', list, other)).settings?.[0]?.value).toBe('disabled');
});

test.each([
  [
    'containerInsights',
    'on',
    "InvalidParameterException: Value 'on' is not valid for the setting containerInsights. Must be one of [enabled,disabled,enhanced]",
  ],
  [
    'serviceLongArnFormat',
    'disabled',
    "InvalidParameterException: Value 'disabled' is not valid for the setting serviceLongArnFormat. Must be one of [enabled]",
  ],
  ['serviceLongArnFormat', 'enabled', 'ok'],
  ['fargateTaskRetirementWaitPeriod', '14', 'ok'],
  [
    'fargateTaskRetirementWaitPeriod',
    '8',
    "InvalidParameterException: Value '8' is not valid for the setting fargateTaskRetirementWaitPeriod. Must be one of [0,7,14]",
  ],
  [
    'fargateFIPSMode',
    'enabled',
    'UnsupportedFeatureException: FIPS-140 compliance of FARGATE tasks (fargateFIPSMode enabled) is not implemented by Longshore',
  ],
  [
    'guardDutyActivate',
    'on',
    'InvalidParameterException: The setting guardDutyActivate is managed by AWS and cannot be changed',
  ],
  ['defaultLogDriverMode', 'Blocking', 'ok'],
] as const)('[AS-3] %s = %s', async (name, value, want) => {
  const ecs = await openEcs();
  expect(await outcome(ecs.call('PutAccountSetting', { name, value }))).toBe(want);
});

test.each([['nonsense'], ['arn:aws:iam::999999999999:user/ann'], ['arn:aws:iam::123456789012:group/g']])(
  '[AS-3] principal %s',
  async (principalArn) => {
    const ecs = await openEcs();
    const want = `InvalidParameterException: Invalid principal ARN: ${principalArn}`;
    expect(
      await outcome(ecs.call('PutAccountSetting', { name: 'containerInsights', value: 'enabled', principalArn })),
    ).toBe(want);
    expect(await outcome(ecs.call('ListAccountSettings', { principalArn }))).toBe(want);
  },
);

test('[AS-3] a value needs a name, a token its own list', async () => {
  const ecs = await openEcs();
  expect(await outcome(ecs.call('ListAccountSettings', { value: 'enabled' }))).toBe(
    'InvalidParameterException: name must be specified when value is specified.',
  );
  const { nextToken } = await ecs.call('ListAccountSettings', { effectiveSettings: true });
  expect(await outcome(ecs.call('ListAccountSettings', { nextToken }))).toBe(
    'InvalidParameterException: Invalid token.',
  );
});
