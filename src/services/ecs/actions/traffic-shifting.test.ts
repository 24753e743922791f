import { describe, expect, test } from 'vitest';
import type { CreateServiceRequest, DeploymentConfiguration, LoadBalancers } from '../../../protocol/generated/ecs.ts';
import { openEcs, outcome, type OpenedEcs } from '../contract/opened-ecs.ts';

const roleArn = 'arn:aws:iam::123456789012:role/ecs';
const hookTargetArn = 'arn:aws:lambda:us-east-1:123456789012:function:check';
const lifecycleStages = ['POST_SCALE_UP'] as const;

async function opened(): Promise<OpenedEcs & { readonly one: string; readonly two: string }> {
  const ecs = await openEcs();
  await ecs.call('CreateCluster', {});
  await ecs.call('RegisterTaskDefinition', {
    family: 'web',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    containerDefinitions: [{ name: 'web', image: 'web:1', portMappings: [{ containerPort: 80 }] }],
  });
  const one = ecs.targets.addGroup('one', 'ip');
  const two = ecs.targets.addGroup('two', 'ip');
  ecs.targets.addGroup('loose', 'ip', { loadBalancerArns: [] });
  ecs.targets.rules.set('rule/production', [{ targetGroupArn: one, weight: 1 }]);
  ecs.targets.rules.set('rule/other', [{ targetGroupArn: 'another', weight: 1 }]);
  return { ...ecs, one, two };
}

type Advanced = NonNullable<LoadBalancers[number]['advancedConfiguration']>;

function created(
  ecs: Awaited<ReturnType<typeof opened>>,
  deploymentConfiguration: DeploymentConfiguration,
  advanced: Partial<Advanced> | null = {},
  patch: Partial<CreateServiceRequest> = {},
): Promise<string> {
  const advancedConfiguration = {
    alternateTargetGroupArn: ecs.two,
    productionListenerRule: 'rule/production',
    roleArn,
    ...advanced,
  };
  return outcome(
    ecs.call('CreateService', {
      serviceName: 'web',
      taskDefinition: 'web',
      desiredCount: 1,
      launchType: 'FARGATE',
      networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-a'] } },
      deploymentConfiguration,
      loadBalancers: [
        {
          targetGroupArn: ecs.one,
          containerName: 'web',
          containerPort: 80,
          ...(advanced === null ? {} : { advancedConfiguration }),
        },
      ],
      ...patch,
    }),
  );
}

const blueGreen = { strategy: 'BLUE_GREEN' } as const;

