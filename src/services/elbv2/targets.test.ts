import { describe, expect, test } from 'vitest';
import { Conflict, InvalidArgument, NotFound } from '../../kernel/index.ts';
import { newTargetGroup, openElbv2, outcome, scope, smallSetUp, type OpenedElbv2 } from './contract/opened-elbv2.ts';
import { beingRegistered } from './records/target.ts';
import { decideTarget } from './targets/targets-controller.ts';

const initial = {
  State: 'initial',
  Reason: 'Elb.RegistrationInProgress',
  Description: 'Target registration is in progress',
};
const notInUse = {
  State: 'unused',
  Reason: 'Target.NotInUse',
  Description: 'Target group is not configured to receive traffic from the load balancer',
};
const notRegistered = {
  State: 'unused',
  Reason: 'Target.NotRegistered',
  Description: 'Target is not registered to the target group',
};
const draining = {
  State: 'draining',
  Reason: 'Target.DeregistrationInProgress',
  Description: 'Target deregistration is in progress',
};

async function health(opened: OpenedElbv2, arn: string, ...targets: readonly { Id: string; Port?: number }[]) {
  const { TargetHealthDescriptions = [] } = await opened.call('DescribeTargetHealth', {
    TargetGroupArn: arn,
    ...(targets.length === 0 ? {} : { Targets: targets }),
  });
  return TargetHealthDescriptions;
}

const states = async (opened: OpenedElbv2, arn: string) =>
  (await health(opened, arn)).map(({ Target, TargetHealth }) => `${Target?.Id}:${Target?.Port} ${TargetHealth?.State}`);

