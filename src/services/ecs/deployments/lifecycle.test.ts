import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DeploymentConfiguration, DeploymentLifecycleHook } from '../../../protocol/generated/ecs.ts';
import { lifecycleStages, type HookRun, type ServiceDeploymentRecord } from '../records/service-deployment.ts';
import { advanceLifecycle, type LifecycleView } from './lifecycle.ts';
import { hookFailure, rollbackRuns } from './hook-runs.ts';
import { neededWeights, pairWeights, shiftStep } from './traffic.ts';

const minute = 60_000;

function deployment(
  configuration: Partial<DeploymentConfiguration>,
  patch: Partial<ServiceDeploymentRecord> = {},
): ServiceDeploymentRecord {
  return {
    account: '123456789012',
    region: 'us-east-1',
    cluster: 'default',
    service: 'web',
    incarnation: '1',
    id: '7',
    status: 'IN_PROGRESS',
    sources: [{ revisionId: '1', requestedTaskCount: 2 }],
    target: { revisionId: '2', requestedTaskCount: 2 },
    deploymentConfiguration: { strategy: 'BLUE_GREEN', bakeTimeInMinutes: 5, ...configuration },
    hooks: [],
    failureCount: 0,
    circuitBreaker: 'DISABLED',
    alarms: 'DISABLED',
    triggeredAlarmNames: [],
    createdAtMs: 0,
    updatedAtMs: 0,
    ...patch,
  };
}

/** Plays a deployment: time goes on to each wake, green becomes healthy and blue leaves when they may. */
function played(
  configuration: Partial<DeploymentConfiguration>,
  answer: (run: HookRun) => HookRun = (run) => ({ ...run, status: 'SUCCEEDED' }),
): { readonly seen: readonly string[]; readonly end: string; readonly atMinute: number } {
  let view: LifecycleView = {
    deployment: deployment(configuration),
    greenHealthy: false,
    blueGone: false,
    sourceCount: 1,
    nowMs: 0,
  };
  const seen: string[] = [];
  for (let step = 0; step < 1_000; step++) {
    const decision = advanceLifecycle(view);
    const shown = `${decision.deployment.lifecycleStage} ${decision.production}/${decision.test}`;
    if (seen.at(-1) !== shown) seen.push(shown);
    const atMinute = view.nowMs / minute;
    if (decision.failed !== undefined) return { seen, end: decision.failed, atMinute };
    if (decision.succeeded) return { seen, end: 'succeeded', atMinute };
    const hooks = decision.deployment.hooks.map((run) =>
      run.status === 'AWAITING_ACTION' || decision.calls.includes(run) ? answer(run) : run,
    );
    const answered = hooks.some((run, index) => run !== decision.deployment.hooks[index]);
    const changed = answered || !view.greenHealthy || (decision.blueMayGo && !view.blueGone);
    view = {
      ...view,
      deployment: { ...decision.deployment, hooks },
      greenHealthy: true,
      blueGone: decision.blueMayGo,
      nowMs: changed ? view.nowMs : (decision.wakeAtMs ?? view.nowMs + 1_000 * minute),
    };
  }
  return { seen, end: 'never ended', atMinute: view.nowMs / minute };
}

