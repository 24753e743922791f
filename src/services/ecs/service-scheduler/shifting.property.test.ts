import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scope } from '../contract/opened-ecs.ts';
import type { TargetGroupWeight } from '../ports.ts';
import { openShifting, rules, worked, type OpenedShifting } from './contract/opened-shifting.ts';

const minute = 60_000;

type Act =
  | { readonly do: 'deploy'; readonly revision: number }
  | { readonly do: 'scale'; readonly count: number }
  | { readonly do: 'stop' | 'kill' | 'restart' }
  | { readonly do: 'work'; readonly rounds: number; readonly broken: boolean }
  | { readonly do: 'wait'; readonly minutes: number };

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('deploy' as const), revision: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('scale' as const), count: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('stop' as const, 'kill' as const, 'restart' as const) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('work' as const),
      rounds: fc.integer({ min: 1, max: 6 }),
      broken: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 4 }) }) },
);

/** Tasks that are to run and whose targets in a group are healthy. */
function healthyIn(ecs: OpenedShifting, group: string): number {
  return ecs
    .live()
    .filter(
      ({ desiredStatus, targets = [] }) =>
        desiredStatus === 'RUNNING' &&
        targets.some(
          ({ targetGroupArn, id, port }) =>
            targetGroupArn === group && ecs.targets.health(scope, group, { id, port })?.state === 'healthy',
        ),
    ).length;
}

/** Looks at every change of the production rule. */
function watched(ecs: OpenedShifting, problems: string[]): void {
  const set = ecs.targets.setWeights.bind(ecs.targets);
  ecs.targets.setWeights = (tx, at, rule, weights) => {
    const before = new Map(ecs.targets.weights(at, rule)?.map((one) => [one.targetGroupArn, one.weight]));
    set(tx, at, rule, weights);
    if (rule !== rules.production) return;
    const sum = weights.reduce((total, { weight }) => total + weight, 0);
    if (sum !== 100 && sum !== 1_000) problems.push(`weights sum to ${sum}`);
    const got = (one: TargetGroupWeight): boolean => one.weight > 0 && (before.get(one.targetGroupArn) ?? 0) === 0;
    const [primary] = ecs.service().deployments;
    const back = ecs.rollouts().at(-1)?.status !== 'IN_PROGRESS' || primary === undefined;
    // Traffic that goes back goes to what had it before, whatever became of that since.
    for (const { targetGroupArn } of back ? [] : weights.filter(got))
      if (targetGroupArn !== groupOfCompleted(ecs) && healthyIn(ecs, targetGroupArn) < 1)
        problems.push(`traffic goes to ${targetGroupArn}, where nothing is healthy`);
  };
}

/** Where the revision that completed last has its tasks. */
function groupOfCompleted(ecs: OpenedShifting): string | undefined {
  const { completedRevisionId, deployments } = ecs.service();
  const id = deployments.find(({ revisionId }) => revisionId === completedRevisionId)?.id;
  return ecs.live().find(({ startedBy }) => startedBy === id)?.targets?.[0]?.targetGroupArn;
}

async function perform(ecs: OpenedShifting, one: Act): Promise<void> {
  switch (one.do) {
    case 'deploy':
      return void (await ecs.update({ taskDefinition: `app:${one.revision}`, forceNewDeployment: true }));
    case 'scale':
      return void (await ecs.update({ desiredCount: one.count }));
    case 'stop': {
      const row = ecs.rollouts().at(-1);
      const serviceDeploymentArn = `arn:aws:ecs:us-east-1:123456789012:service-deployment/web/shop/${row?.id}`;
      return void (await ecs.api('StopServiceDeployment', { serviceDeploymentArn }).catch(() => undefined));
    }
    case 'kill': {
      const task = ecs.live().find(({ lastStatus }) => lastStatus === 'RUNNING');
      return void (task === undefined ? undefined : await ecs.report(task, 'STOPPED'));
    }
    case 'restart':
      return ecs.restart();
    case 'work':
      for (let round = 0; round < one.rounds; round++)
        await ecs.work(
          () => false,
          ({ revision }) => one.broken && revision === 2,
        );
      return;
    default:
      await ecs.clock.advance(one.minutes * minute);
  }
}

