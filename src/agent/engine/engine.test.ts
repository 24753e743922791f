import { describe, expect, test } from 'vitest';
import type { PayloadTask } from '../../agent-protocol/index.ts';
import { container, payload, taskArn } from './contract/tasks.ts';
import type { TaskEvent, TaskState } from './index.ts';
import {
  apply,
  applyAll,
  begin,
  containerOf,
  decide,
  dependenciesResolve,
  newTask,
  nextReport,
  nothingSent,
  outOfMemory,
} from './index.ts';

const options = { defaultStopTimeoutSeconds: 30 };

/** Runs events one a millisecond, marking what is decided after each. */
function run(task: PayloadTask, events: readonly TaskEvent[]): { state: TaskState; actions: readonly string[] } {
  let state = newTask(task);
  let actions: string[] = [];
  events.forEach((event, index) => {
    state = apply(state, event, 1000 + index);
    const decision = decide(state, 1000 + index, options);
    actions = decision.actions.map((action) =>
      'container' in action ? `${action.kind} ${action.container}` : action.kind,
    );
    for (const action of decision.actions) state = begin(state, action);
  });
  return { state, actions };
}

const up = (name: string): readonly TaskEvent[] => [
  { kind: 'pulled', container: name },
  { kind: 'created', container: name, dockerId: `id-${name}`, atMs: 1 },
  { kind: 'started', container: name, atMs: 1000 },
];
const exit = (
  name: string,
  exitCode: number,
  more: Partial<Extract<TaskEvent, { kind: 'exited' }>> = {},
): TaskEvent => {
  return { kind: 'exited', container: name, exitCode, oomKilled: false, error: '', atMs: 2000, ...more };
};
const begun: readonly TaskEvent[] = [{ kind: 'granted' }, { kind: 'prepared' }];

describe('what is done next', () => {
  const web = payload({}, container('app'));
  const vpc = payload({ networkMode: 'awsvpc' }, container('app'));
  const pair = payload(
    {},
    container('db'),
    container('app', { dependsOn: [{ containerName: 'db', condition: 'HEALTHY' }] }),
  );
  test.each<{ name: string; task: PayloadTask; events: readonly TaskEvent[]; want: readonly string[] }>([
    { name: 'nothing before the machine has room', task: web, events: [{ kind: 'tick' }], want: [] },
    {
      name: 'the image and the platform at once',
      task: web,
      events: [{ kind: 'granted' }],
      want: ['prepare', 'pull app'],
    },
    {
      name: 'create when both are there',
      task: web,
      events: [...begun, { kind: 'pulled', container: 'app' }],
      want: ['create app'],
    },
    {
      name: 'start after create',
      task: web,
      events: [...begun, ...up('app').slice(0, 2)],
      want: ['start app'],
    },
    {
      name: 'a container whose start the engine spoilt is created anew',
      task: web,
      events: [...begun, ...up('app').slice(0, 2), { kind: 'startSpoilt', container: 'app' }],
      want: ['create app'],
    },
    {
      name: 'and started',
      task: web,
      events: [...begun, ...up('app').slice(0, 2), { kind: 'startSpoilt', container: 'app' }, ...up('app').slice(1, 2)],
      want: ['start app'],
    },
    {
      name: 'not when the task is to stop',
      task: web,
      events: [
        ...begun,
        ...up('app').slice(0, 2),
        { kind: 'stopRequested' },
        { kind: 'startSpoilt', container: 'app' },
      ],
      want: ['release'],
    },
    { name: 'the interface while containers are created', task: vpc, events: begun, want: ['attachNetwork'] },
    {
      name: 'no start before the interface is there',
      task: vpc,
      events: [...begun, ...up('app').slice(0, 2)],
      want: [],
    },
    {
      name: 'start once it is there',
      task: vpc,
      events: [...begun, ...up('app').slice(0, 2), { kind: 'networkAttached' }],
      want: ['start app'],
    },
    {
      name: 'a dependent waits for health',
      task: pair,
      events: [...begun, { kind: 'pulled', container: 'app' }, ...up('db')],
      want: [],
    },
    {
      name: 'and is created when its dependency is healthy',
      task: pair,
      events: [
        ...begun,
        { kind: 'pulled', container: 'app' },
        ...up('db'),
        { kind: 'health', container: 'db', health: { status: 'HEALTHY', sinceMs: 1 } },
      ],
      want: ['create app'],
    },
    {
      name: 'dependents stop first',
      task: payload(
        {},
        container('db'),
        container('app', { dependsOn: [{ containerName: 'db', condition: 'START' }] }),
      ),
      events: [...begun, ...up('db'), ...up('app'), { kind: 'stopRequested' }],
      want: ['stop app'],
    },
    {
      name: 'then what they depended on',
      task: payload(
        {},
        container('db'),
        container('app', { dependsOn: [{ containerName: 'db', condition: 'START' }] }),
      ),
      events: [...begun, ...up('db'), ...up('app'), { kind: 'stopRequested' }, exit('app', 0)],
      want: ['stop db'],
    },
    {
      name: 'an essential container that ends takes the others along',
      task: payload({}, container('app'), container('side', { essential: false })),
      events: [...begun, ...up('app'), ...up('side'), exit('app', 1)],
      want: ['stop side'],
    },
    {
      name: 'another one does not',
      task: payload({}, container('app'), container('side', { essential: false })),
      events: [...begun, ...up('app'), ...up('side'), exit('side', 1)],
      want: [],
    },
    {
      name: 'everything is released at the end',
      task: web,
      events: [...begun, ...up('app'), exit('app', 0)],
      want: ['release'],
    },
    {
      name: 'a task that never began is released too',
      task: web,
      events: [{ kind: 'stopRequested' }],
      want: ['release'],
    },
    {
      name: 'a restart policy starts again in place',
      task: payload({}, container('app', { restartPolicy: { enabled: true, restartAttemptPeriod: 1 } })),
      events: [...begun, ...up('app'), exit('app', 3, { atMs: 2000 })],
      want: ['start app'],
    },
    {
      name: 'but not one that ended too soon',
      task: payload({}, container('app', { restartPolicy: { enabled: true, restartAttemptPeriod: 60 } })),
      events: [...begun, ...up('app'), exit('app', 3, { atMs: 2000 })],
      want: ['release'],
    },
    {
      name: 'nor one whose exit code is ignored',
      task: payload(
        {},
        container('app', { restartPolicy: { enabled: true, restartAttemptPeriod: 1, ignoredExitCodes: [3] } }),
      ),
      events: [...begun, ...up('app'), exit('app', 3, { atMs: 2000 })],
      want: ['release'],
    },
  ])('$name', ({ task, events, want }) => {
    expect(run(task, events).actions).toEqual(want);
  });
});