describe('[BG-14] configurations', () => {
  test('what is shown has its defaults', async () => {
    const ecs = await opened();
    const hooks = [
      { hookTargetArn, roleArn, lifecycleStages },
      { targetType: 'PAUSE' as const, lifecycleStages },
    ];
    expect(await created(ecs, { strategy: 'LINEAR', bakeTimeInMinutes: 3, lifecycleHooks: hooks })).toBe('ok');
    const { services } = await ecs.call('DescribeServices', { services: ['web'] });
    expect(services?.[0]?.deploymentConfiguration).toMatchObject({
      strategy: 'LINEAR',
      bakeTimeInMinutes: 3,
      linearConfiguration: { stepPercent: 10, stepBakeTimeInMinutes: 6 },
      lifecycleHooks: [{ targetType: 'AWS_LAMBDA', hookTargetArn }, { targetType: 'PAUSE' }],
    });
    // Another strategy has no use for the steps; the hooks stay.
    const { service } = await ecs.call('UpdateService', {
      service: 'web',
      deploymentConfiguration: { strategy: 'CANARY', canaryConfiguration: { canaryPercent: 0.1 } },
    });
    expect(service?.deploymentConfiguration?.linearConfiguration).toBeUndefined();
    expect(service?.deploymentConfiguration).toMatchObject({
      canaryConfiguration: { canaryPercent: 0.1, canaryBakeTimeInMinutes: 10 },
      lifecycleHooks: [{ hookTargetArn }, {}],
    });
  });

  const hook = (patch: object) => ({
    ...blueGreen,
    lifecycleHooks: [{ hookTargetArn, roleArn, lifecycleStages, ...patch }],
  });

  const pause = { targetType: 'PAUSE', lifecycleStages } as const;

  test.each<[string, DeploymentConfiguration, RegExp]>([
    ['bake', { ...blueGreen, bakeTimeInMinutes: 1_441 }, /bakeTimeInMinutes must be between 0 and 1440/],
    ['step', { strategy: 'LINEAR', linearConfiguration: { stepPercent: 2.9 } }, /stepPercent .* between 3.0 and 100.0/],
    ['part of a tenth', { strategy: 'CANARY', canaryConfiguration: { canaryPercent: 5.55 } }, /multiple of 0.1/],
    ['steps of another strategy', { ...blueGreen, linearConfiguration: {} }, /strategy of that name/],
    ['hooks when rolling', { strategy: 'ROLLING', lifecycleHooks: hook({}).lifecycleHooks }, /only supported with/],
    ['no stage', hook({ lifecycleStages: [] }), /lifecycleStages must be specified/],
    ['no target', hook({ hookTargetArn: undefined }), /hookTargetArn must be specified/],
    [
      'a target that is no function',
      hook({ hookTargetArn: 'arn:aws:sns:us-east-1:123456789012:x' }),
      /must be the ARN/,
    ],
    ['no role', hook({ roleArn: undefined }), /roleArn must be specified/],
    ['a pause with a target', hook({ targetType: 'PAUSE', roleArn: undefined }), /hookTargetArn cannot be specified/],
    ['an endless hook', hook({ timeoutConfiguration: { timeoutInMinutes: 1_441 } }), /between 1 and 1440/],
    [
      'an endless pause',
      { ...blueGreen, lifecycleHooks: [{ ...pause, timeoutConfiguration: { timeoutInMinutes: 20_161 } }] },
      /between 1 and 20160/,
    ],
    [
      'a pause in a shift',
      { ...blueGreen, lifecycleHooks: [{ ...pause, lifecycleStages: ['PRODUCTION_TRAFFIC_SHIFT'] }] },
      /Invalid lifecycle stage provided for Pause Hook/,
    ],
    ['too many pauses', { ...blueGreen, lifecycleHooks: Array.from({ length: 11 }, () => pause) }, /at most 10 hooks/],
  ])('%s is refused', async (_name, configuration, expected) => {
    const ecs = await opened();
    expect(await created(ecs, configuration)).toMatch(expected);
    expect((await ecs.call('ListServices', {})).serviceArns).toEqual([]);
  });

  test('a URL is a hook, too; daemons and task sets have no such strategy', async () => {
    expect(await created(await opened(), hook({ hookTargetArn: 'http://127.0.0.1:9/x' }))).toBe('ok');
    const external = { deploymentController: { type: 'EXTERNAL' }, schedulingStrategy: 'REPLICA' } as const;
    const none = { taskDefinition: undefined, launchType: undefined, networkConfiguration: undefined } as const;
    expect(await created(await opened(), blueGreen, null, { ...external, ...none, loadBalancers: undefined })).toMatch(
      /needs the ECS deployment controller/,
    );
    const daemon = { schedulingStrategy: 'DAEMON', desiredCount: undefined, launchType: 'EC2' } as const;
    expect(await created(await opened(), blueGreen, {}, daemon)).toMatch(/needs the REPLICA scheduling strategy/);
  });
});

describe('[BG-15] load balancers', () => {
  test.each<[string, Partial<Advanced> | null, RegExp]>([
    ['no second group', { alternateTargetGroupArn: undefined }, /alternateTargetGroupArn must be specified/],
    ['no rule', { productionListenerRule: undefined }, /productionListenerRule must be specified/],
    ['no role', { roleArn: undefined }, /roleArn must be specified/],
    ['an unknown group', { alternateTargetGroupArn: 'arn:nowhere' }, /One or more target groups not found/],
    ['an unknown rule', { productionListenerRule: 'rule/none' }, /rule\/none was not found/],
    ['a rule to elsewhere', { testListenerRule: 'rule/other' }, /forwards to neither/],
    ['one rule for both', { testListenerRule: 'rule/production' }, /must be different/],
    ['nothing', null, /advancedConfiguration must be specified for each load balancer with the BLUE_GREEN/],
  ])('%s is refused', async (_name, advanced, expected) => {
    expect(await created(await opened(), blueGreen, advanced)).toMatch(expected);
  });

  test('the same group twice, or one behind no load balancer, is refused', async () => {
    const ecs = await opened();
    expect(await created(ecs, blueGreen, { alternateTargetGroupArn: ecs.one })).toMatch(/must differ/);
    const loose = ecs.two.replace('/two/', '/loose/');
    expect(await created(ecs, blueGreen, { alternateTargetGroupArn: loose })).toMatch(/associated load balancer/);
  });

  test('steps need traffic to shift; blue/green does not', async () => {
    const none = { loadBalancers: undefined } as const;
    expect(await created(await opened(), { strategy: 'CANARY' }, null, none)).toMatch(/no traffic to shift in steps/);
    expect(await created(await opened(), blueGreen, null, none)).toBe('ok');
  });

  test('an update to such a strategy needs them as well', async () => {
    const ecs = await opened();
    expect(await created(ecs, {}, null)).toBe('ok');
    const update = { service: 'web', deploymentConfiguration: blueGreen };
    expect(await outcome(ecs.call('UpdateService', update))).toMatch(/advancedConfiguration must be specified/);
    expect(await outcome(ecs.call('UpdateService', { ...update, forceNewDeployment: true }))).toMatch(
      /advancedConfiguration must be specified/,
    );
  });
});