describe('stages', () => {
  test('[BG-1] blue/green: green is up before any traffic, all traffic shifts at once, blue goes after the bake', () => {
    expect(played({})).toEqual({
      seen: ['SCALE_UP 0/0', 'BAKE_TIME 100/100', 'CLEAN_UP 100/100'],
      end: 'succeeded',
      atMinute: 5,
    });
  });

  test('[BG-2] canary: a small share bakes first', () => {
    const canaryConfiguration = { canaryPercent: 20, canaryBakeTimeInMinutes: 10 };
    expect(played({ strategy: 'CANARY', canaryConfiguration })).toEqual({
      seen: ['SCALE_UP 0/0', 'PRODUCTION_TRAFFIC_SHIFT 20/100', 'BAKE_TIME 100/100', 'CLEAN_UP 100/100'],
      end: 'succeeded',
      atMinute: 15,
    });
  });

  test('[BG-2] linear: equal steps, each bakes', () => {
    const linearConfiguration = { stepPercent: 40, stepBakeTimeInMinutes: 2 };
    expect(played({ strategy: 'LINEAR', linearConfiguration, bakeTimeInMinutes: 0 })).toEqual({
      seen: ['SCALE_UP 0/0', 'PRODUCTION_TRAFFIC_SHIFT 40/100', 'PRODUCTION_TRAFFIC_SHIFT 80/100', 'CLEAN_UP 100/100'],
      end: 'succeeded',
      atMinute: 4,
    });
  });

  test('[BG-3] without healthy tasks nothing shifts', () => {
    const view = { greenHealthy: false, blueGone: false, sourceCount: 1, nowMs: 1_000 * minute };
    const decision = advanceLifecycle({ ...view, deployment: deployment({}) });
    expect(decision).toMatchObject({ production: 0, test: 0, blueMayGo: false, succeeded: false });
    expect(decision.deployment.lifecycleStage).toBe('SCALE_UP');
  });
});

