import { describe, expect, test } from 'vitest';
import { Model } from './contract/model.ts';
import { schedulerSettings } from './settings.ts';
import { taskIdOf } from './task-facts.ts';
import type { ViewedTask } from './view.ts';

const { healthyAfterMs } = schedulerSettings;
const target = { targetGroupArn: 'arn:tg', id: '10.0.0.1', port: 80 };

/** A service that is steady on its first deployment. */
function steady(desired: number, configuration = {}, patch = {}): Model {
  const model = new Model(desired, configuration, patch);
  model.run(3);
  expect(model.service.steady).toBe(true);
  model.events.length = 0;
  return model;
}

function ids(tasks: readonly ViewedTask[]): readonly string[] {
  return tasks.map(({ key }) => key);
}

describe('keeping the desired count', () => {
  test('[SVC-1] starts as many as wanted, at most ten a turn', () => {
    const model = new Model(13);
    expect(model.turn().starts).toMatchObject([{ deploymentId: model.primary.id, count: expect.any(Number) }]);
    model.settle();
    expect(model.count('STARTING')).toBe(13);
  });

  test.each(['UserInitiated', 'EssentialContainerExited', 'InfrastructureHealth', 'TerminationNotice'] as const)(
    '[SVC-1] a task that ended by %s is replaced, and noted once',
    (stopCode) => {
      const model = steady(2);
      const [task] = model.tasks;
      if (task === undefined) throw new Error('no task');
      model.end(task, stopCode);
      const { settled, starts } = model.turn();
      expect(settled).toEqual([task.key]);
      expect(starts).toMatchObject([{ count: 1 }]);
      expect(model.turn().settled).toEqual([]);
    },
  );

  test('[SVC-1] scaling out starts the difference, scaling to 0 stops all', () => {
    const model = steady(2);
    model.service = { ...model.service, desiredCount: 3 };
    expect(model.turn().starts).toMatchObject([{ count: 1 }]);
    model.service = { ...model.service, desiredCount: 0 };
    model.settle();
    expect(model.count('STOPPING')).toBe(3);
  });
});

// desired, minimum, maximum → what the first turn of a new deployment does to healthy old tasks.
const rollouts = [
  [4, 100, 200, { starts: 4, stops: 0 }],
  [4, 100, 150, { starts: 2, stops: 0 }],
  [4, 50, 100, { starts: 0, stops: 2 }],
  [4, 50, 150, { starts: 2, stops: 2 }],
  [3, 50, 100, { starts: 0, stops: 1 }],
  [3, 100, 150, { starts: 1, stops: 0 }],
  [3, 0, 100, { starts: 0, stops: 3 }],
  [1, 0, 100, { starts: 0, stops: 1 }],
  [1, 100, 150, { starts: 0, stops: 0 }],
  [10, 67, 133, { starts: 3, stops: 3 }],
] as const;

test.each(rollouts)(
  '[SVC-2] a rollout of %i tasks with %i %% to %i %% begins with %o',
  (desired, minimumHealthyPercent, maximumPercent, expected) => {
    const model = steady(desired, { minimumHealthyPercent, maximumPercent });
    model.deploy();
    const { starts, stops } = model.turn();
    expect({ starts: starts.reduce((sum, { count }) => sum + count, 0), stops: stops.length }).toEqual(expected);
  },
);

test('[SVC-2] percents that let nothing happen are said once', () => {
  const model = steady(1, { minimumHealthyPercent: 100, maximumPercent: 150 });
  model.deploy();
  model.run(3);
  expect(
    model.events.filter((text) => text.includes('was unable to stop or start tasks during a deployment')),
  ).toHaveLength(1);
});