describe('RegisterTargets', () => {
  test('[LB-30] a target has the group’s port unless it has one of its own, and the zone of its address', async () => {
    const opened = await openElbv2();
    const { targetGroup } = await smallSetUp(opened);
    await opened.call('RegisterTargets', {
      TargetGroupArn: targetGroup,
      Targets: [
        { Id: '172.31.0.9' },
        { Id: '172.31.16.9', Port: 81 },
        { Id: '10.9.0.1', AvailabilityZone: 'all' },
        { Id: '172.31.32.9' },
      ],
    });
    // Those of one transaction are in the order of their addresses.
    expect(await health(opened, targetGroup)).toEqual([
      {
        Target: { Id: '10.9.0.1', Port: 8080, AvailabilityZone: 'all' },
        HealthCheckPort: '8080',
        TargetHealth: initial,
      },
      {
        Target: { Id: '172.31.0.9', Port: 8080, AvailabilityZone: 'us-east-1a' },
        HealthCheckPort: '8080',
        TargetHealth: initial,
      },
      {
        Target: { Id: '172.31.16.9', Port: 81, AvailabilityZone: 'us-east-1b' },
        HealthCheckPort: '81',
        TargetHealth: initial,
      },
      // The load balancer is not in the third zone.
      {
        Target: { Id: '172.31.32.9', Port: 8080, AvailabilityZone: 'us-east-1c' },
        HealthCheckPort: '8080',
        TargetHealth: {
          State: 'unused',
          Reason: 'Target.NotInUse',
          Description: 'Target is in an Availability Zone that is not enabled for the load balancer',
        },
      },
    ]);
  });

  test('[LB-30] an instance is found by EC2; a check on a port of its own is shown', async () => {
    const opened = await openElbv2();
    const arn = await newTargetGroup(opened, 'i', { TargetType: 'instance', HealthCheckPort: '9000' });
    await opened.call('RegisterTargets', { TargetGroupArn: arn, Targets: [{ Id: 'i-0123456789abcdef0' }] });
    expect(await health(opened, arn)).toEqual([
      { Target: { Id: 'i-0123456789abcdef0', Port: 8080 }, HealthCheckPort: '9000', TargetHealth: notInUse },
    ]);
  });

  test.each([
    {
      type: 'ip',
      target: { Id: 'i-0123456789abcdef0' },
      want: "ValidationError: The IP address 'i-0123456789abcdef0' is not a valid IPv4 address",
    },
    {
      type: 'ip',
      target: { Id: '172.31.0.256' },
      want: "ValidationError: The IP address '172.31.0.256' is not a valid IPv4 address",
    },
    {
      type: 'ip',
      target: { Id: '10.0.0.1' },
      want: "ValidationError: The Availability Zone is required for IP address '10.0.0.1' because it is not in the VPC",
    },
    {
      type: 'ip',
      target: { Id: '8.8.8.8', AvailabilityZone: 'all' },
      want: "ValidationError: The IP address '8.8.8.8' must be in the VPC or in one of the ranges 10.0.0.0/8, 100.64.0.0/10, 172.16.0.0/12, 192.168.0.0/16",
    },
    {
      type: 'ip',
      target: { Id: '172.31.0.9', AvailabilityZone: 'all' },
      want: "ValidationError: The IP address '172.31.0.9' is within the VPC, and cannot have its Availability Zone overridden to 'all' from 'us-east-1a'",
    },
    {
      type: 'ip',
      target: { Id: '10.0.0.1', AvailabilityZone: 'mars-1a' },
      want: "ValidationError: The Availability Zone 'mars-1a' is not valid",
    },
    { type: 'instance', target: { Id: '172.31.0.9' }, want: "ValidationError: Instance ID '172.31.0.9' is not valid" },
    {
      type: 'instance',
      target: { Id: 'i-0aaaaaaaaaaaaaaaa' },
      want: "InvalidTarget: The following targets are not in a running state and cannot be registered: 'i-0aaaaaaaaaaaaaaaa'",
    },
    {
      type: 'instance',
      target: { Id: 'i-0123456789abcdef0', AvailabilityZone: 'us-east-1a' },
      want: 'ValidationError: You cannot specify an Availability Zone for target groups with target type instance',
    },
    {
      type: 'ip',
      target: { Id: '172.31.0.9', QuicServerId: '0x1' },
      want: 'ValidationError: QuicServerId is not implemented by Longshore',
    },
  ] as const)('[LB-31] refuses $want, and registers none of the others either', async ({ type, target, want }) => {
    const opened = await openElbv2();
    const arn = await newTargetGroup(opened, 'g', { TargetType: type });
    const good = type === 'ip' ? { Id: '172.31.0.5' } : { Id: 'i-0123456789abcdef0' };
    expect(await outcome(opened.call('RegisterTargets', { TargetGroupArn: arn, Targets: [good, target] }))).toBe(want);
    expect(await health(opened, arn)).toEqual([]);
  });

  test('[LB-32] a thousand fit into a group, in several transactions; one more does not', async () => {
    const opened = await openElbv2();
    const arn = await newTargetGroup(opened);
    const Targets = Array.from({ length: 1_000 }, (_, index) => ({ Id: '172.31.0.9', Port: index + 1 }));
    await opened.call('RegisterTargets', { TargetGroupArn: arn, Targets });
    expect(await health(opened, arn)).toHaveLength(1_000);
    await opened.call('RegisterTargets', { TargetGroupArn: arn, Targets: Targets.slice(0, 10) });
    expect(
      await outcome(opened.call('RegisterTargets', { TargetGroupArn: arn, Targets: [{ Id: '172.31.0.8' }] })),
    ).toBe(`TooManyTargets: The target group '${arn}' can have at most 1000 targets`);
    await opened.call('DeleteTargetGroup', { TargetGroupArn: arn });
    await opened.pass();
    expect([...opened.db.table((await import('./records/target.ts')).targets).values('group')]).toEqual([]);
  });
});

