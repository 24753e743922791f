import { describe, expect, test } from 'vitest';
import type { DeploymentConfiguration } from '../../../protocol/generated/ecs.ts';
import { openShifting, worked, type OpenedShifting } from './contract/opened-shifting.ts';
import { InvalidHookAnswer } from '../ports.ts';
import { serviceEvents } from '../records/service-event.ts';
import { schedulerSettings } from './settings.ts';

const minute = 60_000;
const { healthyAfterMs } = schedulerSettings;
const blueGreen: DeploymentConfiguration = { strategy: 'BLUE_GREEN', bakeTimeInMinutes: 5 };
const lambda = 'arn:aws:lambda:us-east-1:123456789012:function:check';
const roleArn = 'arn:aws:iam::123456789012:role/hooks';

/** A service that runs app:1, as its first deployment left it. */
async function running(configuration: DeploymentConfiguration = blueGreen): Promise<OpenedShifting> {
  const ecs = await openShifting();
  await ecs.create(configuration);
  await worked(ecs);
  await ecs.clock.advance((configuration.bakeTimeInMinutes ?? 0) * minute);
  await worked(ecs);
  expect(ecs.rollouts().map(({ status }) => status)).toEqual(['SUCCESSFUL']);
  expect(ecs.service().steady).toBe(true);
  return ecs;
}

const last = (ecs: OpenedShifting) => {
  const row = ecs.rollouts().at(-1);
  if (row === undefined) throw new Error('no deployment');
  return row;
};

/** What its events say, oldest first. */
function said(ecs: OpenedShifting): string {
  const { account, region, cluster, name, incarnation } = ecs.service();
  const keys = ecs.db.table(serviceEvents).keys('service', `${account}/${region}/${cluster}/${name}/${incarnation}`);
  return [...keys].map((key) => ecs.db.get(serviceEvents, key)?.row.message).join('\n');
}

