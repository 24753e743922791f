import { describe, expect, test } from 'vitest';
import { Model } from '../service-scheduler/contract/model.ts';
import { failureThreshold } from './circuit-breaker.ts';

const breaker = (patch = {}) => ({ deploymentCircuitBreaker: { enable: true, rollback: true, ...patch } });
const always = () => true;

function steady(desired: number, configuration = {}): Model {
  const model = new Model(desired, configuration);
  model.run(3);
  expect(model.primary.rolloutState).toBe('COMPLETED');
  model.events.length = 0;
  return model;
}

test.each([
  [undefined, 1, 3],
  [undefined, 7, 4],
  [undefined, 100, 50],
  [undefined, 1_000, 200],
  [{ type: 'BOUNDED_PERCENT', value: 10 }, 10, 3],
  [{ type: 'UNBOUNDED_PERCENT', value: 50 }, 1_000, 500],
  [{ type: 'UNBOUNDED_PERCENT', value: 10 }, 1, 1],
  [{ type: 'COUNT', value: 2 }, 100, 2],
] as const)(
  '[SVC-17] with %o a service of %i tasks tolerates less than %i failures',
  (thresholdConfiguration, desired, expected) => {
    const configuration = breaker(thresholdConfiguration === undefined ? {} : { thresholdConfiguration });
    expect(failureThreshold(configuration, desired)).toBe(expected);
  },
);

describe('circuit breaker', () => {
  test('[SVC-17] [SVC-18] a deployment whose tasks fail to start is rolled back to the one that completed last', () => {
    const model = steady(2, breaker());
    const good = model.primary;
    const bad = model.deploy();
    for (let round = 0; round < 20 && model.primary.id === bad; round++) {
      for (let turn = 0; turn < 10 && model.primary.id === bad; turn++) model.turn();
      model.agents(({ deploymentId }) => deploymentId === bad);
      model.pass(
        model.service.backOff === undefined ? 1_000 : Math.max(1_000, model.service.backOff.untilMs - model.nowMs),
      );
    }
    expect(model.primary).toMatchObject({
      id: good.id,
      rolloutStateReason: `ECS deployment circuit breaker: rolling back to deploymentID ${good.id}.`,
    });
    expect(model.serviceDeployment()).toMatchObject({
      status: 'ROLLBACK_IN_PROGRESS',
      circuitBreaker: 'TRIGGERED',
      rollback: { revisionId: good.revisionId },
    });
    expect(model.events).toEqual(
      expect.arrayContaining([
        `(service web) (deployment ${bad}) deployment failed: tasks failed to start.`,
        `(service web) rolling back to deployment ${good.id}.`,
      ]),
    );
    model.run(4);
    expect(model.service.deployments).toMatchObject([
      { id: good.id, rolloutState: 'COMPLETED', rolloutStateReason: `ECS deployment ${good.id} completed.` },
    ]);
    expect(model.serviceDeployment()).toMatchObject({ status: 'ROLLBACK_SUCCESSFUL' });
    expect(model.service.steady).toBe(true);
  });

  test('[SVC-18] a deployment whose tasks are all gone is rolled back to by a deployment of its own', () => {
    const model = steady(1, { ...breaker(), minimumHealthyPercent: 0, maximumPercent: 100 });
    const { revisionId } = model.primary;
    const bad = model.deploy();
    for (let round = 0; round < 30 && model.primary.id === bad; round++) {
      model.settle();
      model.agents(({ deploymentId }) => deploymentId === bad);
      model.pass(60_000);
    }
    expect(model.primary).toMatchObject({ id: `ecs-svc/${'9'.repeat(19)}`, revisionId });
    model.run(4);
    expect(model.primary.rolloutState).toBe('COMPLETED');
  });

  test('[SVC-18] without anything to go back to, or without rollback, it stays and starts nothing', () => {
    for (const [rollback, status] of [
      [true, 'ROLLBACK_FAILED'],
      [false, 'STOPPED'],
    ] as const) {
      const model = new Model(1, breaker({ rollback }));
      for (let round = 0; round < 10; round++) {
        model.settle();
        model.agents(always);
        model.pass(60_000);
      }
      expect(model.primary).toMatchObject({
        rolloutState: 'FAILED',
        rolloutStateReason: 'ECS deployment circuit breaker: tasks failed to start.',
      });
      expect(model.serviceDeployment()).toMatchObject({ status, finishedAtMs: expect.any(Number) });
      model.settle();
      expect(model.tasks).toEqual([]);
    }
  });

  test('[SVC-17] a healthy task resets the count, unless resetOnHealthyTask says otherwise', () => {
    for (const [resetOnHealthyTask, expected] of [
      [true, 0],
      [false, 2],
    ] as const) {
      const model = new Model(3, breaker({ resetOnHealthyTask }));
      model.settle();
      const [first, second, third] = model.tasks;
      if (first === undefined || second === undefined || third === undefined) throw new Error('no tasks');
      model.end(first, 'TaskFailedToStart');
      model.end(second, 'EssentialContainerExited');
      model.turn();
      expect(model.primary.failedTasks).toBe(2);
      expect(model.serviceDeployment().failureCount).toBe(2);
      third.status = 'RUNNING';
      third.startedAtMs = model.nowMs;
      model.pass(60_000);
      model.turn();
      expect(model.primary.failedTasks).toBe(expected);
    }
  });

  test.each(['UserInitiated', 'InfrastructureHealth', 'TerminationNotice'] as const)(
    '[SVC-17] a task that ended by %s did not fail',
    (stopCode) => {
      const model = new Model(1, breaker());
      model.settle();
      for (const task of model.tasks) model.end(task, stopCode);
      model.turn();
      expect(model.primary.failedTasks).toBe(0);
    },
  );
});