describe('hooks', () => {
  const lambda = (stage: DeploymentLifecycleHook['lifecycleStages'], more: object = {}): DeploymentLifecycleHook => ({
    targetType: 'AWS_LAMBDA',
    hookTargetArn: 'arn:aws:lambda:us-east-1:123456789012:function:check',
    lifecycleStages: stage,
    ...more,
  });

  test('[BG-4] a hook is called once when its stage begins, and again when it asks for it', () => {
    const calls: string[] = [];
    const { end } = played({ lifecycleHooks: [lambda(['POST_SCALE_UP', 'POST_PRODUCTION_TRAFFIC_SHIFT'])] }, (run) => {
      calls.push(run.stage);
      if (calls.length > 1) return { ...run, status: 'SUCCEEDED' };
      return { ...run, nextCallAtMs: run.startedAtMs + 30_000 };
    });
    expect(end).toBe('succeeded');
    expect(calls).toEqual(['POST_SCALE_UP', 'POST_SCALE_UP', 'POST_PRODUCTION_TRAFFIC_SHIFT']);
  });

  test('[BG-5] a hook that fails ends the deployment before its traffic moves on', () => {
    const { seen, end } = played({ lifecycleHooks: [lambda(['POST_TEST_TRAFFIC_SHIFT'])] }, (run) => ({
      ...run,
      status: 'FAILED',
    }));
    expect(end).toBe(
      'POST_TEST_TRAFFIC_SHIFT lifecycle hook(s) failed. Lifecycle hook target arn:aws:lambda:us-east-1:123456789012:function:check returned FAILED status.',
    );
    expect(seen.at(-1)).toBe('POST_TEST_TRAFFIC_SHIFT 0/100');
  });

  test.each([
    ['ROLLBACK', 'PRE_SCALE_UP pause hook timed out.', 10],
    ['CONTINUE', 'succeeded', 15],
  ] as const)('[BG-6] a pause nobody answers: %s', (action, want, atMinute) => {
    const pause = {
      targetType: 'PAUSE' as const,
      lifecycleStages: ['PRE_SCALE_UP' as const],
      timeoutConfiguration: { timeoutInMinutes: 10, action },
    };
    const made = played({ lifecycleHooks: [pause] }, (run) => run);
    expect(made).toMatchObject({ end: want, atMinute });
  });

  test('[BG-16] a shift in steps calls the hooks of its two stages before and in each step, with ids of their own', () => {
    const stages = [
      'PRE_PRODUCTION_TRAFFIC_SHIFT',
      'PRODUCTION_TRAFFIC_SHIFT',
      'POST_PRODUCTION_TRAFFIC_SHIFT',
    ] as const;
    for (const [configuration, steps] of [
      [{ strategy: 'CANARY' }, 2],
      [{ strategy: 'LINEAR', linearConfiguration: { stepPercent: 20, stepBakeTimeInMinutes: 1 } }, 5],
      [{ strategy: 'LINEAR', linearConfiguration: { stepPercent: 20, stepBakeTimeInMinutes: 0 } }, 5],
      [{ strategy: 'BLUE_GREEN' }, 1],
    ] as const) {
      const ids: string[] = [];
      const calls: string[] = [];
      const { end } = played({ ...configuration, lifecycleHooks: [lambda([...stages])] }, (run) => {
        ids.push(run.id);
        calls.push(run.stage);
        return { ...run, status: 'SUCCEEDED' };
      });
      const each = Array.from({ length: steps }, () => stages.slice(0, 2)).flat();
      expect([end, calls, new Set(ids).size]).toEqual(['succeeded', [...each, stages[2]], ids.length]);
    }
  });

  test('[BG-16] before a step the share of the step before it stays, also while a pause holds it', () => {
    const pause = { targetType: 'PAUSE', lifecycleStages: ['PRE_PRODUCTION_TRAFFIC_SHIFT'] } as const;
    const linearConfiguration = { stepPercent: 50, stepBakeTimeInMinutes: 1 };
    const { seen } = played({ strategy: 'LINEAR', linearConfiguration, bakeTimeInMinutes: 0, lifecycleHooks: [pause] });
    expect(seen).toEqual([
      'SCALE_UP 0/0',
      'PRE_PRODUCTION_TRAFFIC_SHIFT 0/100',
      'PRODUCTION_TRAFFIC_SHIFT 50/100',
      'PRE_PRODUCTION_TRAFFIC_SHIFT 50/100',
      'CLEAN_UP 100/100',
    ]);
  });

  test('[BG-17] in a rollback the hooks of the shifts that were begun run again; what was open is not waited for', () => {
    const hooks = [
      lambda(['TEST_TRAFFIC_SHIFT', 'PRODUCTION_TRAFFIC_SHIFT', 'POST_SCALE_UP']),
      { targetType: 'PAUSE', lifecycleStages: ['POST_TEST_TRAFFIC_SHIFT'] },
    ] as const;
    const open = { hook: 1, status: 'AWAITING_ACTION', startedAtMs: 0, expiresAtMs: minute } as const;
    const stages = (lifecycleStage: ServiceDeploymentRecord['lifecycleStage']): readonly string[] => {
      const run: HookRun = { ...open, id: 'open', stage: 'POST_TEST_TRAFFIC_SHIFT' };
      const patch = { hooks: [run], ...(lifecycleStage === undefined ? {} : { lifecycleStage }) };
      const runs = rollbackRuns(deployment({ lifecycleHooks: [...hooks] }, patch), 5);
      expect(new Set(runs.map(({ id }) => id)).size).toBe(runs.length);
      expect(runs.every(({ status, startedAtMs }) => status === 'IN_PROGRESS' && startedAtMs === 5)).toBe(true);
      return runs.map(({ stage }) => stage);
    };
    expect(stages(undefined)).toEqual([]);
    expect(stages('SCALE_UP')).toEqual([]);
    expect(stages('POST_TEST_TRAFFIC_SHIFT')).toEqual(['TEST_TRAFFIC_SHIFT']);
    expect(stages('BAKE_TIME')).toEqual(['PRODUCTION_TRAFFIC_SHIFT', 'TEST_TRAFFIC_SHIFT']);
  });

  test('[BG-5] the reasons, in AWS’s words where AWS has them', () => {
    const of = (hook: DeploymentLifecycleHook, patch: Partial<HookRun>): string | undefined => {
      const base = { id: 'x', hook: 0, stage: 'POST_SCALE_UP', startedAtMs: 0, expiresAtMs: 0 } as const;
      const run: HookRun = { ...base, status: 'FAILED', ...patch };
      return hookFailure(deployment({ lifecycleHooks: [hook] }, { hooks: [run] }));
    };
    const pause: DeploymentLifecycleHook = { targetType: 'PAUSE', lifecycleStages: ['POST_SCALE_UP'] };
    const function_ = lambda(['POST_SCALE_UP']);
    expect(of(function_, { reason: 'ECS was unable to …' })).toBe(
      'POST_SCALE_UP lifecycle hook(s) failed. ECS was unable to …',
    );
    expect(of(function_, { status: 'TIMED_OUT' })).toBe('POST_SCALE_UP lifecycle hook(s) timed out.');
    expect(of(pause, { status: 'TIMED_OUT' })).toBe('POST_SCALE_UP pause hook timed out.');
    expect(of(pause, {})).toBe('the POST_SCALE_UP pause hook was continued with ROLLBACK.');
    expect(of(pause, { status: 'SUCCEEDED' })).toBeUndefined();
  });

  test('[BG-16] however many steps, a bounded number of runs is kept', () => {
    let kept = 0;
    const linearConfiguration = { stepPercent: 3, stepBakeTimeInMinutes: 0 };
    const two = ['PRE_PRODUCTION_TRAFFIC_SHIFT' as const, 'PRODUCTION_TRAFFIC_SHIFT' as const];
    let view: LifecycleView = {
      deployment: deployment({ strategy: 'LINEAR', linearConfiguration, lifecycleHooks: [lambda(two)] }),
      ...{ greenHealthy: true, blueGone: true, sourceCount: 1, nowMs: 0 },
    };
    for (let step = 0; step < 100; step++) {
      const { deployment: next, calls } = advanceLifecycle(view);
      kept = Math.max(kept, next.hooks.length);
      const hooks = next.hooks.map((run) => (calls.includes(run) ? { ...run, status: 'SUCCEEDED' as const } : run));
      view = { ...view, deployment: { ...next, hooks } };
    }
    expect(view.deployment.lifecycleStage).toBe('BAKE_TIME');
    expect(kept).toBe(51);
  });

  test('[BG-7] whatever the hooks and steps, it ends; traffic to green never falls and never flows before green is up', () => {
    const stage = fc.constantFrom(...lifecycleStages.filter((one) => !/^(?:SCALE_UP|BAKE_TIME|CLEAN_UP)$/.test(one)));
    const hook = fc.record({
      targetType: fc.constantFrom('PAUSE' as const, 'AWS_LAMBDA' as const),
      lifecycleStages: fc.uniqueArray(stage, { minLength: 1, maxLength: 4 }) as fc.Arbitrary<never[]>,
      timeoutConfiguration: fc.record({
        timeoutInMinutes: fc.integer({ min: 1, max: 60 }),
        action: fc.constantFrom('CONTINUE' as const, 'ROLLBACK' as const),
      }),
    });
    const configuration = fc.record({
      strategy: fc.constantFrom('BLUE_GREEN' as const, 'LINEAR' as const, 'CANARY' as const),
      bakeTimeInMinutes: fc.integer({ min: 0, max: 60 }),
      lifecycleHooks: fc.array(hook, { maxLength: 3 }),
      linearConfiguration: fc.record({
        stepPercent: fc.integer({ min: 3, max: 100 }),
        stepBakeTimeInMinutes: fc.integer({ min: 0, max: 30 }),
      }),
      canaryConfiguration: fc.record({
        canaryPercent: fc.integer({ min: 1, max: 100 }),
        canaryBakeTimeInMinutes: fc.integer({ min: 0, max: 30 }),
      }),
    });
    const status = fc.constantFrom('SUCCEEDED' as const, 'FAILED' as const, 'AWAITING' as const);
    fc.assert(
      fc.property(configuration, fc.array(status, { minLength: 1 }), (given, answers) => {
        let asked = 0;
        const { seen, end } = played(given, (run) => {
          const answer = answers[asked++ % answers.length];
          return answer === undefined || answer === 'AWAITING' ? run : { ...run, status: answer };
        });
        expect(end).not.toBe('never ended');
        const production = seen.map((line) => Number(/ (\d+)\//.exec(line)?.[1]));
        expect(production).toEqual(production.toSorted((a, b) => a - b));
        for (const line of seen) if (/^(?:PRE_)?SCALE_UP/.test(line)) expect(line).toMatch(/ 0\/0$/);
      }),
      { numRuns: 500 },
    );
  });
});

test('[BG-2] shares of a shift, and the weights that make them', () => {
  expect(shiftStep({ strategy: 'BLUE_GREEN' }, 0)).toEqual({ percent: 100, bakeMs: 0 });
  expect(shiftStep({ strategy: 'LINEAR' }, 1)).toEqual({ percent: 20, bakeMs: 6 * minute });
  expect(shiftStep({ strategy: 'LINEAR' }, 9)).toEqual({ percent: 100, bakeMs: 0 });
  const thirds = { strategy: 'LINEAR', linearConfiguration: { stepPercent: 33.3 } } as const;
  expect([0, 1, 2, 3].map((step) => shiftStep(thirds, step).percent)).toEqual([33.3, 66.6, 99.9, 100]);
  expect(shiftStep({ strategy: 'CANARY' }, 0)).toEqual({ percent: 5, bakeMs: 10 * minute });
  expect(shiftStep({ strategy: 'CANARY' }, 1)).toEqual({ percent: 100, bakeMs: 0 });
  const pair = { to: 'green', from: 'blue' };
  expect(pairWeights(pair, 20).map(({ weight }) => weight)).toEqual([20, 80]);
  expect(pairWeights(pair, 0.1).map(({ weight }) => weight)).toEqual([1, 999]);
  expect(pairWeights(pair, 99.9).map(({ weight }) => weight)).toEqual([999, 1]);
  const present = [{ targetGroupArn: 'other', weight: 7 }, ...pairWeights(pair, 100)];
  expect(neededWeights(present, pair, 100)).toBeUndefined();
  expect(neededWeights(present, pair, 40)).toEqual(pairWeights(pair, 40));
});

test('[BG-2] a first deployment takes all traffic in one step', () => {
  const first = deployment({ strategy: 'LINEAR' }, { sources: [], lifecycleStage: 'PRODUCTION_TRAFFIC_SHIFT' });
  const view = { greenHealthy: true, blueGone: true, sourceCount: 0, nowMs: 0 };
  expect(advanceLifecycle({ deployment: first, ...view })).toMatchObject({
    production: 100,
    deployment: { lifecycleStage: 'BAKE_TIME' },
  });
});

test('[BG-3] what was overtaken is gone before anything else begins', () => {
  const sources = ['1', '2'].map((revisionId) => ({ revisionId, requestedTaskCount: 2 }));
  const view = { greenHealthy: true, blueGone: false, sourceCount: 2, nowMs: 0 };
  const stageOf = (reconciled: boolean) =>
    advanceLifecycle({ ...view, deployment: deployment({}, { sources }), reconciled }).deployment.lifecycleStage;
  expect(stageOf(false)).toBe('RECONCILE_SERVICE');
  expect(stageOf(true)).toBe('BAKE_TIME');
});

test('[BG-3] a pause is no excuse: nothing shifts unless green is healthy then', () => {
  const held = deployment({}, { lifecycleStage: 'PRE_PRODUCTION_TRAFFIC_SHIFT' });
  const view = { greenHealthy: false, blueGone: false, sourceCount: 1, nowMs: 0 };
  expect(advanceLifecycle({ ...view, deployment: held })).toMatchObject({ production: 0, test: 100, succeeded: false });
});