describe('health', () => {
  test('[SVC-3] without a check a task is healthy after it ran a while', () => {
    const model = new Model(1);
    model.settle();
    model.agents();
    expect(model.count('UNPROVEN')).toBe(1);
    expect(model.turn().wakeAtMs).toBe(model.nowMs + healthyAfterMs);
    model.pass(healthyAfterMs);
    expect(model.count('HEALTHY')).toBe(1);
  });

  const running: Partial<ViewedTask> = { startedAtMs: 1_000_000 };
  test.each([
    ['containers HEALTHY', { containerHealth: 'HEALTHY' }, 'HEALTHY'],
    ['containers UNKNOWN', { containerHealth: 'UNKNOWN' }, 'UNPROVEN'],
    ['containers UNHEALTHY', { containerHealth: 'UNHEALTHY' }, 'UNHEALTHY'],
    ['a target healthy', { wantedTargets: [{ ...target, health: { state: 'healthy' } }] }, 'HEALTHY'],
    ['a target without checks', { wantedTargets: [{ ...target, health: { state: 'unavailable' } }] }, 'HEALTHY'],
    ['a target initial', { wantedTargets: [{ ...target, health: { state: 'initial' } }] }, 'UNPROVEN'],
    ['a target not registered', { wantedTargets: [target] }, 'UNPROVEN'],
    ['a target unhealthy', { wantedTargets: [{ ...target, health: { state: 'unhealthy' } }] }, 'UNHEALTHY'],
    [
      'one target of two',
      {
        wantedTargets: [
          { ...target, health: { state: 'healthy' } },
          { ...target, port: 81, health: { state: 'initial' } },
        ],
      },
      'UNPROVEN',
    ],
  ] as [string, Partial<ViewedTask>, string][])('[SVC-3] with %s: %o is %s', (_name, patch, state) => {
    const model = new Model(1);
    model.add({ ...running, ...patch });
    expect(model.judged()[0]?.state).toBe(state);
  });

  test('[SVC-3] the grace period excuses containers and targets', () => {
    const model = new Model(1, {}, { healthCheckGracePeriodSeconds: 30 });
    model.add({ startedAtMs: model.nowMs - 29_999, containerHealth: 'UNHEALTHY' });
    expect(model.judged()[0]).toMatchObject({ state: 'UNPROVEN', changesAtMs: model.nowMs + 1 });
    model.pass(1);
    expect(model.count('UNHEALTHY')).toBe(1);
  });

  test('[SVC-4] one that was healthy is replaced before it is stopped, where there is room', () => {
    const model = steady(2);
    const [sick] = model.tasks;
    if (sick === undefined) throw new Error('no task');
    sick.containerHealth = 'UNHEALTHY';
    expect(model.turn()).toMatchObject({ starts: [{ count: 1 }], stops: [] });
    model.agents();
    model.pass(healthyAfterMs);
    model.turn();
    expect(model.tasks.find(({ key }) => key === sick.key)).toMatchObject({ wanted: false });
    expect(model.events).toContain(
      `(service web) (task ${sick.key.split('/').at(-1)}) failed container health checks.`,
    );
  });

  test('[SVC-4] without room it is stopped first', () => {
    const model = steady(2, { minimumHealthyPercent: 50, maximumPercent: 100 });
    const [sick] = model.tasks;
    if (sick === undefined) throw new Error('no task');
    sick.containerHealth = 'UNHEALTHY';
    expect(model.turn()).toMatchObject({
      starts: [],
      stops: [{ taskKey: sick.key, reason: 'Task failed container health checks' }],
    });
  });

  test('[SVC-4] one that never was healthy is stopped at once, counts as failed, and AWS says why', () => {
    const model = new Model(1);
    model.settle();
    model.agents();
    const [task] = model.tasks;
    if (task === undefined) throw new Error('no task');
    task.targets = [target];
    task.wantedTargets = [{ ...target, health: { state: 'unhealthy', description: 'Request timed out' } }];
    expect(model.turn().stops).toMatchObject([{ reason: 'Task failed ELB health checks in (target-group arn:tg)' }]);
    expect(model.events).toContain(
      `(service web) (task ${taskIdOf(task.key)}) (port 80) is unhealthy in (target-group arn:tg) due to (reason Request timed out).`,
    );
    expect(model.primary.failedTasks).toBe(1);
  });
});

