import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { toBytes } from '../../kernel/index.ts';
import { MemoryStore } from '../../store/index.ts';
import { ApiError } from '../../protocol/api/index.ts';
import { cleanUpPeriodMs, clientTokenCleanUp } from './client-token-clean-up.ts';
import { openEcs, outcome, scope } from './contract/opened-ecs.ts';
import { invalidInput } from './errors.ts';
import { fingerprint, forgottenTokens, rememberToken, resourcesOfToken } from './idempotency.ts';
import { clientTokenLifeMs, maxPageTokenLength } from './limits.ts';
import { nextToken, pagePosition } from './paging.ts';
import { clientTokenKey, clientTokens } from './records/client-token.ts';
import { clusterNameOf, parseTaskDefinition, resourceIdOf } from './references.ts';

function result<Value>(run: () => Value): Value | string {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

test.each([
  [undefined, 'default'],
  ['', 'default'],
  ['web', 'web'],
  ['arn:aws:ecs:us-east-1:123456789012:cluster/web', 'web'],
  ['arn:aws:ecs:eu-west-1:123456789012:cluster/web', 'InvalidParameterException: Invalid Region in ARN'],
  ['arn:aws:ecs:us-east-1:999999999999:cluster/web', 'ClusterNotFoundException: Cluster not found.'],
  [
    'arn:aws:ecs:us-east-1:123456789012:task/web',
    'InvalidParameterException: Invalid identifier: Unexpected ARN format',
  ],
  ['arn:aws:s3:::web', 'InvalidParameterException: Invalid identifier: Unexpected ARN format'],
  ['arn:', 'InvalidParameterException: Invalid identifier: Unexpected ARN format'],
  ['a/b', 'InvalidParameterException: Cluster must match ^[a-zA-Z0-9\\-_]{1,255}$, but was a/b'],
  [
    'c'.repeat(256),
    `InvalidParameterException: Cluster must match ^[a-zA-Z0-9\\-_]{1,255}$, but was ${'c'.repeat(256)}`,
  ],
])('[RF-1] cluster %j means %j', (reference, want) => {
  expect(result(() => clusterNameOf(scope, reference))).toBe(want);
});

test.each([
  ['web', { family: 'web' }],
  ['web:7', { family: 'web', revision: 7 }],
  ['arn:aws:ecs:us-east-1:123456789012:task-definition/web:7', { family: 'web', revision: 7 }],
  ['arn:aws:ecs:us-east-1:123456789012:task-definition/web', { family: 'web' }],
  ['arn:aws:ecs:eu-west-1:123456789012:task-definition/web:7', undefined],
  ['arn:aws:ecs:us-east-1:123456789012:cluster/web', undefined],
  ['web:', undefined],
  ['web:x', undefined],
  ['web:99999999999', undefined],
])('[RF-2] task definition %j', (reference, want) => {
  expect(parseTaskDefinition(scope, reference)).toEqual(want);
});

const id = '0123456789abcdef0123456789abcdef';

test.each([
  [id, id],
  ['01234567-89ab-cdef-0123-456789abcdef', '01234567-89ab-cdef-0123-456789abcdef'],
  [`arn:aws:ecs:us-east-1:123456789012:task/web/${id}`, id],
  [`arn:aws:ecs:us-east-1:123456789012:task/${id}`, id],
  [
    `arn:aws:ecs:us-east-1:123456789012:task/other/${id}`,
    'InvalidParameterException: Invalid identifier: Identifier is for cluster other. Your cluster is web',
  ],
  [
    `arn:aws:ecs:us-east-1:123456789012:service/web/${id}`,
    'InvalidParameterException: Invalid identifier: Unexpected ARN format',
  ],
  [`arn:aws:ecs:us-east-1:999999999999:task/web/${id}`, undefined],
  ['nonsense', undefined],
])('[RF-3] task %j', (reference, want) => {
  expect(result(() => resourceIdOf(scope, { type: 'task', cluster: 'web', reference }))).toBe(want);
});

test('[RF-6] wrong members are worded as ECS words them', () => {
  const path = 'include.1.member';
  const constraint = 'Member must satisfy enum value set: [SETTINGS, TAGS]';
  expect(invalidInput([{ path, constraint, value: 'X', kind: 'enum' }]).message).toBe(
    'include should be one of [SETTINGS,TAGS]',
  );
  expect(invalidInput([{ path: 'sort', constraint, value: 'X', kind: 'enum' }]).message).toBe(
    'sort should be one of [SETTINGS,TAGS]',
  );
  const missing = invalidInput([{ path: 'family', constraint: 'Member must not be null', kind: 'missing' }]);
  expect(`${missing.code}: ${missing.message}`).toBe(
    "InvalidParameterException: 1 validation error detected: Value null at 'family' failed to satisfy constraint: Member must not be null",
  );
});

test('[RF-4] a page token comes back as it went, for its own list only', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, maxLength: 300, unit: 'grapheme' }),
      fc.string(),
      fc.string(),
      (next, list, other) => {
        const token = nextToken(list, next).nextToken;
        expect(pagePosition({ nextToken: token, maxResults: 5 }, list)).toEqual({ limit: 5, after: next });
        if (list !== other)
          expect(result(() => pagePosition({ nextToken: token }, other))).toBe(
            'InvalidParameterException: Invalid token.',
          );
      },
    ),
  );
  expect(nextToken('a', undefined)).toEqual({});
});

