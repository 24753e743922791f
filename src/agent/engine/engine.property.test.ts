import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PayloadTask } from '../../agent-protocol/index.ts';
import { container, payload } from './contract/tasks.ts';
import type { TaskAction, TaskEvent, TaskState } from './index.ts';
import {
  apply,
  begin,
  containerOf,
  containerStatuses,
  decide,
  definitionOf,
  dependenciesOf,
  nextReport,
  nothingSent,
  newTask,
  taskStatuses,
} from './index.ts';

const options = { defaultStopTimeoutSeconds: 30 };
const conditions = ['START', 'COMPLETE', 'SUCCESS', 'HEALTHY'] as const;

/** A task whose containers depend on earlier ones only. */
const tasks = fc
  .array(
    fc.record({
      essential: fc.boolean(),
      dependsOn: fc.array(fc.record({ on: fc.nat(5), condition: fc.constantFrom(...conditions) }), { maxLength: 2 }),
      restarts: fc.boolean(),
      startTimeout: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .chain((specs) => fc.tuple(fc.constant(specs), fc.constantFrom('bridge' as const, 'awsvpc' as const)))
  .map(([specs, networkMode]) =>
    payload(
      { networkMode },
      ...specs.map((spec, index) =>
        container(`c${index}`, {
          essential: spec.essential,
          dependsOn: spec.dependsOn
            .filter(({ on }) => on < index)
            .map(({ on, condition }) => ({ containerName: `c${on}`, condition })),
          ...(spec.restarts ? { restartPolicy: { enabled: true, restartAttemptPeriod: 1 } } : {}),
          ...(spec.startTimeout === undefined ? {} : { startTimeout: spec.startTimeout }),
        }),
      ),
    ),
  );

/** Chance, drawn by fast-check: one number for each decision of the world. */
class World {
  readonly #chances: readonly number[];
  #next = 0;
  constructor(chances: readonly number[]) {
    this.#chances = chances;
  }
  chance(): number {
    const chance = this.#chances[this.#next % this.#chances.length] ?? 0;
    this.#next += 1;
    return chance;
  }
}

interface Step {
  readonly before: TaskState;
  readonly action?: TaskAction;
  readonly after: TaskState;
}

/** Plays a task in a world that answers every action late, early or badly. */
function play(task: PayloadTask, chances: readonly number[], stopAfter: number): { steps: Step[]; end: TaskState } {
  const world = new World(chances);
  const steps: Step[] = [];
  let nowMs = 1_000;
  let state = apply(newTask(task), { kind: 'granted' }, nowMs);
  const open: TaskAction[] = [];
  const advance = (event: TaskEvent): void => {
    const before = state;
    state = apply(state, event, nowMs);
    steps.push({ before, after: state });
    for (const action of decide(state, nowMs, options).actions) {
      steps.push({ before: state, action, after: state });
      state = begin(state, action);
      open.push(action);
    }
  };
  advance({ kind: 'tick' });
  for (let turn = 0; turn < 400 && state.known !== 'STOPPED'; turn += 1) {
    nowMs += 1 + Math.floor(world.chance() * 3_000);
    if (turn === stopAfter) advance({ kind: 'stopRequested' });
    const running = state.containers.filter(
      (one) => one.known === 'RUNNING' && one.busy === undefined && !one.restartDue,
    );
    const pick = world.chance();
    if (open.length > 0 && pick < 0.7) {
      const [action] = open.splice(Math.floor(world.chance() * open.length), 1);
      if (action !== undefined) advance(answer(action, world.chance(), nowMs));
    } else if (running.length > 0 && pick < 0.8) {
      const victim = running[Math.floor(world.chance() * running.length)];
      const exitCode = world.chance() < 0.5 ? 0 : 1;
      if (victim !== undefined)
        advance({ kind: 'exited', container: victim.name, exitCode, oomKilled: false, error: '', atMs: nowMs });
    } else if (running.length > 0 && pick < 0.95) {
      const one = running[Math.floor(world.chance() * running.length)];
      if (one !== undefined)
        advance({ kind: 'health', container: one.name, health: { status: 'HEALTHY', sinceMs: nowMs } });
    } else advance({ kind: 'tick' });
  }
  return { steps, end: state };
}

function answer(action: TaskAction, chance: number, nowMs: number): TaskEvent {
  const fails = chance < 0.1;
  switch (action.kind) {
    case 'prepare':
      return fails ? { kind: 'prepareFailed', reason: 'no' } : { kind: 'prepared' };
    case 'attachNetwork':
      return fails ? { kind: 'networkFailed', reason: 'no' } : { kind: 'networkAttached' };
    case 'release':
      return { kind: 'released' };
    case 'stop':
      return fails
        ? { kind: 'stopFailed', container: action.container, reason: 'no' }
        : { kind: 'exited', container: action.container, exitCode: 0, oomKilled: false, error: '', atMs: nowMs };
    case 'pull':
    case 'create':
    case 'start':
      break;
  }
  const { container } = action;
  if (fails) return { kind: 'containerFailed', container, reason: 'no' };
  if (action.kind === 'pull') return { kind: 'pulled', container };
  if (action.kind === 'create') return { kind: 'created', container, dockerId: `id-${container}`, atMs: nowMs };
  return chance < 0.2 ? { kind: 'startSpoilt', container } : { kind: 'started', container, atMs: nowMs };
}

const chanceLists = fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 20, maxLength: 200 });

test('nothing starts before what it depends on allows it', () => {
  fc.assert(
    fc.property(tasks, chanceLists, (task, chances) => {
      for (const { before, action } of play(task, chances, 1_000).steps) {
        if (action?.kind !== 'create') continue;
        for (const { name, condition } of dependenciesOf(definitionOf(before, action.container))) {
          const other = containerOf(before, name);
          expect(other?.startedAtMs).toBeDefined();
          if (condition === 'COMPLETE' || condition === 'SUCCESS') expect(other?.known).toBe('STOPPED');
          if (condition === 'SUCCESS') expect(other?.exitCode).toBe(0);
          if (condition === 'HEALTHY') expect(other?.health?.status).toBe('HEALTHY');
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('status only moves forward, of containers and tasks, known and desired', () => {
  fc.assert(
    fc.property(tasks, chanceLists, fc.nat(60), (task, chances, stopAfter) => {
      for (const { before, after } of play(task, chances, stopAfter).steps) {
        expect(taskStatuses.indexOf(after.known)).toBeGreaterThanOrEqual(taskStatuses.indexOf(before.known));
        if (before.desired === 'STOPPED') expect(after.desired).toBe('STOPPED');
        for (const one of before.containers) {
          const then = containerOf(after, one.name);
          if (then === undefined) throw new Error(`container ${one.name} vanished`);
          expect(containerStatuses.indexOf(then.known)).toBeGreaterThanOrEqual(containerStatuses.indexOf(one.known));
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('a task that is to stop ends, whatever it was doing', () => {
  fc.assert(
    fc.property(tasks, chanceLists, fc.nat(60), (task, chances, stopAfter) => {
      const { end } = play(task, [...chances, 0.5, 0.2, 0.9], stopAfter);
      expect(end.known).toBe('STOPPED');
      expect(end.release).toBe('released');
    }),
    { numRuns: 300 },
  );
});

test('no container is asked for two things at once, and a stopped one for nothing', () => {
  fc.assert(
    fc.property(tasks, chanceLists, fc.nat(60), (task, chances, stopAfter) => {
      for (const { before, action } of play(task, chances, stopAfter).steps) {
        if (action === undefined || !('container' in action)) continue;
        const state = containerOf(before, action.container);
        expect(state?.busy).toBeUndefined();
        expect(state?.known).not.toBe('STOPPED');
      }
    }),
    { numRuns: 300 },
  );
});

test('reports end with STOPPED, in order, and never repeat', () => {
  fc.assert(
    fc.property(tasks, chanceLists, fc.nat(60), (task, chances, stopAfter) => {
      const { end } = play(task, chances, stopAfter);
      const statuses: string[] = [];
      let sent = nothingSent;
      for (let count = 0; count < 10; count += 1) {
        const next = nextReport(end, sent, 1e9);
        if (next.kind !== 'send') break;
        statuses.push(next.report.status ?? 'ATTACHED');
        sent = next.accepted;
      }
      expect(statuses).toEqual([...(end.reachedRunning ? ['RUNNING'] : []), 'STOPPED']);
    }),
    { numRuns: 200 },
  );
});
