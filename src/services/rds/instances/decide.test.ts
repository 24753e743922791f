import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DBInstanceRecord, InstanceState } from '../records/db-instance.ts';
import { changed, withPending } from './changes.ts';
import { decideInstance, type InstanceView } from './decide.ts';
import { checkedWindow, nextOpening } from './maintenance-window.ts';

const row = {
  state: 'available',
  boots: 3,
  startsInVain: 0,
  lastStartMs: 1_000,
  password: { verifier: 'v', version: 2 },
  maintenanceWindow: 'sun:05:00-sun:06:00',
  instanceClass: 'db.t3.micro',
  image: 'postgres:15',
  port: 5_432,
} as unknown as DBInstanceRecord;
const ready = { boot: 3, passwordVersion: 2 };
const of = (more: Partial<DBInstanceRecord>): DBInstanceRecord => ({ ...row, ...more });
const view = (more: Partial<InstanceView>): InstanceView => ({
  row,
  task: { status: 'running' },
  ready,
  nowMs: 5_000,
  ...more,
});
/** Thursday 00:00. */
const day = 24 * 3_600_000;

test.each<[string, Partial<InstanceView>, object]>([
  ['runs and is available', {}, {}],
  ['its task is gone', { task: undefined }, { action: { kind: 'startTask' } }],
  ['its task ended', { task: { status: 'stopped' } }, { action: { kind: 'startTask' } }],
  [
    'ended twice: waits',
    { task: { status: 'stopped' }, row: of({ startsInVain: 2, lastStartMs: 4_000 }) },
    { wakeAtMs: 8_000 },
  ],
  [
    'ended ten times: waits a minute',
    { task: { status: 'stopped' }, row: of({ startsInVain: 10, lastStartMs: 4_000 }) },
    { wakeAtMs: 64_000 },
  ],
  [
    'is creating and its task starts',
    { row: of({ state: 'creating' }), task: { status: 'starting' } },
    { wakeAtMs: 5_500 },
  ],
  [
    'said to be ready before its task runs',
    { row: of({ state: 'creating' }), task: { status: 'starting' }, ready },
    { wakeAtMs: 5_500 },
  ],
  ['is creating and ready', { row: of({ state: 'creating' }) }, { action: { kind: 'become', state: 'available' } }],
  [
    'an earlier container was ready',
    { row: of({ state: 'rebooting' }), ready: { boot: 2, passwordVersion: 2 } },
    { wakeAtMs: 5_500 },
  ],
  [
    'has the old password',
    { row: of({ state: 'resetting-master-credentials' }), ready: { boot: 3, passwordVersion: 1 } },
    { wakeAtMs: 5_500 },
  ],
  [
    'never came up',
    { row: of({ state: 'creating', startsInVain: 5 }), task: { status: 'stopped' } },
    { action: { kind: 'become', state: 'failed' } },
  ],
  [
    'an old one that does not come up is not given up',
    { row: of({ state: 'rebooting', startsInVain: 9, lastStartMs: -99_999 }), task: { status: 'stopped' } },
    { action: { kind: 'startTask' } },
  ],
  ['is to restart', { row: of({ state: 'rebooting', staleBoot: 3 }) }, { action: { kind: 'stopTask' } }],
  ['is restarting', { row: of({ state: 'rebooting', staleBoot: 3 }), task: { status: 'stopping' } }, {}],
  [
    'has restarted',
    { row: of({ state: 'rebooting', staleBoot: 2 }) },
    { action: { kind: 'become', state: 'available' } },
  ],
  ['is to stop', { row: of({ state: 'stopping' }) }, { action: { kind: 'stopTask' } }],
  ['stops', { row: of({ state: 'stopping' }), task: { status: 'stopping' } }, {}],
  [
    'has stopped',
    { row: of({ state: 'stopping' }), task: { status: 'stopped' } },
    { action: { kind: 'become', state: 'stopped' } },
  ],
  ['rests', { row: of({ state: 'stopped' }), task: undefined }, {}],
  ['is to go', { row: of({ state: 'deleting' }) }, { action: { kind: 'stopTask' } }],
  ['goes', { row: of({ state: 'deleting' }), task: { status: 'stopped' } }, { action: { kind: 'remove' } }],
  ['has failed', { row: of({ state: 'failed' }), task: { status: 'stopped' } }, {}],
  [
    'waits for its window',
    { row: of({ pending: { storageGiB: 30 } }), nowMs: 0 },
    { wakeAtMs: 3 * day + 5 * 3_600_000 },
  ],
  [
    'its window is open',
    { row: of({ pending: { storageGiB: 30 } }), nowMs: 3 * day + 5.5 * 3_600_000 },
    { action: { kind: 'applyPending' } },
  ],
])('[RDS-7] one that %s', (_name, given, expected) => {
  expect(decideInstance(view(given))).toEqual(expected);
});