// A simulation found a target registered by the very transaction that stopped its task (seed 10005, 8 hours).
test('[SVC-25] a task that is not in its group yet is not registered by the decision that stops it', () => {
  const model = steady(1);
  const [task] = model.tasks;
  if (task === undefined) throw new Error('no task');
  task.wantedTargets = [target];
  model.service = { ...model.service, desiredCount: 0 };
  expect(model.turn()).toMatchObject({ registrations: [], stops: [{ taskKey: task.key }] });
  expect(model.events.filter((text) => text.includes('registered'))).toEqual([]);
});

// A simulation found a steady service that was hindered for ever (seed 21, 2 hours).
test('[SVC-2] what hindered a service that stayed steady is said once, and again when it comes back', () => {
  const model = steady(1, { minimumHealthyPercent: 50, maximumPercent: 100 });
  const [task] = model.tasks;
  if (task === undefined) throw new Error('no task');
  const told = () => model.events.filter((text) => text.includes('was unable to stop or start tasks')).length;
  for (const [onDrainingInstance, times] of [
    [true, 1],
    [false, 1],
    [true, 2],
  ] as const) {
    task.onDrainingInstance = onDrainingInstance;
    for (let turn = 0; turn < 3; turn++) model.turn();
    expect([model.service.steady, model.service.hindered, told()]).toEqual([true, onDrainingInstance, times]);
  }
});

describe('scale in', () => {
  test('[SVC-5] takes what is not up first, then from the fullest zone, there from the fullest instance, then the newest', () => {
    const model = new Model(7);
    const at = (zone: string, instanceKey: string, createdAtMs: number): ViewedTask =>
      model.add({ zone, instanceKey, createdAtMs });
    const a1 = at('a', 'i1', 1);
    const a2 = at('a', 'i1', 2);
    const a3 = at('a', 'i2', 3);
    const b1 = at('b', 'i3', 4);
    const b2 = at('b', 'i4', 5);
    const pending = model.add({ zone: 'b', status: 'PENDING', createdAtMs: 0 });
    const order: string[] = [];
    for (let desired = 5; desired >= 0; desired--) {
      model.service = { ...model.service, desiredCount: desired };
      order.push(...model.turn().stops.map(({ taskKey }) => taskKey));
    }
    expect(order).toEqual(ids([pending, a2, b2, a3, b1, a1]));
  });

  test('[SVC-6] protected tasks stay, also through a deployment, until their time is over', () => {
    const model = steady(2);
    const untilMs = model.nowMs + 60_000;
    for (const task of model.tasks) task.protectedUntilMs = untilMs;
    model.service = { ...model.service, desiredCount: 1 };
    const { stops, wakeAtMs } = model.turn();
    expect(stops).toEqual([]);
    expect(wakeAtMs).toBe(untilMs);
    expect(model.events).toContain(
      `(service web) was unable to reach steady state because (taskSet ${model.primary.id}) was unable to scale in due to (reason 1 tasks under protection)`,
    );
    const first = ids(model.tasks);
    model.deploy();
    model.run(4);
    expect(ids(model.tasks.filter(({ wanted }) => wanted))).toEqual(expect.arrayContaining([...first]));
    model.nowMs = untilMs;
    model.run(5);
    expect(model.tasks).toHaveLength(1);
  });

  test('[SVC-6] a deleted service stops protected tasks as well', () => {
    const model = steady(1);
    for (const task of model.tasks) task.protectedUntilMs = model.nowMs + 60_000;
    model.service = { ...model.service, status: 'DRAINING', desiredCount: 0 };
    model.run(2);
    expect(model.service).toMatchObject({ status: 'INACTIVE', deployments: [] });
  });
});