describe('blue/green', () => {
  test('[BG-1] [BG-9] green beside blue, test traffic, production traffic, bake, clean-up, and the groups change places', async () => {
    const ecs = await running();
    expect(ecs.shares('production')).toEqual([100, 0]);
    await ecs.update({ taskDefinition: 'app:2' });
    await ecs.settle();
    expect(ecs.counts()).toEqual({ 1: 2, 2: 2 });
    expect(last(ecs)).toMatchObject({ status: 'IN_PROGRESS', lifecycleStage: 'SCALE_UP' });
    await worked(
      ecs,
      ({ revision }) => revision === 2,
      () => false,
    );
    expect([ecs.shares('production'), ecs.shares('test')]).toEqual([
      [100, 0],
      [100, 0],
    ]);
    await worked(ecs);
    expect(last(ecs)).toMatchObject({
      lifecycleStage: 'BAKE_TIME',
      target: { productionTrafficWeight: 100, testTrafficWeight: 100 },
      sources: [{ productionTrafficWeight: 0, testTrafficWeight: 0 }],
    });
    expect([ecs.shares('production'), ecs.shares('test')]).toEqual([
      [0, 100],
      [0, 100],
    ]);
    expect(ecs.counts()).toEqual({ 1: 2, 2: 2 });
    await ecs.clock.advance(5 * minute - 1);
    expect(ecs.counts()).toEqual({ 1: 2, 2: 2 });
    await ecs.clock.advance(1);
    await worked(ecs);
    expect(last(ecs).status).toBe('SUCCESSFUL');
    expect(ecs.counts()).toEqual({ 2: 2 });
    expect(ecs.service()).toMatchObject({ steady: true, deployments: [{ rolloutState: 'COMPLETED' }] });
    const described = await ecs.api('DescribeServiceRevisions', {
      serviceRevisionArns: [
        `arn:aws:ecs:us-east-1:123456789012:service-revision/web/shop/${ecs.service().completedRevisionId}`,
      ],
    });
    expect(described.serviceRevisions?.[0]?.resolvedConfiguration?.loadBalancers).toEqual([
      { targetGroupArn: ecs.groups.two, productionListenerRule: 'rule/production' },
    ]);
    // And back again, into the first group.
    await ecs.update({ taskDefinition: 'app:3' });
    await worked(ecs);
    await ecs.clock.advance(5 * minute);
    await worked(ecs);
    expect([last(ecs).status, ecs.shares('production'), ecs.counts()]).toEqual(['SUCCESSFUL', [100, 0], { 3: 2 }]);
  });

  test('[BG-1] a service without load balancers keeps both revisions beside one another', async () => {
    const ecs = await openShifting();
    await ecs.create({ strategy: 'BLUE_GREEN', bakeTimeInMinutes: 1 }, { loadBalancers: [] });
    await worked(ecs);
    await ecs.clock.advance(healthyAfterMs);
    await ecs.clock.advance(minute);
    await worked(ecs);
    await ecs.update({ taskDefinition: 'app:2' });
    await worked(ecs);
    await ecs.clock.advance(healthyAfterMs);
    await worked(ecs);
    expect([last(ecs).lifecycleStage, ecs.counts()]).toEqual(['BAKE_TIME', { 1: 2, 2: 2 }]);
    await ecs.clock.advance(minute);
    await worked(ecs);
    expect([last(ecs).status, ecs.counts()]).toEqual(['SUCCESSFUL', { 2: 2 }]);
  });

  test('[BG-2] canary and linear shares by time, over a restart', async () => {
    for (const [configuration, expected] of [
      [
        { strategy: 'CANARY', canaryConfiguration: { canaryPercent: 2.5, canaryBakeTimeInMinutes: 3 } },
        [
          [975, 25],
          [0, 100],
          [0, 100],
        ],
      ],
      [
        { strategy: 'LINEAR', linearConfiguration: { stepPercent: 40, stepBakeTimeInMinutes: 3 } },
        [
          [60, 40],
          [20, 80],
          [0, 100],
        ],
      ],
    ] as const) {
      const ecs = await running(configuration);
      await ecs.update({ taskDefinition: 'app:2' });
      await worked(ecs);
      const seen = [ecs.shares('production')];
      for (let step = 0; step < 2; step++) {
        ecs.restart();
        await ecs.clock.advance(3 * minute);
        seen.push(ecs.shares('production'));
      }
      await worked(ecs);
      expect(seen).toEqual(expected);
      expect(last(ecs).status).toBe('SUCCESSFUL');
    }
  });

  test('[BG-10] a change of the desired count reaches both revisions', async () => {
    const ecs = await running();
    await ecs.update({ taskDefinition: 'app:2' });
    await worked(ecs);
    await ecs.update({ desiredCount: 4 });
    await worked(ecs);
    expect(ecs.counts()).toEqual({ 1: 4, 2: 4 });
    await ecs.update({ desiredCount: 1 });
    await worked(ecs);
    expect(ecs.counts()).toEqual({ 1: 1, 2: 1 });
    expect(last(ecs).lifecycleStage).toBe('BAKE_TIME');
  });

  test('[BG-10] what ends or turns unhealthy is replaced, in its own revision', async () => {
    const ecs = await running();
    await ecs.update({ taskDefinition: 'app:2' });
    await worked(ecs);
    for (const revision of [1, 2]) {
      const task = ecs.live().find((one) => one.revision === revision);
      if (task === undefined) throw new Error('no task');
      await ecs.report(task, 'STOPPED');
    }
    const sick = ecs.live()[0];
    if (sick === undefined) throw new Error('no task');
    for (const { targetGroupArn, id, port } of sick.targets ?? [])
      ecs.targets.set(targetGroupArn, { id, port }, { state: 'unhealthy' });
    await worked(ecs, undefined, () => false);
    expect(ecs.counts()).toEqual({ 1: 2, 2: 2 });
  });
});