const states: readonly InstanceState[] = [
  'creating',
  'available',
  'modifying',
  'resetting-master-credentials',
  'rebooting',
  'stopping',
  'stopped',
  'starting',
  'deleting',
  'failed',
];

test('[RDS-7] from any moment on, followed, it comes to rest where its state wants it: running and ready, stopped, or gone', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...states),
      fc.constantFrom(undefined, 'starting', 'running', 'stopping', 'stopped'),
      fc.record({ startsInVain: fc.nat(4), stale: fc.boolean(), ready: fc.boolean(), pending: fc.boolean() }),
      (state, status, { startsInVain, stale, ready: isReady, pending }) => {
        let now = of({
          state,
          startsInVain,
          ...(stale ? { staleBoot: 3 } : {}),
          ...(pending ? { pending: { instanceClass: 'db.t3.small' } } : {}),
        });
        let task: InstanceView['task'] = status === undefined ? undefined : { status };
        let said = isReady ? ready : undefined;
        let nowMs = 0;
        let live = 0;
        for (let step = 0; step < 60; step++) {
          const { action, wakeAtMs } = decideInstance({ row: now, task, ready: said, nowMs });
          if (action?.kind === 'startTask') {
            expect(task === undefined || task.status === 'stopped').toBe(true); // never two containers on one directory
            now = { ...now, boots: now.boots + 1, startsInVain: now.startsInVain + 1, lastStartMs: nowMs };
            task = { status: 'starting' };
            live += 1;
          } else if (action?.kind === 'stopTask') task = { status: 'stopping' };
          else if (action?.kind === 'become') now = { ...now, state: action.state };
          else if (action?.kind === 'applyPending') now = withPending(now);
          else if (action?.kind === 'remove') {
            expect(task === undefined || task.status === 'stopped').toBe(true);
            return;
          } else if (task?.status === 'stopping') task = { status: 'stopped' };
          else if (task?.status === 'starting') {
            task = { status: 'running' };
            said = { boot: now.boots, passwordVersion: now.password.version };
          } else if (wakeAtMs !== undefined) {
            nowMs = Math.max(nowMs + 1, wakeAtMs);
            if (task?.status === 'running') said = { boot: now.boots, passwordVersion: now.password.version };
          } else break;
        }
        expect(['available', 'stopped', 'failed']).toContain(now.state);
        expect(now.state === 'available').toBe(task?.status === 'running');
        expect(live).toBeLessThanOrEqual(3);
      },
    ),
    { numRuns: 500 },
  );
});

test.each([
  ['the class', { instanceClass: 'db.m5.large' }, true],
  ['the image', { image: 'postgres:15.19', engineVersion: '15.19' }, true],
  ['the port', { port: 6_000 }, true],
  ['the storage', { storageGiB: 30 }, false],
  ['the same class', { instanceClass: 'db.t3.micro' }, false],
])('[RDS-9] %s: restarts or not', (_name, changes, restarts) => {
  expect(changed(row, changes).staleBoot === row.boots).toBe(restarts);
  expect(changed(of({ state: 'stopped' }), changes)).toMatchObject({ state: 'stopped', ...changes });
});

test.each([
  ['sun:05:00-sun:06:00', 0, { opensAtMs: 3 * day + 5 * 3_600_000 }],
  ['thu:00:00-thu:00:30', 0, { open: true }],
  ['thu:00:00-thu:00:30', 30 * 60_000, { opensAtMs: 7 * day }],
  ['sat:23:30-sun:00:30', 3 * day + 10 * 60_000, { open: true }],
  ['wed:23:00-thu:00:10', 5 * 60_000, { open: true }],
] as const)('[RDS-9] window %s at %i', (window, nowMs, expected) => {
  expect(nextOpening(checkedWindow(window), nowMs)).toEqual(expected);
});