const lambda = 'arn:aws:lambda:us-east-1:123456789012:function:check';
const roleArn = 'arn:aws:iam::123456789012:role/hooks';
const hookStages = [
  ...(['PRE_SCALE_UP', 'POST_SCALE_UP', 'TEST_TRAFFIC_SHIFT', 'POST_TEST_TRAFFIC_SHIFT'] as const),
  ...(['PRE_PRODUCTION_TRAFFIC_SHIFT', 'PRODUCTION_TRAFFIC_SHIFT', 'POST_PRODUCTION_TRAFFIC_SHIFT'] as const),
];

/** What hooks answer, in turn; then they agree. */
const answers = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant({ hookStatus: 'SUCCEEDED' as const }) },
    { weight: 3, arbitrary: fc.constant({ hookStatus: 'IN_PROGRESS' as const, callBackDelay: 45 }) },
    { weight: 1, arbitrary: fc.constant({ hookStatus: 'FAILED' as const }) },
    { weight: 1, arbitrary: fc.constant(new Error('no answer')) },
  ),
  { maxLength: 20 },
);

/** In a rollback only the hooks of the two stages that shift traffic are called. */
function checkCalls(ecs: OpenedShifting, problems: string[]): void {
  const ids = [...new Set(ecs.calls.map(({ payload }) => payload.executionId))];
  for (const { id, rollback } of ecs.rollouts()) {
    const back = ids.filter((one) => one.includes(id) && one.endsWith('-rollback'));
    if (back.length > 0 && rollback === undefined)
      problems.push(`${id} was not rolled back, but called ${back.join()}`);
    if (back.some((one) => !/-\d+-(?:test|production)-traffic-shift-rollback$/.test(one)))
      problems.push(`called in a rollback: ${back.join()}`);
  }
}

test('[BG-13] [BG-17] whatever happens, production traffic never goes to what is not healthy, is never lost, goes back whole, and the service ends steady', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('BLUE_GREEN', 'CANARY', 'LINEAR' as const),
      fc.array(act, { maxLength: 14 }),
      fc.uniqueArray(fc.constantFrom(...hookStages), { maxLength: 4 }),
      answers,
      async (strategy, acts, stages, given) => {
        const problems: string[] = [];
        const ecs = await openShifting();
        watched(ecs, problems);
        await ecs.create({
          strategy: strategy as 'BLUE_GREEN',
          bakeTimeInMinutes: 3,
          deploymentCircuitBreaker: { enable: true, rollback: true },
          lifecycleHooks: stages.length === 0 ? [] : [{ hookTargetArn: lambda, roleArn, lifecycleStages: [...stages] }],
        });
        await worked(ecs);
        await ecs.clock.advance(3 * minute);
        await worked(ecs);
        ecs.answers.push(...given);
        for (const one of acts) {
          await perform(ecs, one);
          await ecs.settle();
          const status = ecs.rollouts().at(-1)?.status;
          if (status !== 'IN_PROGRESS' && status !== 'PENDING')
            expect([...ecs.shares('production')].toSorted((a, b) => a - b)).toEqual([0, 100]);
        }
        for (let round = 0; round < 60 && !ecs.service().steady; round++) {
          await worked(ecs);
          await ecs.clock.advance(2 * minute);
        }
        await worked(ecs);
        checkCalls(ecs, problems);
        expect(problems).toEqual([]);
        expect(ecs.service()).toMatchObject({ steady: true, deployments: [{ rolloutState: 'COMPLETED' }] });
        const group = groupOfCompleted(ecs) ?? '';
        expect(ecs.shares('production')[group === ecs.groups.one ? 0 : 1]).toBe(100);
      },
    ),
    { numRuns: 25 },
  );
});