describe('instances and zones', () => {
  test('[SVC-7] tasks on a draining instance are replaced before they stop; those not up stop at once', () => {
    const model = steady(2);
    const [moving] = model.tasks;
    if (moving === undefined) throw new Error('no task');
    moving.onDrainingInstance = true;
    expect(model.turn()).toMatchObject({ starts: [{ count: 1 }], stops: [] });
    const fresh = model.tasks.at(-1);
    if (fresh === undefined) throw new Error('no task');
    fresh.onDrainingInstance = true;
    expect(model.turn().stops).toMatchObject([{ taskKey: fresh.key }]);
    fresh.onDrainingInstance = false;
    model.run(3);
    expect(model.tasks.some(({ key }) => key === moving.key)).toBe(false);
    expect(model.count('HEALTHY')).toBe(2);
  });

  test('[SVC-8] a service with two tasks more in one zone than in another moves one, and says so', () => {
    const model = new Model(3, {}, { availabilityZoneRebalancing: 'ENABLED' });
    model.zones = ['a', 'b'];
    for (let index = 0; index < 3; index++) model.add({ zone: 'a' });
    model.settle();
    expect(model.events).toContain(
      '(service web) is not AZ balanced with 3 tasks in a, 0 tasks in b. AZ Rebalancing in progress.',
    );
    expect(model.tasks.filter(({ zone }) => zone === 'b')).toHaveLength(1);
    expect(model.count('HEALTHY')).toBe(3);
    model.run(4);
    expect(model.tasks.filter(({ zone }) => zone === 'a')).toHaveLength(2);
    expect(model.tasks).toHaveLength(3);
    expect(model.events).toContain('(service web) is AZ balanced with 2 tasks in a, 1 tasks in b.');
  });
});

test('[SVC-9] tasks that fail to start slow down the next ones; a new deployment starts at once', () => {
  const model = new Model(1);
  const pauses: number[] = [];
  for (let round = 0; round < 8; round++) {
    model.settle();
    model.agents(() => true);
    model.turn();
    const untilMs = model.service.backOff?.untilMs ?? 0;
    pauses.push(untilMs - model.nowMs);
    expect(model.turn().starts).toEqual([]);
    model.nowMs = untilMs;
  }
  expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  const impaired =
    '(service web) is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.';
  expect(model.events.filter((text) => text === impaired)).toHaveLength(1);
  model.settle();
  model.agents(() => true);
  model.turn();
  model.deploy();
  expect(model.turn().starts).toMatchObject([{ count: 1 }]);
});

test('[SVC-9] nothing takes the place of a task that fails before it has ended, so each failure counts', () => {
  const model = new Model(1);
  model.settle();
  const [task] = model.tasks;
  if (task === undefined) throw new Error('no task');
  Object.assign(task, {
    status: 'STOPPING',
    wanted: false,
    stopCode: 'EssentialContainerExited',
    startedAtMs: model.nowMs,
  });
  expect(model.turn().starts).toEqual([]);
  Object.assign(task, { status: 'STOPPED' });
  model.turn();
  expect(model.service.backOff).toMatchObject({ failures: 1 });
  expect(model.turn().starts).toEqual([]);
  // One that was healthy has not failed: its successor starts while it ends.
  const healthy = steady(1);
  Object.assign(healthy.tasks[0] ?? {}, { status: 'STOPPING', wanted: false, stopCode: 'EssentialContainerExited' });
  expect(healthy.turn().starts).toMatchObject([{ count: 1 }]);
});

test('[SVC-26] the earlier deployment that worked is kept alive until the new one is', () => {
  const model = steady(2);
  const [, old] = model.tasks;
  const oldId = model.primary.id;
  model.deploy();
  model.settle();
  if (old === undefined) throw new Error('no task');
  model.end(old, 'EssentialContainerExited');
  model.settle();
  const wanted = model.tasks.filter(({ deploymentId, wanted: is }) => is && deploymentId === oldId);
  expect(wanted).toHaveLength(2);
  model.run(4);
  expect(model.service.deployments).toHaveLength(1);
  expect(model.tasks.every(({ deploymentId }) => deploymentId === model.primary.id)).toBe(true);
});

test('[SVC-22] a deleted service stops its tasks and is INACTIVE when the last has stopped', () => {
  const model = steady(2);
  model.service = { ...model.service, status: 'DRAINING', desiredCount: 0 };
  model.settle();
  expect(model.service.status).toBe('DRAINING');
  model.agents();
  model.settle();
  expect(model.service.status).toBe('INACTIVE');
});