describe('DeregisterTargets', () => {
  test('[LB-33] a target drains for the group’s delay, then it is not there', async () => {
    const opened = await openElbv2();
    const { targetGroup } = await smallSetUp(opened);
    await opened.call('ModifyTargetGroupAttributes', {
      TargetGroupArn: targetGroup,
      Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '60' }],
    });
    const Targets = [{ Id: '172.31.0.9' }, { Id: '172.31.0.10' }];
    await opened.call('RegisterTargets', { TargetGroupArn: targetGroup, Targets });
    await opened.call('DeregisterTargets', {
      TargetGroupArn: targetGroup,
      Targets: [Targets[0]!, { Id: '172.31.0.11' }],
    });
    await opened.pass(59_000);
    expect((await health(opened, targetGroup, Targets[0]!))[0]?.TargetHealth).toEqual(draining);
    await opened.pass(2_000);
    expect((await health(opened, targetGroup, Targets[0]!))[0]?.TargetHealth).toEqual(notRegistered);
    expect(await states(opened, targetGroup)).toEqual(['172.31.0.10:8080 initial']);
  });

  test('[LB-33] one that drains can be registered again, and is a new target then', async () => {
    const opened = await openElbv2();
    const { targetGroup } = await smallSetUp(opened);
    const input = { TargetGroupArn: targetGroup, Targets: [{ Id: '172.31.0.9' }] };
    await opened.call('RegisterTargets', input);
    await opened.call('DeregisterTargets', input);
    await opened.call('RegisterTargets', input);
    await opened.pass(400_000);
    expect((await health(opened, targetGroup))[0]?.TargetHealth).toEqual(initial);
  });

  test('[LB-34] it is gone at once where no listener uses the group, or the delay is nothing', async () => {
    const opened = await openElbv2();
    const unused = await newTargetGroup(opened, 'unused');
    const input = { TargetGroupArn: unused, Targets: [{ Id: '172.31.0.9' }] };
    await opened.call('RegisterTargets', input);
    expect((await health(opened, unused))[0]?.TargetHealth).toEqual(notInUse);
    await opened.call('DeregisterTargets', input);
    expect(await health(opened, unused)).toEqual([]);
  });

  test('[LB-34] draining ends when the group goes out of use', async () => {
    const opened = await openElbv2();
    const { targetGroup, listener } = await smallSetUp(opened);
    const input = { TargetGroupArn: targetGroup, Targets: [{ Id: '172.31.0.9' }] };
    await opened.call('RegisterTargets', input);
    await opened.call('DeregisterTargets', input);
    await opened.call('DeleteListener', { ListenerArn: listener });
    await opened.pass(1);
    expect(await health(opened, targetGroup)).toEqual([]);
  });
});

describe('what becomes of a target', () => {
  const checked = { state: 'healthy' } as const;
  const cases = [
    { group: 'gone', state: 'registered', health: checked, want: { act: 'remove' } },
    { group: 'gone', state: 'draining', health: checked, want: { act: 'remove' } },
    { group: 'unused', state: 'draining', health: checked, want: { act: 'remove' } },
    { group: 'unused', state: 'registered', health: checked, want: { act: 'forget-health' } },
    { group: 'unused', state: 'registered', health: beingRegistered, want: { act: 'keep' } },
    { group: 'used', state: 'registered', health: checked, want: { act: 'keep' } },
    { group: 'used', state: 'draining', health: checked, drainDeadlineMs: 101, want: { act: 'keep', wakeAtMs: 101 } },
    { group: 'used', state: 'draining', health: checked, drainDeadlineMs: 100, want: { act: 'remove' } },
  ] as const;
  test.each(cases)('[LB-35] $state in a group that is $group: $want.act', ({ group, want, ...target }) => {
    expect(decideTarget(target, group, 100)).toEqual(want);
  });
});