test('[RF-4] no text crashes the reading of a token', () => {
  fc.assert(fc.property(fc.string(), (text) => void result(() => pagePosition({ nextToken: text }, 'list'))));
  expect(result(() => pagePosition({ nextToken: '0'.repeat(maxPageTokenLength + 2) }, 'list'))).toBe(
    'InvalidParameterException: Invalid token.',
  );
});

test('[RF-5] a client token gives back what it made, refuses another request, and is forgotten after a day', async () => {
  const ecs = await openEcs();
  const use = {
    scope,
    operation: 'RunTask',
    token: 't',
    request: { a: 1, b: [{ c: 2, d: 3 }] },
    nowMs: 1_000_000,
    arnOf: (resource: string) => `arn:${resource}`,
  };
  const run = async (each: typeof use) => (await ecs.db.transact((tx) => resourcesOfToken(tx, each))).result;
  expect(await run(use)).toBe(undefined);
  await ecs.db.transact((tx) => rememberToken(tx, use, ['x', 'y']));
  expect(await run({ ...use, request: { b: [{ d: 3, c: 2 }], a: 1 } })).toEqual(['x', 'y']);
  expect(await run({ ...use, operation: 'StartTask' })).toBe(undefined);
  expect(await outcome(run({ ...use, request: { a: 2, b: [] } }))).toBe(
    'ConflictException: The RunTask request could not be processed due to conflicts. The provided clientToken is already in use with a different RunTask request. The resourceIds are the existing task ARNs which are already associated with the clientToken.',
  );
  await expect(run({ ...use, request: { a: 2, b: [] } })).rejects.toMatchObject({
    members: { resourceIds: ['arn:x', 'arn:y'] },
  });
  expect(await run({ ...use, nowMs: use.nowMs + clientTokenLifeMs - 1 })).toEqual(['x', 'y']);
  expect(await run({ ...use, nowMs: use.nowMs + clientTokenLifeMs })).toBe(undefined);
  expect(forgottenTokens(ecs.db, use.nowMs + clientTokenLifeMs, 10)).toEqual([]);
  const hourLater = use.nowMs + clientTokenLifeMs + 60 * 60 * 1000;
  expect(forgottenTokens(ecs.db, hourLater, 10)).toEqual([clientTokenKey(scope, 'RunTask', 't')]);
  expect(forgottenTokens(ecs.db, hourLater, 0)).toEqual([]);
});

test('[RF-5] forgotten tokens are deleted, all of them, and used ones are not', async () => {
  const ecs = await openEcs();
  const arnOf = (resource: string) => resource;
  const use = (token: string, nowMs: number) => ({ scope, operation: 'RunTask', token, request: {}, nowMs, arnOf });
  for (let n = 0; n < 130; n++) await ecs.db.transact((tx) => rememberToken(tx, use(`t${n}`, n), []));
  const now = 2 * clientTokenLifeMs;
  await ecs.db.transact((tx) => rememberToken(tx, use('young', now - 1), []));
  const clock = { nowMs: () => now, after: () => () => undefined };
  const controller = clientTokenCleanUp({ db: ecs.db, clock });
  const keys: string[] = [];
  controller.watch((key) => keys.push(key))();
  let wakeAtMs = now;
  for (let round = 0; wakeAtMs === now && round < 10; round++)
    wakeAtMs = (await controller.reconcile(keys[0] ?? '')).wakeAtMs ?? 0;
  expect(wakeAtMs).toBe(now + cleanUpPeriodMs);
  expect([...ecs.db.table(clientTokens).values('hour')].length).toBe(1);
  expect(ecs.db.table(clientTokens).size).toBe(1);
});

test('[RF-5] a token used anew while it was to be deleted stays', async () => {
  const store = new MemoryStore();
  const ecs = await openEcs(store);
  const use = { scope, operation: 'RunTask', token: 't', request: {}, nowMs: 0, arnOf: (key: string) => key };
  await ecs.db.transact((tx) => rememberToken(tx, use, []));
  const now = 2 * clientTokenLifeMs;
  const key = clientTokenKey(scope, 'RunTask', 't');
  const anew = toBytes(JSON.stringify({ ...ecs.db.get(clientTokens, key)?.row, usedAtMs: now }));
  const transact = store.transact.bind(store);
  let others = 1;
  store.transact = async (conditions, operations) => {
    if (others-- > 0) await transact([], [{ put: key, value: anew }]);
    return transact(conditions, operations);
  };
  const clock = { nowMs: () => now, after: () => () => undefined };
  await clientTokenCleanUp({ db: ecs.db, clock }).reconcile(clientTokens.prefix);
  expect(ecs.db.get(clientTokens, key)?.row.usedAtMs).toBe(now);
});

test('[RF-5] different requests have different fingerprints', () => {
  fc.assert(
    fc.property(fc.object(), fc.object(), (a, b) => {
      fc.pre(JSON.stringify(a) !== JSON.stringify(b));
      const sameMembers = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
      expect(fingerprint(a) === fingerprint(b)).toBe(sameMembers);
    }),
  );
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => [key, sorted(member)]);
}