describe('going back', () => {
  /** Bakes app:2; production traffic is shifted. */
  async function baking(configuration: DeploymentConfiguration = blueGreen): Promise<OpenedShifting> {
    const ecs = await running(configuration);
    await ecs.update({ taskDefinition: 'app:2' });
    await worked(ecs);
    expect(last(ecs).lifecycleStage).toBe('BAKE_TIME');
    return ecs;
  }

  /** All traffic is blue's, and in the end only blue is there. */
  async function expectBack(ecs: OpenedShifting): Promise<void> {
    await ecs.settle();
    expect([ecs.shares('production'), ecs.shares('test')]).toEqual([
      [100, 0],
      [100, 0],
    ]);
    await worked(ecs);
    expect(last(ecs).status).toBe('ROLLBACK_SUCCESSFUL');
    expect(ecs.counts()).toEqual({ 1: 2 });
    expect(ecs.service()).toMatchObject({ steady: true, deployments: [{ status: 'PRIMARY' }] });
  }

  test('[BG-11] StopServiceDeployment, with the weights in the same transaction as the state', async () => {
    const ecs = await baking();
    const serviceDeploymentArn = `arn:aws:ecs:us-east-1:123456789012:service-deployment/web/shop/${last(ecs).id}`;
    const blue = ecs.live().filter(({ revision }) => revision === 1);
    await ecs.api('StopServiceDeployment', { serviceDeploymentArn });
    await expectBack(ecs);
    // Blue never went.
    expect(
      ecs
        .live()
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(blue.map(({ id }) => id).toSorted());
    expect(last(ecs).statusReason).toBe('Service deployment rolled back because of a user request.');
  });

  test('[BG-11] an alarm during the bake, also without `rollback`', async () => {
    const ecs = await baking({ ...blueGreen, alarms: { enable: true, rollback: false, alarmNames: ['errors'] } });
    ecs.setAlarm('errors');
    await expectBack(ecs);
    expect(last(ecs)).toMatchObject({ alarms: 'TRIGGERED', triggeredAlarmNames: ['errors'] });
  });

  test('[BG-11] tasks that fail before any traffic', async () => {
    const ecs = await running({ ...blueGreen, deploymentCircuitBreaker: { enable: true, rollback: true } });
    await ecs.update({ taskDefinition: 'app:2' });
    for (let round = 0; round < 20; round++) {
      await ecs.work(
        () => false,
        ({ revision }) => revision === 2,
      );
      await ecs.clock.advance(2_000);
      expect(ecs.shares('production')).toEqual([100, 0]);
    }
    await expectBack(ecs);
    expect(last(ecs).circuitBreaker).toBe('TRIGGERED');
  });

  test('[BG-11] a rule that is gone', async () => {
    const ecs = await running();
    await ecs.update({ forceNewDeployment: true });
    ecs.targets.rules.delete('rule/test');
    await worked(ecs);
    expect(last(ecs)).toMatchObject({ status: 'ROLLBACK_SUCCESSFUL' });
    expect(last(ecs).statusReason).toContain('The listener rule rule/test does not forward');
    expect(ecs.shares('production')).toEqual([100, 0]);
  });

  test('[BG-11] nothing to go back to: a first deployment fails and stays', async () => {
    const ecs = await openShifting();
    await ecs.create({ ...blueGreen, deploymentCircuitBreaker: { enable: true, rollback: true } });
    for (let round = 0; round < 20; round++) {
      await ecs.work(
        () => false,
        () => true,
      );
      await ecs.clock.advance(2_000);
    }
    expect(last(ecs)).toMatchObject({
      status: 'ROLLBACK_FAILED',
      statusReason: 'No rollback candidate was found to run the rollback.',
    });
    expect(ecs.service().deployments[0]?.rolloutState).toBe('FAILED');
  });

  test('[BG-11] once blue goes there is no way back', async () => {
    const ecs = await baking();
    await ecs.clock.advance(5 * minute);
    expect(last(ecs).lifecycleStage).toBe('CLEAN_UP');
    const serviceDeploymentArn = `arn:aws:ecs:us-east-1:123456789012:service-deployment/web/shop/${last(ecs).id}`;
    await expect(ecs.api('StopServiceDeployment', { serviceDeploymentArn })).rejects.toThrow(
      /lifecycle stage is CLEAN_UP/,
    );
    await worked(ecs);
    expect(last(ecs).status).toBe('SUCCESSFUL');
  });
});

describe('changes in between', () => {
  test('[BG-12] a newer deployment takes the traffic back first, then the group of the one it overtook', async () => {
    const ecs = await running();
    await ecs.update({ taskDefinition: 'app:2' });
    await worked(ecs);
    expect(ecs.shares('production')).toEqual([0, 100]);
    await ecs.update({ taskDefinition: 'app:3' });
    await ecs.settle();
    expect(ecs.shares('production')).toEqual([100, 0]);
    expect(ecs.counts()[1]).toBe(2);
    expect(ecs.rollouts().at(-2)).toMatchObject({ status: 'STOPPED' });
    await worked(ecs);
    expect([ecs.shares('production'), ecs.counts()]).toEqual([[0, 100], { 1: 2, 3: 2 }]);
    await ecs.clock.advance(5 * minute);
    await worked(ecs);
    expect([last(ecs).status, ecs.counts()]).toEqual(['SUCCESSFUL', { 3: 2 }]);
  });

  test('[BG-12] a newer one during the clean-up leaves the traffic where it is', async () => {
    const ecs = await running();
    await ecs.update({ taskDefinition: 'app:2' });
    await worked(ecs);
    await ecs.clock.advance(5 * minute);
    expect(last(ecs).lifecycleStage).toBe('CLEAN_UP');
    await ecs.update({ taskDefinition: 'app:3' });
    await ecs.settle();
    expect(ecs.shares('production')).toEqual([0, 100]);
    await worked(ecs);
    expect([ecs.shares('production'), ecs.counts()]).toEqual([[100, 0], { 2: 2, 3: 2 }]);
  });

  test('[BG-12] a service that is deleted meanwhile ends', async () => {
    const ecs = await running();
    await ecs.update({ taskDefinition: 'app:2' });
    await worked(ecs);
    await ecs.api('DeleteService', { cluster: 'web', service: 'shop', force: true });
    await worked(ecs);
    expect([ecs.service().status, last(ecs).status, ecs.live()]).toEqual(['INACTIVE', 'STOPPED', []]);
  });

  test('[BG-12] a service goes from rolling to blue/green and back, and keeps its group when rolling', async () => {
    const ecs = await running({ strategy: 'ROLLING' });
    await ecs.update({
      taskDefinition: 'app:2',
      deploymentConfiguration: { strategy: 'BLUE_GREEN', bakeTimeInMinutes: 0 },
    });
    await worked(ecs);
    expect([last(ecs).status, ecs.shares('production'), ecs.counts()]).toEqual(['SUCCESSFUL', [0, 100], { 2: 2 }]);
    await ecs.update({ taskDefinition: 'app:3', deploymentConfiguration: { strategy: 'ROLLING' } });
    await worked(ecs);
    expect([last(ecs).status, ecs.shares('production'), ecs.counts()]).toEqual(['SUCCESSFUL', [0, 100], { 3: 2 }]);
    expect(ecs.live().flatMap(({ targets }) => targets?.map(({ targetGroupArn }) => targetGroupArn))).toEqual([
      ecs.groups.two,
      ecs.groups.two,
    ]);
  });
});

describe('hooks', () => {
  const hooked = (stages: readonly string[], more: object = {}): DeploymentConfiguration => ({
    ...blueGreen,
    lifecycleHooks: [
      { hookTargetArn: lambda, roleArn, lifecycleStages: stages as never, hookDetails: { bucket: 'b' }, ...more },
    ],
  });

  test('[BG-8] [BG-4] are called with AWS’s payload once when due, and again after their delay, over a restart', async () => {
    const ecs = await running();
    ecs.answers.push({ hookStatus: 'IN_PROGRESS', callBackDelay: 60, hookDetails: { step: 1 } });
    await ecs.update({ taskDefinition: 'app:2', deploymentConfiguration: hooked(['POST_TEST_TRAFFIC_SHIFT']) });
    await worked(ecs);
    const row = last(ecs);
    expect(ecs.calls).toEqual([
      {
        target: lambda,
        payload: {
          executionDetails: {
            serviceArn: 'arn:aws:ecs:us-east-1:123456789012:service/web/shop',
            targetServiceRevisionArn: expect.stringMatching(/:service-revision\/web\/shop\/\d{19}$/),
            testTrafficWeights: {},
            productionTrafficWeights: {},
          },
          executionId: row.hooks[0]?.id,
          lifecycleStage: 'POST_TEST_TRAFFIC_SHIFT',
          resourceArn: `arn:aws:ecs:us-east-1:123456789012:service-deployment/web/shop/${row.id}`,
          hookDetails: { bucket: 'b' },
        },
      },
    ]);
    ecs.restart();
    await ecs.clock.advance(59_000);
    expect([ecs.calls.length, ecs.shares('production')]).toEqual([1, [100, 0]]);
    await ecs.clock.advance(1_000);
    await worked(ecs);
    expect(ecs.calls[1]?.payload.hookDetails).toEqual({ bucket: 'b', step: 1 });
    expect([ecs.calls.length, ecs.shares('production')]).toEqual([2, [0, 100]]);
  });

  /** Stages of the calls, each with the share of the target revision in the one kind of traffic that the payload tells of. */
  function told(ecs: OpenedShifting): readonly string[] {
    return ecs.calls.map(({ payload: { lifecycleStage, executionDetails: details } }) => {
      const { testTrafficWeights: test, productionTrafficWeights: production } = details;
      const target = details.targetServiceRevisionArn;
      const sums = [test, production].map((weights) => Object.values(weights).reduce((sum, one) => sum + one, 0));
      expect(sums.filter((sum) => sum !== 0)).toEqual(lifecycleStage.startsWith('POST_') ? [] : [100]);
      return `${lifecycleStage} ${test[target] ?? '-'} ${production[target] ?? '-'}`;
    });
  }

  test('[BG-18] each stage tells a hook of the traffic that it shifts', async () => {
    const ecs = await running();
    const stages = [
      ...['POST_SCALE_UP', 'TEST_TRAFFIC_SHIFT', 'POST_TEST_TRAFFIC_SHIFT'],
      ...['PRE_PRODUCTION_TRAFFIC_SHIFT', 'PRODUCTION_TRAFFIC_SHIFT', 'POST_PRODUCTION_TRAFFIC_SHIFT'],
    ];
    await ecs.update({ taskDefinition: 'app:2', deploymentConfiguration: hooked(stages) });
    await worked(ecs);
    expect(told(ecs)).toEqual([
      'POST_SCALE_UP - -',
      'TEST_TRAFFIC_SHIFT 100 -',
      'POST_TEST_TRAFFIC_SHIFT - -',
      'PRE_PRODUCTION_TRAFFIC_SHIFT - 0',
      'PRODUCTION_TRAFFIC_SHIFT - 100',
      'POST_PRODUCTION_TRAFFIC_SHIFT - -',
    ]);
  });

  test('[BG-16] a canary calls the hooks of its steps twice, and each step waits for its own', async () => {
    const ecs = await running();
    ecs.answers.push({ hookStatus: 'SUCCEEDED' }, { hookStatus: 'IN_PROGRESS', callBackDelay: 600 });
    const canary = {
      strategy: 'CANARY',
      canaryConfiguration: { canaryPercent: 20, canaryBakeTimeInMinutes: 3 },
    } as const;
    await ecs.update({
      taskDefinition: 'app:2',
      deploymentConfiguration: { ...hooked(['PRE_PRODUCTION_TRAFFIC_SHIFT', 'PRODUCTION_TRAFFIC_SHIFT']), ...canary },
    });
    await worked(ecs);
    await ecs.clock.advance(3 * minute);
    await worked(ecs);
    // Baked, but the hook of the first step has not agreed.
    expect(ecs.shares('production')).toEqual([80, 20]);
    await ecs.clock.advance(7 * minute);
    await worked(ecs);
    expect(ecs.shares('production')).toEqual([0, 100]);
    expect(told(ecs)).toEqual([
      'PRE_PRODUCTION_TRAFFIC_SHIFT - 0',
      'PRODUCTION_TRAFFIC_SHIFT - 20',
      'PRODUCTION_TRAFFIC_SHIFT - 20',
      'PRE_PRODUCTION_TRAFFIC_SHIFT - 20',
      'PRODUCTION_TRAFFIC_SHIFT - 100',
    ]);
  });

  test.each([
    ['agree', [{ hookStatus: 'SUCCEEDED' }, { hookStatus: 'SUCCEEDED' }]],
    ['fail', [{ hookStatus: 'FAILED' }, new Error('gone')]],
    [
      'take their time',
      [
        { hookStatus: 'IN_PROGRESS', callBackDelay: 60 },
        { hookStatus: 'IN_PROGRESS', callBackDelay: 60 },
      ],
    ],
  ] as const)(
    '[BG-17] in a rollback the hooks that shift are told, after the traffic is back: they %s',
    async (_name, answers) => {
      const ecs = await running();
      await ecs.update({
        taskDefinition: 'app:2',
        deploymentConfiguration: hooked(['TEST_TRAFFIC_SHIFT', 'PRODUCTION_TRAFFIC_SHIFT', 'POST_SCALE_UP']),
      });
      await worked(ecs);
      expect(last(ecs).lifecycleStage).toBe('BAKE_TIME');
      ecs.calls.length = 0;
      ecs.answers.push(...answers);
      const target = last(ecs).target.revisionId;
      await ecs.api('StopServiceDeployment', {
        serviceDeploymentArn: `arn:aws:ecs:us-east-1:123456789012:service-deployment/web/shop/${last(ecs).id}`,
      });
      await ecs.settle();
      expect([ecs.shares('production'), ecs.shares('test')]).toEqual([
        [100, 0],
        [100, 0],
      ]);
      expect(told(ecs)).toEqual(['PRODUCTION_TRAFFIC_SHIFT - 0', 'TEST_TRAFFIC_SHIFT 0 -']);
      expect(ecs.calls[0]?.payload.executionDetails.targetServiceRevisionArn).toContain(target);
      await worked(ecs);
      const waits = answers.some((answer) => !(answer instanceof Error) && answer.hookStatus === 'IN_PROGRESS');
      expect(last(ecs).status).toBe(waits ? 'ROLLBACK_IN_PROGRESS' : 'ROLLBACK_SUCCESSFUL');
      expect(ecs.counts()).toEqual({ 1: 2 });
      ecs.restart();
      await ecs.clock.advance(60_000);
      await worked(ecs);
      expect([last(ecs).status, ecs.service().steady]).toEqual(['ROLLBACK_SUCCESSFUL', true]);
      expect(last(ecs).target).toMatchObject({ productionTrafficWeight: 0, testTrafficWeight: 0 });
    },
  );

  test('[BG-17] a hook that never answers holds a rollback up until its time is over', async () => {
    const ecs = await running();
    const timeoutConfiguration = { timeoutInMinutes: 10, action: 'ROLLBACK' } as const;
    await ecs.update({
      taskDefinition: 'app:2',
      deploymentConfiguration: hooked(['TEST_TRAFFIC_SHIFT'], { timeoutConfiguration }),
    });
    await worked(ecs);
    for (let call = 0; call < 20; call++) ecs.answers.push({ hookStatus: 'IN_PROGRESS', callBackDelay: 120 });
    await ecs.api('StopServiceDeployment', {
      serviceDeploymentArn: `arn:aws:ecs:us-east-1:123456789012:service-deployment/web/shop/${last(ecs).id}`,
    });
    await worked(ecs);
    await ecs.clock.advance(9 * minute);
    expect(last(ecs).status).toBe('ROLLBACK_IN_PROGRESS');
    await ecs.clock.advance(minute);
    await worked(ecs);
    expect(last(ecs).status).toBe('ROLLBACK_SUCCESSFUL');
    expect(last(ecs).hooks.at(-1)?.status).toBe('TIMED_OUT');
  });

  test.each([
    ['says FAILED', { hookStatus: 'FAILED' } as const, `Lifecycle hook target ${lambda} returned FAILED status.`],
    [
      'is not to be had',
      new Error('no endpoint'),
      `ECS was unable to invoke hook target ${lambda} due to no endpoint.`,
    ],
    [
      'says nothing',
      new InvalidHookAnswer('HookStatus must not be null'),
      `ECS was unable to parse the response from ${lambda} due to HookStatus must not be null.`,
    ],
  ])('[BG-5] one that %s rolls back', async (_name, answer, why) => {
    const ecs = await running();
    ecs.answers.push(answer);
    await ecs.update({ taskDefinition: 'app:2', deploymentConfiguration: hooked(['POST_SCALE_UP']) });
    await worked(ecs);
    expect(last(ecs)).toMatchObject({
      status: 'ROLLBACK_SUCCESSFUL',
      statusReason: `Service deployment rolled back because POST_SCALE_UP lifecycle hook(s) failed. ${why}`,
    });
    expect(said(ecs)).toContain(
      `deployment failed: Service deployment rolled back because POST_SCALE_UP lifecycle hook(s) failed. ${why}`,
    );
    expect([ecs.shares('production'), ecs.counts()]).toEqual([[100, 0], { 1: 2 }]);
  });

  test('[BG-6] a pause waits for ContinueServiceDeployment, which goes on or back', async () => {
    const pause = {
      ...blueGreen,
      lifecycleHooks: [{ targetType: 'PAUSE', lifecycleStages: ['PRE_PRODUCTION_TRAFFIC_SHIFT'] }],
    } as const;
    for (const action of ['CONTINUE', 'ROLLBACK'] as const) {
      const ecs = await running();
      await ecs.update({ taskDefinition: 'app:2', deploymentConfiguration: pause });
      await worked(ecs);
      await ecs.clock.advance(60 * minute);
      expect([ecs.shares('production'), ecs.shares('test')]).toEqual([
        [100, 0],
        [0, 100],
      ]);
      const [run] = last(ecs).hooks;
      const serviceDeploymentArn = `arn:aws:ecs:us-east-1:123456789012:service-deployment/web/shop/${last(ecs).id}`;
      const answer = (hookId: string, arn = serviceDeploymentArn) =>
        ecs.api('ContinueServiceDeployment', { serviceDeploymentArn: arn, hookId, action });
      await expect(answer('7')).rejects.toThrow(/must follow the format: ecs-\{hookType\}-\{id\}/);
      await expect(answer('ecs-pause-7')).rejects.toThrow(/either completed, unavailable, or not associated/);
      await expect(answer(run?.id ?? '', `${serviceDeploymentArn}7`)).rejects.toThrow(/does not exist/);
      await answer(run?.id ?? '');
      await worked(ecs);
      await ecs.clock.advance(5 * minute);
      await worked(ecs);
      expect(last(ecs).status).toBe(action === 'CONTINUE' ? 'SUCCESSFUL' : 'ROLLBACK_SUCCESSFUL');
      expect(ecs.calls).toEqual([]);
      await expect(answer(run?.id ?? '')).rejects.toThrow(/not allowed for service deployment in terminal states/);
    }
  });
});