describe('why a container failed', () => {
  const dependent = (condition: 'SUCCESS' | 'COMPLETE' | 'HEALTHY', startTimeout?: number): PayloadTask =>
    payload(
      {},
      container('bad', { essential: false, ...(startTimeout === undefined ? {} : { startTimeout }) }),
      container('app', { dependsOn: [{ containerName: 'bad', condition }] }),
    );
  const graph = 'CannotStartContainerError: dependency graph: ';
  test.each<{ name: string; task: PayloadTask; events: readonly TaskEvent[]; of: string; want: object }>([
    {
      name: 'out of memory needs both signs',
      task: payload({}, container('app')),
      events: [...begun, ...up('app'), exit('app', 137, { oomKilled: true })],
      of: 'app',
      want: { exitCode: 137, reason: outOfMemory },
    },
    {
      name: 'a killed child is no reason',
      task: payload({}, container('app')),
      events: [...begun, ...up('app'), exit('app', 3, { oomKilled: true })],
      of: 'app',
      want: { exitCode: 3 },
    },
    {
      name: 'a dependency that failed',
      task: dependent('SUCCESS'),
      events: [...begun, { kind: 'pulled', container: 'app' }, ...up('bad'), exit('bad', 4)],
      of: 'app',
      want: {
        exitCode: 143,
        reason: `${graph}failed to resolve container ordering dependency [bad(bb:1) (STOPPED->STOPPED) - Exit: 4] for target [app(bb:1) (PULLED->RUNNING)] as dependency did not exit successfully.`,
      },
    },
    {
      name: 'a dependency that took too long',
      task: dependent('HEALTHY', 5),
      events: [
        ...begun,
        { kind: 'pulled', container: 'app' },
        ...up('bad').slice(0, 2),
        { kind: 'started', container: 'bad', atMs: -5000 },
      ],
      of: 'app',
      want: {
        exitCode: 143,
        reason: `${graph}container ordering dependency [bad(bb:1) (RUNNING->RUNNING)] for target [app(bb:1) (PULLED->RUNNING)] has timed out.`,
      },
    },
    {
      name: 'a dependency that never starts',
      task: dependent('COMPLETE'),
      events: [...begun, { kind: 'containerFailed', container: 'bad', reason: 'CannotPullContainerError: no' }],
      of: 'app',
      want: {
        exitCode: 143,
        reason: `${graph}failed to resolve container ordering dependency [bad(bb:1) (STOPPED->STOPPED)] for target [app(bb:1) (NONE->RUNNING)] because dependency will never start`,
      },
    },
  ])('$name', ({ task, events, of, want }) => {
    const { exitCode, reason } = containerOf(run(task, events).state, of) ?? {};
    expect({ ...(exitCode === undefined ? {} : { exitCode }), ...(reason === undefined ? {} : { reason }) }).toEqual(
      want,
    );
  });
});

