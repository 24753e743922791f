import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Model } from './contract/model.ts';
import type { Decision } from './decision.ts';
import { percentsOf } from './limits.ts';
import { schedulerSettings } from './settings.ts';

/** What happens to a service, chosen by fast-check. */
type Happening =
  | { readonly kind: 'agents' }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'end'; readonly at: number; readonly byUser: boolean }
  | { readonly kind: 'health'; readonly at: number; readonly health: 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN' | 'NONE' }
  | { readonly kind: 'drain'; readonly at: number }
  | { readonly kind: 'protect'; readonly at: number }
  | { readonly kind: 'desire'; readonly count: number }
  | { readonly kind: 'deploy'; readonly good: boolean };

const at = fc.nat(30);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ kind: 'agents' as const }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 20_000 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('end' as const), at, byUser: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('health' as const),
      at,
      health: fc.constantFrom('HEALTHY', 'UNHEALTHY', 'UNKNOWN', 'NONE' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('drain' as const), at }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('protect' as const), at }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('desire' as const), count: fc.nat(12) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('deploy' as const), good: fc.boolean() }) },
);

interface World {
  readonly model: Model;
  readonly bad: Set<string>;
}

function happen({ model, bad }: World, what: Happening): void {
  const task = 'at' in what ? model.tasks.filter(({ status }) => status !== 'STOPPED')[what.at] : undefined;
  switch (what.kind) {
    case 'agents':
      return model.agents(({ deploymentId }) => bad.has(deploymentId));
    case 'pass':
      return model.pass(what.ms);
    case 'end':
      if (task !== undefined) model.end(task, what.byUser ? 'UserInitiated' : 'EssentialContainerExited');
      return;
    case 'health':
      if (task !== undefined) task.containerHealth = what.health;
      return;
    case 'drain':
      if (task !== undefined) task.onDrainingInstance = true;
      return;
    case 'protect':
      if (task !== undefined) task.protectedUntilMs = model.nowMs + 60_000;
      return;
    case 'desire':
      model.service = { ...model.service, desiredCount: what.count };
      return;
    case 'deploy':
      if (!what.good) bad.add(model.deploy());
      else model.deploy();
  }
}

/** No decision leaves less healthy or more alive than it may. */
function safeTurn(model: Model): Decision {
  const healthy = model.count('HEALTHY');
  const { min, max } = percentsOf(model.service, model.service.desiredCount);
  const decision = model.turn();
  const after = model.count('HEALTHY');
  if (after < healthy) expect(after).toBeGreaterThanOrEqual(min);
  if (decision.starts.length > 0) {
    const live = model.tasks.filter(({ status }) => status !== 'STOPPED').length;
    expect(live).toBeLessThanOrEqual(max);
  }
  return decision;
}

const service = fc.record({
  desired: fc.nat(12),
  minimumHealthyPercent: fc.integer({ min: 0, max: 100 }),
  maximumPercent: fc.integer({ min: 100, max: 250 }),
  breaks: fc.boolean(),
  rollback: fc.boolean(),
});

function worldOf(chosen: typeof service extends fc.Arbitrary<infer Chosen> ? Chosen : never): World {
  const { desired, minimumHealthyPercent, maximumPercent, breaks, rollback } = chosen;
  const deploymentCircuitBreaker = { enable: breaks, rollback };
  return {
    model: new Model(desired, { minimumHealthyPercent, maximumPercent, deploymentCircuitBreaker }),
    bad: new Set(),
  };
}

const runs = { numRuns: 300 };

test('[SVC-23] whatever happens, its own acts never leave less than the minimum healthy or more than the maximum alive', () => {
  fc.assert(
    fc.property(service, fc.array(happening, { maxLength: 60 }), (chosen, history) => {
      const world = worldOf(chosen);
      for (const what of history) {
        safeTurn(world.model);
        happen(world, what);
      }
      safeTurn(world.model);
    }),
    runs,
  );
});

/** As an operator puts things right: nothing drains, all is healthy, and a deployment that can run is shipped where percents let it. */
function repair({ model, bad }: World): void {
  for (const task of model.tasks) {
    task.containerHealth = 'NONE';
    task.onDrainingInstance = false;
  }
  const { desiredCount, deploymentConfiguration } = model.service;
  const { min, max } = percentsOf(model.service, desiredCount);
  const percents = max > min ? {} : { minimumHealthyPercent: 100, maximumPercent: 200 };
  model.service = { ...model.service, deploymentConfiguration: { ...deploymentConfiguration, ...percents } };
  bad.delete(model.deploy());
}

test('[SVC-24] once tasks can run, every service becomes steady', () => {
  fc.assert(
    fc.property(service, fc.array(happening, { maxLength: 40 }), (chosen, history) => {
      const world = worldOf(chosen);
      const { model, bad } = world;
      for (const what of history) {
        safeTurn(model);
        happen(world, what);
      }
      repair(world);
      for (let round = 0; round < 80 && !model.service.steady; round++) {
        for (let turn = 0; turn < 20 && safeTurn(model).more; turn++);
        model.agents(({ deploymentId }) => bad.has(deploymentId));
        model.pass(schedulerSettings.healthyAfterMs);
      }
      expect(model.service).toMatchObject({ steady: true, deployments: [{ rolloutState: 'COMPLETED' }] });
      expect(model.count('HEALTHY')).toBe(model.service.desiredCount);
      expect(model.tasks).toHaveLength(model.service.desiredCount);
    }),
    // A revision that completed with no tasks and cannot run any must not keep the next one from starting.
    {
      ...runs,
      examples: [
        [
          { desired: 0, minimumHealthyPercent: 1, maximumPercent: 100, breaks: false, rollback: false },
          [{ kind: 'deploy', good: false }, { kind: 'desire', count: 2 }, { kind: 'agents' }],
        ],
      ],
    },
  );
});

test('[SVC-17] a circuit breaker always ends a deployment whose tasks cannot start', () => {
  fc.assert(
    fc.property(service, fc.integer({ min: 1, max: 12 }), (chosen, desired) => {
      const model = new Model(desired, {
        minimumHealthyPercent: Math.min(chosen.minimumHealthyPercent, 50),
        maximumPercent: Math.max(chosen.maximumPercent, 200),
        deploymentCircuitBreaker: { enable: true, rollback: chosen.rollback },
      });
      if (chosen.breaks) model.run(6);
      const bad = chosen.breaks ? model.deploy() : model.primary.id;
      const { serviceDeploymentId } = model.primary;
      for (let round = 0; round < 60; round++) {
        model.settle();
        model.agents(({ deploymentId }) => deploymentId === bad);
        model.pass(schedulerSettings.longestBackOffMs);
      }
      expect(model.serviceDeployments.get(serviceDeploymentId)).toMatchObject({
        circuitBreaker: 'TRIGGERED',
        finishedAtMs: expect.any(Number),
      });
    }),
    { numRuns: 100 },
  );
});