describe('the registrar', () => {
  test('[LB-36] works within the caller’s transaction and tells of changes', async () => {
    const opened = await openElbv2();
    const { targetGroup, loadBalancer } = await smallSetUp(opened);
    const { registrar } = opened.service;
    const told: string[] = [];
    const stop = registrar.onTargetsChanged((arn) => told.push(arn));
    expect(registrar.targetGroup(scope, targetGroup)).toMatchObject({
      name: 'web',
      targetType: 'ip',
      protocol: 'HTTP',
      port: 8080,
      vpcId: 'vpc-1',
      loadBalancerArns: [loadBalancer],
      deregistrationDelayMs: 300_000,
      healthCheck: {
        protocol: 'HTTP',
        intervalMs: 30_000,
        timeoutMs: 5_000,
        healthyThreshold: 5,
        unhealthyThreshold: 2,
      },
    });
    const target = { id: '172.31.0.9', port: 80 };
    await expect(
      opened.db.transact((tx) => {
        registrar.register(tx, scope, targetGroup, [target]);
        throw new Conflict('the caller thinks better of it');
      }),
    ).rejects.toThrow(Conflict);
    expect(registrar.health(scope, targetGroup, target)).toBeUndefined();
    await opened.db.transact((tx) => registrar.register(tx, scope, targetGroup, [target]));
    expect(registrar.health(scope, targetGroup, target)).toEqual({
      state: 'initial',
      reason: 'Elb.RegistrationInProgress',
      description: 'Target registration is in progress',
    });
    await opened.db.transact((tx) => registrar.deregister(tx, scope, targetGroup, [target]));
    expect(registrar.health(scope, targetGroup, target)?.state).toBe('draining');
    expect(told).toEqual([targetGroup, targetGroup]);
    stop();
    await opened.db.transact((tx) => registrar.register(tx, scope, targetGroup, [target]));
    expect(told).toHaveLength(2);
  });

  test('[LB-36] says what is wrong by the class of the error', async () => {
    const opened = await openElbv2();
    const { targetGroup } = await smallSetUp(opened);
    const { registrar } = opened.service;
    const other = { account: '999999999999', region: scope.region };
    const register = (where: typeof scope, arn: string, ...ids: readonly string[]) =>
      opened.db.transact((tx) =>
        registrar.register(
          tx,
          where,
          arn,
          ids.map((id) => ({ id })),
        ),
      );
    await expect(register(other, targetGroup, '172.31.0.9')).rejects.toThrow(NotFound);
    await expect(register(scope, `${targetGroup}0`, '172.31.0.9')).rejects.toThrow(NotFound);
    await expect(register(scope, targetGroup, 'nonsense')).rejects.toThrow(InvalidArgument);
    await expect(register(scope, targetGroup, ...Array.from({ length: 51 }, () => '172.31.0.9'))).rejects.toThrow(
      InvalidArgument,
    );
    expect(registrar.targetGroup(other, targetGroup)).toBeUndefined();
    await opened.db.transact((tx) => registrar.deregister(tx, other, targetGroup, [{ id: '172.31.0.9' }]));
  });

  test('[LB-36] an instance’s address may come from who knows it', async () => {
    const opened = await openElbv2();
    const arn = await newTargetGroup(opened, 'i', { TargetType: 'instance' });
    const target = { id: 'i-0bbbbbbbbbbbbbbbb', port: 32_768, address: '127.0.0.1' };
    await opened.db.transact((tx) => opened.service.registrar.register(tx, scope, arn, [target]));
    expect(await states(opened, arn)).toEqual(['i-0bbbbbbbbbbbbbbbb:32768 unused']);
  });

  test('[LB-37] shifts weights of a listener and of a rule, and nothing else', async () => {
    const opened = await openElbv2();
    const { listener, targetGroup, loadBalancer } = await smallSetUp(opened);
    const green = await newTargetGroup(opened, 'green');
    const { registrar } = opened.service;
    expect(registrar.forward(scope, listener)).toEqual({
      loadBalancerArn: loadBalancer,
      listenerArn: listener,
      listenerPort: 80,
      listenerProtocol: 'HTTP',
      targetGroups: [{ targetGroupArn: targetGroup, weight: 1 }],
    });
    const shift = (arn: string, blue: number, toGreen: number) =>
      opened.db.transact((tx) =>
        registrar.setWeights(tx, scope, arn, [
          { targetGroupArn: targetGroup, weight: blue },
          { targetGroupArn: green, weight: toGreen },
        ]),
      );
    await shift(listener, 90, 10);
    expect(registrar.weights(scope, listener)).toEqual([
      { targetGroupArn: targetGroup, weight: 90 },
      { targetGroupArn: green, weight: 10 },
    ]);
    const { Rules } = await opened.call('CreateRule', {
      ListenerArn: listener,
      Priority: 1,
      Conditions: [{ Field: 'path-pattern', Values: ['/a'] }],
      Actions: [
        {
          Type: 'forward',
          ForwardConfig: {
            TargetGroups: [{ TargetGroupArn: targetGroup, Weight: 1 }],
            TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 60 },
          },
        },
      ],
    });
    const rule = Rules?.[0]?.RuleArn ?? '';
    await shift(rule, 0, 999);
    expect(registrar.weights(scope, rule)?.map(({ weight }) => weight)).toEqual([0, 999]);
    expect(registrar.weights(scope, listener)?.map(({ weight }) => weight)).toEqual([90, 10]);
    const shown = await opened.call('DescribeRules', { RuleArns: [rule] });
    expect(shown.Rules?.[0]?.Actions?.[0]?.ForwardConfig?.TargetGroupStickinessConfig).toEqual({
      Enabled: true,
      DurationSeconds: 60,
    });
    await expect(shift(rule, 0, 1_000)).rejects.toThrow(InvalidArgument);
    await expect(shift(`${rule}0`, 0, 1)).rejects.toThrow(NotFound);
    await opened.call('ModifyRule', {
      RuleArn: rule,
      Actions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '503' } }],
    });
    await expect(shift(rule, 0, 1)).rejects.toThrow(InvalidArgument);
    expect(registrar.weights(scope, rule)).toBeUndefined();
  });
});