test.each([
  { name: 'a chain', links: { a: ['b'], b: ['c'], c: [] }, want: true },
  { name: 'a cycle', links: { a: ['b'], b: ['a'] }, want: false },
  { name: 'itself', links: { a: ['a'] }, want: false },
  { name: 'a stranger', links: { a: ['x'] }, want: false },
])('dependencies resolve: $name is $want', ({ links, want }) => {
  const containers = Object.entries(links).map(([name, on]) =>
    container(name, { dependsOn: on.map((containerName) => ({ containerName, condition: 'START' as const })) }),
  );
  expect(dependenciesResolve(payload({}, ...containers))).toBe(want);
});

test('a container found made and started, of a task that is to stop, is not taken for one that never ran', () => {
  const task = { ...newTask(payload({}, container('app'))), granted: true, desired: 'STOPPED' as const };
  const seen = up('app').slice(1);
  expect(containerOf(applyAll(task, seen, 2000), 'app')?.known).toBe('RUNNING');
});

describe('what is reported', () => {
  const web = payload({}, container('app'), container('side', { essential: false }));

  test('RUNNING comes before STOPPED even when the task ended meanwhile', () => {
    let { state } = run(web, [
      ...begun,
      ...up('app'),
      ...up('side'),
      exit('app', 1),
      exit('side', 0),
      { kind: 'released' },
    ]);
    state = apply(state, { kind: 'released' }, 5000);
    const first = nextReport(state, nothingSent, 5000);
    if (first.kind !== 'send') throw new Error('nothing to send');
    expect(first.report.status).toBe('RUNNING');
    const second = nextReport(state, first.accepted, 5000);
    if (second.kind !== 'send') throw new Error('nothing more to send');
    expect(second.report).toMatchObject({
      task: taskArn,
      status: 'STOPPED',
      reason: '',
      containers: [
        { containerName: 'app', runtimeId: 'id-app', status: 'STOPPED', exitCode: 1 },
        { containerName: 'side', runtimeId: 'id-side', status: 'STOPPED', exitCode: 0 },
      ],
    });
    expect(nextReport(state, second.accepted, 5000)).toEqual({ kind: 'none' });
  });

  test('a container that ended alone travels with the status of its task', () => {
    const { state } = run(web, [...begun, ...up('app'), ...up('side'), exit('side', 0)]);
    const next = nextReport(state, { status: 'RUNNING', containers: { app: 'RUNNING', side: 'RUNNING' } }, 3000);
    expect(next).toMatchObject({
      kind: 'send',
      report: { status: 'RUNNING', containers: [{ containerName: 'side', status: 'STOPPED', exitCode: 0 }] },
    });
  });

  test('of a task with an interface, that its containers are over comes before STOPPED, once, and without a status', () => {
    const vpc = payload({ networkMode: 'awsvpc' }, container('app'));
    const { state } = run(vpc, [...begun, { kind: 'networkAttached' }, ...up('app'), exit('app', 0)]);
    expect(state.release).toBe('releasing');
    const before = { status: 'RUNNING', containers: { app: 'RUNNING' } } as const;
    const over = nextReport(state, before, 2000);
    if (over.kind !== 'send') throw new Error('nothing to send');
    expect(over.report).toMatchObject({ containers: [{ containerName: 'app', status: 'STOPPED', exitCode: 0 }] });
    expect(over.report.status).toBeUndefined();
    expect(nextReport(state, over.accepted, 2000)).toEqual({ kind: 'none' });
    const released = apply(state, { kind: 'released' }, 3000);
    expect(nextReport(released, over.accepted, 3000)).toMatchObject({ kind: 'send', report: { status: 'STOPPED' } });
  });
});