describe('alarms', () => {
  const alarms = { alarms: { alarmNames: ['a', 'b'], enable: true, rollback: true } };

  test('[SVC-19] an alarm fails the deployment in progress, which is rolled back', () => {
    const model = steady(1, alarms);
    const good = model.primary.id;
    const bad = model.deploy();
    model.settle();
    model.alarming = ['b'];
    model.settle();
    expect(model.primary.id).toBe(good);
    expect(model.serviceDeployment()).toMatchObject({ alarms: 'TRIGGERED', triggeredAlarmNames: ['b'] });
    expect(model.events).toContain(`(service web) (deployment ${bad}) deployment failed: alarm detected.`);
  });

  test('[SVC-19] one that is in ALARM when the deployment begins says nothing of it', () => {
    const model = steady(1, alarms);
    model.alarming = ['a'];
    const id = model.deploy();
    model.run(4);
    expect(model.primary).toMatchObject({ id, rolloutState: 'COMPLETED' });
  });

  test('[SVC-19] with a bake time the deployment completes that much after it is steady', () => {
    const model = new Model(1, { ...alarms, bakeTimeInMinutes: 2 });
    model.run(3);
    expect(model.primary.rolloutState).toBe('IN_PROGRESS');
    const began = model.serviceDeployment().stageStartedAtMs ?? 0;
    model.nowMs = began + 2 * 60_000 - 1;
    expect(model.turn().wakeAtMs).toBe(began + 2 * 60_000);
    expect(model.primary.rolloutState).toBe('IN_PROGRESS');
    model.pass(1);
    model.turn();
    expect(model.primary.rolloutState).toBe('COMPLETED');
  });
});

describe('stopping a deployment', () => {
  function asked(status: 'ROLLBACK_REQUESTED' | 'STOP_REQUESTED'): { readonly model: Model; readonly good: string } {
    const model = steady(2);
    const good = model.primary.id;
    model.deploy();
    const row = model.serviceDeployment();
    model.serviceDeployments.set(row.id, { ...row, status });
    model.run(4);
    return { model, good };
  }

  test('[SVC-20] ROLLBACK_REQUESTED leads back to the deployment that completed last', () => {
    const { model, good } = asked('ROLLBACK_REQUESTED');
    expect(model.service.deployments).toMatchObject([{ id: good, rolloutState: 'COMPLETED' }]);
    expect(model.serviceDeployment().status).toBe('ROLLBACK_SUCCESSFUL');
  });

  test('[SVC-20] STOP_REQUESTED leaves both where they are', () => {
    const { model, good } = asked('STOP_REQUESTED');
    expect(model.primary.rolloutState).toBe('FAILED');
    expect(model.serviceDeployment().status).toBe('STOPPED');
    expect(model.tasks.filter(({ deploymentId }) => deploymentId === good)).toHaveLength(2);
  });
});

test('[SVC-21] a deployment completes when the service is steady on it; the steady state is said once until it is lost', () => {
  const model = new Model(2);
  const { id } = model.primary;
  model.run(4);
  expect(model.events.slice(-2)).toEqual([
    `(service web) (deployment ${id}) deployment completed.`,
    '(service web) has reached a steady state.',
  ]);
  expect(model.serviceDeployment()).toMatchObject({ status: 'SUCCESSFUL', finishedAtMs: expect.any(Number) });
  model.events.length = 0;
  model.run(3);
  expect(model.events).toEqual([]);
  const [task] = model.tasks;
  if (task === undefined) throw new Error('no task');
  model.end(task, 'UserInitiated');
  model.run(3);
  expect(model.events).toEqual(['(service web) has reached a steady state.']);
});
