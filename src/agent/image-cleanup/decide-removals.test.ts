import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultSettings } from '../options.ts';
import type { CleanupView } from './decide-removals.ts';
import { canonicalReference, decideRemovals } from './decide-removals.ts';

const hour = 3_600_000;
const nowMs = 100 * hour;
const settings = defaultSettings.imageCleanup;
const tracked = (reference: string, pulledHoursAgo: number, usedHoursAgo = pulledHoursAgo) => ({
  reference,
  imageId: `sha256:${reference}`,
  pulledAtMs: nowMs - pulledHoursAgo * hour,
  usedAtMs: nowMs - usedHoursAgo * hour,
});
const image = (reference: string, builtHoursAgo = 1_000) => ({
  id: `sha256:${reference}`,
  references: [reference],
  createdAtMs: nowMs - builtHoursAgo * hour,
});
const none: CleanupView = { nowMs, settings, tracked: [], images: [], inUse: new Set(), ofContainers: new Set() };
const remove = (reference: string) => ({ kind: 'remove', reference });

describe('decideRemovals', () => {
  test.each([
    { name: '[AG-20] what the agent did not pull stays', view: { images: [image('theirs:1')] }, want: [] },
    {
      name: 'what it pulled goes, the one used longest ago first',
      view: { tracked: [tracked('b:1', 5, 2), tracked('a:1', 4, 3)], images: [image('a:1'), image('b:1')] },
      want: [remove('a:1'), remove('b:1')],
    },
    {
      name: 'not before its age',
      view: { tracked: [tracked('a:1', 0.9)], images: [image('a:1')] },
      want: [],
    },
    {
      name: 'not while a task has it, by name',
      view: { tracked: [tracked('a:1', 5)], images: [image('a:1')], inUse: new Set(['a:1']) },
      want: [],
    },
    {
      name: "not while a container has it, also a user's own",
      view: { tracked: [tracked('a:1', 5)], images: [image('a:1')], ofContainers: new Set(['sha256:a:1']) },
      want: [],
    },
    {
      name: '[AG-20] a name that somebody else gave to another image is forgotten, not removed',
      view: { tracked: [tracked('a:1', 5)], images: [{ ...image('a:1'), id: 'sha256:other' }] },
      want: [{ kind: 'forget', reference: 'a:1' }],
    },
    {
      name: 'a name without a tag is the same as latest, and as Podman spells it',
      view: {
        tracked: [{ ...tracked('nginx', 5), imageId: 'sha256:n' }],
        images: [{ ...image('docker.io/library/nginx:latest'), id: 'sha256:n' }],
      },
      want: [remove('nginx')],
    },
    {
      name: 'switched off',
      view: { settings: { ...settings, disabled: true }, tracked: [tracked('a:1', 5)], images: [image('a:1')] },
      want: [],
    },
    {
      name: 'at most perCycle',
      view: {
        settings: { ...settings, perCycle: 1 },
        tracked: [tracked('a:1', 5), tracked('b:1', 6)],
        images: [image('a:1'), image('b:1')],
      },
      want: [remove('b:1')],
    },
    {
      name: '[AG-21] asked to, others go after its own: not the excluded, not the young, not its own pauses',
      view: {
        settings: { ...settings, untracked: true, exclude: ['keep'] },
        tracked: [tracked('a:1', 5)],
        images: [
          image('theirs:1'),
          image('keep:latest'),
          image('young:1', 0.5),
          image('localhost/longshore/pause:1'),
          image('a:1'),
        ],
      },
      want: [remove('a:1'), remove('theirs:1')],
    },
    {
      name: 'the digests of an image go with its tags',
      view: {
        settings: { ...settings, untracked: true },
        images: [
          { ...image('theirs:1'), references: ['theirs:1', 'theirs@sha256:1'] },
          { ...image('x'), references: ['x@sha256:2'] },
        ],
      },
      want: [remove('theirs:1'), remove('x@sha256:2')],
    },
  ])('$name', ({ view, want }) => {
    expect(decideRemovals({ ...none, ...view })).toEqual(want);
  });

  test('[AG-20] whatever there is: nothing in use, nothing of others unless asked, never more than perCycle', () => {
    const name = fc.constantFrom<string[]>('a:1', 'b:1', 'c:1', 'd:1', 'e:1');
    const names = fc.uniqueArray(name);
    const view = fc.record({
      tracked: names,
      images: names,
      inUse: names,
      containers: names,
      untracked: fc.boolean(),
      perCycle: fc.integer({ min: 1, max: 3 }),
      hours: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(view, (given) => {
        const removed = decideRemovals({
          nowMs,
          settings: { ...settings, untracked: given.untracked, perCycle: given.perCycle },
          tracked: given.tracked.map((one) => tracked(one, given.hours)),
          images: given.images.map((one) => image(one)),
          inUse: new Set(given.inUse),
          ofContainers: new Set(given.containers.map((one) => `sha256:${one}`)),
        }).flatMap((action) => (action.kind === 'remove' ? [action.reference] : []));
        expect(removed.length).toBeLessThanOrEqual(given.perCycle);
        for (const one of removed) {
          expect([given.inUse.includes(one), given.containers.includes(one)]).toEqual([false, false]);
          expect(given.untracked || given.tracked.includes(one)).toBe(true);
          expect(!given.tracked.includes(one) || given.hours >= 1).toBe(true);
        }
      }),
    );
  });
});

test.each([
  ['nginx', 'nginx:latest'],
  ['docker.io/library/nginx:1', 'nginx:1'],
  ['docker.io/me/app', 'me/app:latest'],
  ['localhost/longshore/web:1', 'longshore/web:1'],
  ['localhost:5000/app', 'localhost:5000/app:latest'],
  ['nginx:1@sha256:ab', 'nginx@sha256:ab'],
])('%s is %s', (reference, want) => {
  expect(canonicalReference(reference)).toBe(want);
});
