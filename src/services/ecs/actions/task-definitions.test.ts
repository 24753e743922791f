import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openEcs, outcome, root, scope } from '../contract/opened-ecs.ts';
import type { OpenedEcs } from '../contract/opened-ecs.ts';
import { MemoryStore } from '../../../store/index.ts';
import { families, familyKey, taskDefinitions } from '../records/task-definition.ts';
import { Registrations } from '../task-definitions/registrations.ts';
import { presentRows, runnableTaskDefinition } from '../references.ts';

const containerDefinitions = [{ name: 'a', image: 'busybox', memory: 8 }];

function register(ecs: OpenedEcs, family: string) {
  return ecs.call('RegisterTaskDefinition', { family, containerDefinitions });
}

/** Pages through a list to its end. */
async function all<Item>(
  page: (nextToken?: string) => Promise<{ items: readonly Item[]; nextToken?: string | undefined }>,
) {
  const items: Item[] = [];
  let token: string | undefined;
  for (let pages = 0; pages < 1000; pages++) {
    const answer = await page(token);
    items.push(...answer.items);
    token = answer.nextToken;
    if (token === undefined) return items;
  }
  throw new Error('the list does not end');
}

describe('registering', () => {
  test('[TD-15] answers with the revision as it is described afterwards, and tags beside it', async () => {
    const ecs = await openEcs();
    const tags = [{ key: 'team', value: 'a' }];
    const registered = await ecs.call('RegisterTaskDefinition', { family: 'web', containerDefinitions, tags });
    expect(registered.taskDefinition).toMatchObject({
      taskDefinitionArn: 'arn:aws:ecs:us-east-1:123456789012:task-definition/web:1',
      family: 'web',
      revision: 1,
      status: 'ACTIVE',
      registeredBy: root,
      registeredAt: ecs.nowMs,
      networkMode: 'bridge',
      compatibilities: ['EXTERNAL', 'EC2'],
      requiresAttributes: [],
    });
    expect(registered.tags).toEqual(tags);
    const described = await ecs.call('DescribeTaskDefinition', { taskDefinition: 'web:1', include: ['TAGS'] });
    expect(described).toEqual(registered);
    expect(await ecs.call('DescribeTaskDefinition', { taskDefinition: 'web' })).toEqual({
      taskDefinition: described.taskDefinition,
    });
  });

  test('[TD-15] what is wrong takes no number', async () => {
    const ecs = await openEcs();
    const bad = ecs.call('RegisterTaskDefinition', {
      family: 'web',
      containerDefinitions: [{ name: 'a', image: 'b' }],
    });
    expect(await outcome(bad)).toBe(
      "ClientException: Invalid setting for container 'a'. At least one of 'memory' or 'memoryReservation' must be specified.",
    );
    const badTag = ecs.call('RegisterTaskDefinition', {
      family: 'web',
      containerDefinitions,
      tags: [{ key: 'aws:x' }],
    });
    expect(await outcome(badTag)).toMatch(/^InvalidParameterException: Invalid tag key/);
    expect((await register(ecs, 'web')).taskDefinition?.revision).toBe(1);
  });

  test('[TD-16] many at once each get a number of their own, without gaps', async () => {
    const ecs = await openEcs();
    const rows = await Promise.all(Array.from({ length: 57 }, () => register(ecs, 'web')));
    expect(rows.map((row) => row.taskDefinition?.revision ?? 0).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 57 }, (_, i) => i + 1),
    );
  });

  test('[TD-16] a refused transaction reaches those who waited for it, and the next ones go on', async () => {
    const store = new MemoryStore();
    const ecs = await openEcs(store);
    await register(ecs, 'web');
    const original = store.transact.bind(store);
    let failures = 1;
    store.transact = async (...args) => {
      if (failures-- > 0) throw new Error('disk full');
      return original(...args);
    };
    await expect(register(ecs, 'web')).rejects.toThrow('disk full');
    expect((await register(ecs, 'web')).taskDefinition?.revision).toBe(2);
  });

  test('[TD-16] more than may wait are told to come back', async () => {
    const ecs = await openEcs();
    const registrations = new Registrations(ecs.db, 3);
    const draft = {
      ...scope,
      family: 'web',
      definition: { containerDefinitions },
      compatibilities: [],
      requiresAttributes: [],
      registeredAtMs: 1,
      registeredBy: root,
      tags: [],
    };
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => outcome(registrations.register(draft))));
    const refused = 'LimitExceededException: Too many registrations of family web are waiting. Try again later.';
    expect(outcomes).toEqual(['ok', 'ok', 'ok', 'ok', refused, refused]);
  });

  test('[TD-16] accounts and regions do not meet', async () => {
    const ecs = await openEcs();
    await register(ecs, 'web');
    const input = { family: 'web', containerDefinitions };
    expect((await ecs.call('RegisterTaskDefinition', input, { region: 'eu-west-1' })).taskDefinition?.revision).toBe(1);
    const other = await ecs.call('RegisterTaskDefinition', input, { account: '999999999999' });
    expect(other.taskDefinition?.taskDefinitionArn).toBe('arn:aws:ecs:us-east-1:999999999999:task-definition/web:1');
  });
});

describe('describing', () => {
  test.each([
    ['a family nobody registered', 'nope'],
    ['a revision that is not there', 'web:9'],
    ['an ARN of another account', 'arn:aws:ecs:us-east-1:999999999999:task-definition/web:1'],
    ['something else', 'a b'],
  ])('[TD-17] %s', async (_name, taskDefinition) => {
    const ecs = await openEcs();
    await register(ecs, 'web');
    expect(await outcome(ecs.call('DescribeTaskDefinition', { taskDefinition }))).toBe(
      'ClientException: Unable to describe task definition.',
    );
  });

  test('[TD-17] by family, family:revision and ARN, also when INACTIVE', async () => {
    const ecs = await openEcs();
    await register(ecs, 'web');
    await register(ecs, 'web');
    await ecs.call('DeregisterTaskDefinition', { taskDefinition: 'web:2' });
    const revisionOf = async (taskDefinition: string) =>
      (await ecs.call('DescribeTaskDefinition', { taskDefinition })).taskDefinition?.revision;
    expect(await revisionOf('web')).toBe(1);
    expect(await revisionOf('web:2')).toBe(2);
    expect(await revisionOf('arn:aws:ecs:us-east-1:123456789012:task-definition/web:2')).toBe(2);
  });

  test('[TD-17] what may be run: AWS words what may not', async () => {
    const ecs = await openEcs();
    await register(ecs, 'web');
    const run = (reference: string) =>
      outcome(Promise.resolve().then(() => runnableTaskDefinition(presentRows(ecs.db), scope, reference)));
    expect(await run('web')).toBe('ok');
    expect(await run('nope')).toBe('ClientException: TaskDefinition not found.');
    expect(await run('arn:aws:ecs:eu-west-1:123456789012:task-definition/web:1')).toBe(
      'InvalidParameterException: Invalid Region in ARN',
    );
    await ecs.call('DeregisterTaskDefinition', { taskDefinition: 'web:1' });
    expect(await run('web:1')).toBe('InvalidParameterException: TaskDefinition is inactive');
    expect(await run('web')).toBe('ClientException: TaskDefinition not found.');
  });
});

describe('deregistering and deleting', () => {
  test('[TD-18] makes INACTIVE, again without change, and needs a revision', async () => {
    const ecs = await openEcs();
    await register(ecs, 'web');
    const first = await ecs.call('DeregisterTaskDefinition', { taskDefinition: 'web:1' });
    expect(first.taskDefinition).toMatchObject({ status: 'INACTIVE', deregisteredAt: ecs.nowMs });
    ecs.nowMs += 1000;
    expect(await ecs.call('DeregisterTaskDefinition', { taskDefinition: 'web:1' })).toEqual(first);
    expect(await outcome(ecs.call('DeregisterTaskDefinition', { taskDefinition: 'web' }))).toBe(
      'ClientException: Revision is missing.',
    );
    expect(await outcome(ecs.call('DeregisterTaskDefinition', { taskDefinition: 'web:7' }))).toBe(
      'ClientException: The specified task definition does not exist. Specify a valid account, family, revision and try again.',
    );
  });

  test('[TD-19] deletes only what is INACTIVE, and says why not the rest', async () => {
    const ecs = await openEcs();
    await register(ecs, 'web');
    await register(ecs, 'web');
    await ecs.call('DeregisterTaskDefinition', { taskDefinition: 'web:1' });
    const answer = await ecs.call('DeleteTaskDefinitions', { taskDefinitions: ['web:1', 'web:2', 'web:3'] });
    expect(
      answer.taskDefinitions?.map(({ revision, status, deleteRequestedAt }) => ({
        revision,
        status,
        deleteRequestedAt,
      })),
    ).toEqual([{ revision: 1, status: 'DELETE_IN_PROGRESS', deleteRequestedAt: ecs.nowMs }]);
    expect(answer.failures).toEqual([
      {
        arn: 'arn:aws:ecs:us-east-1:123456789012:task-definition/web:2',
        reason: 'The specified task definition is still in ACTIVE status. Please deregister the target and try again.',
      },
      {
        arn: 'arn:aws:ecs:us-east-1:123456789012:task-definition/web:3',
        reason:
          'The specified task definition does not exist. Specify a valid account, family, revision and try again.',
      },
    ]);
    const eleven = Array.from({ length: 11 }, (_, i) => `web:${i}`);
    expect(await outcome(ecs.call('DeleteTaskDefinitions', { taskDefinitions: eleven }))).toBe(
      'InvalidParameterException: task definitions can have at most 10 items.',
    );
    expect(await outcome(ecs.call('DeleteTaskDefinitions', { taskDefinitions: ['web'] }))).toBe(
      'ClientException: Revision is missing.',
    );
  });

  test('[TD-16] family alone means the highest revision that is still ACTIVE', async () => {
    const ecs = await openEcs();
    for (let n = 0; n < 4; n++) await register(ecs, 'web');
    const latest = async () =>
      (await ecs.call('DescribeTaskDefinition', { taskDefinition: 'web' })).taskDefinition?.revision;
    await ecs.call('DeregisterTaskDefinition', { taskDefinition: 'web:3' });
    expect(await latest()).toBe(4);
    await ecs.call('DeregisterTaskDefinition', { taskDefinition: 'web:4' });
    expect(await latest()).toBe(2);
    await Promise.all(
      ['web:2', 'web:1'].map((taskDefinition) => ecs.call('DeregisterTaskDefinition', { taskDefinition })),
    );
    expect(await outcome(ecs.call('DescribeTaskDefinition', { taskDefinition: 'web' }))).toBe(
      'ClientException: Unable to describe task definition.',
    );
    await register(ecs, 'web');
    expect(await latest()).toBe(5);
  });

  test.each([[['web:2', 'web:3']], [['web:3', 'web:2']]])(
    '[TD-16] two that go at once, %j, leave the one before',
    async (both) => {
      const ecs = await openEcs();
      for (let n = 0; n < 3; n++) await register(ecs, 'web');
      await Promise.all(both.map((taskDefinition) => ecs.call('DeregisterTaskDefinition', { taskDefinition })));
      expect(ecs.db.get(families, familyKey(scope, 'web'))?.row).toMatchObject({
        lastRevision: 3,
        latestActive: 1,
        status: 'ACTIVE',
      });
    },
  );

  test('[TD-16] any sequence keeps the family: numbers never repeat, the latest ACTIVE is the latest ACTIVE', async () => {
    const step = fc.oneof(
      fc.constant({ kind: 'register' as const, at: 0 }),
      fc.record({
        kind: fc.constantFrom('deregister' as const, 'delete' as const),
        at: fc.integer({ min: 1, max: 5 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 12 }), async (rounds) => {
        const ecs = await openEcs();
        const given: number[] = [];
        for (const round of rounds) {
          await Promise.all(
            round.map(async ({ kind, at }) => {
              if (kind === 'register') given.push((await register(ecs, 'web')).taskDefinition?.revision ?? 0);
              else if (kind === 'deregister')
                await outcome(ecs.call('DeregisterTaskDefinition', { taskDefinition: `web:${at}` }));
              else await ecs.call('DeleteTaskDefinitions', { taskDefinitions: [`web:${at}`] });
            }),
          );
          const family = ecs.db.get(families, familyKey(scope, 'web'))?.row;
          const table = ecs.db.table(taskDefinitions);
          const active = table
            .page('familyStatus', `${scope.account}/${scope.region}/web/ACTIVE`, { limit: 100 })
            .rows.map(({ row }) => row.revision);
          expect(new Set(given).size).toBe(given.length);
          expect(family?.lastRevision ?? 0).toBe(Math.max(0, ...given));
          expect(family?.latestActive ?? 0).toBe(Math.max(0, ...active));
          expect(family?.status ?? 'INACTIVE').toBe(active.length > 0 ? 'ACTIVE' : 'INACTIVE');
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('listing', () => {
  async function filled(store?: MemoryStore): Promise<OpenedEcs> {
    const ecs = await openEcs(store);
    for (const family of ['b', 'a', 'b', 'ab', 'b', 'c']) await register(ecs, family);
    await ecs.call('DeregisterTaskDefinition', { taskDefinition: 'b:2' });
    await ecs.call('DeregisterTaskDefinition', { taskDefinition: 'c:1' });
    return ecs;
  }
  const short = (arns: readonly string[] = []) => arns.map((arn) => arn.split('/')[1]);

  test.each([
    [{}, ['a:1', 'ab:1', 'b:1', 'b:3']],
    [{ sort: 'DESC' as const }, ['b:3', 'b:1', 'ab:1', 'a:1']],
    [{ status: 'INACTIVE' as const }, ['b:2', 'c:1']],
    [{ familyPrefix: 'b' }, ['b:1', 'b:3']],
    [{ familyPrefix: 'a' }, ['a:1']],
    [{ familyPrefix: 'nope' }, []],
    [{ status: 'DELETE_IN_PROGRESS' as const }, []],
  ])('[TD-20] revisions by family and number %j', async (input, want) => {
    const ecs = await filled();
    expect(short((await ecs.call('ListTaskDefinitions', input)).taskDefinitionArns)).toEqual(want);
    const paged = await all(async (nextToken) => {
      const page = await ecs.call('ListTaskDefinitions', { ...input, maxResults: 1, nextToken });
      return { items: short(page.taskDefinitionArns), nextToken: page.nextToken };
    });
    expect(paged).toEqual(want);
  });

  test.each([
    [{}, ['a', 'ab', 'b', 'c']],
    [{ status: 'ACTIVE' as const }, ['a', 'ab', 'b']],
    [{ status: 'INACTIVE' as const }, ['c']],
    [{ familyPrefix: 'a' }, ['a', 'ab']],
    [{ familyPrefix: 'b', status: 'ALL' as const }, ['b']],
  ])('[TD-21] families by name %j', async (input, want) => {
    const ecs = await filled();
    expect((await ecs.call('ListTaskDefinitionFamilies', input)).families).toEqual(want);
    const paged = await all(async (nextToken) => {
      const page = await ecs.call('ListTaskDefinitionFamilies', { ...input, maxResults: 1, nextToken });
      return { items: page.families ?? [], nextToken: page.nextToken };
    });
    expect(paged).toEqual(want);
  });

  test('[TD-20] the order is the same after a restart', async () => {
    const store = new MemoryStore();
    const before = await (await filled(store)).call('ListTaskDefinitions', {});
    expect(await (await openEcs(store)).call('ListTaskDefinitions', {})).toEqual(before);
  });

  test('[TD-20] a token serves the list that gave it out, and no other', async () => {
    const ecs = await filled();
    const { nextToken } = await ecs.call('ListTaskDefinitions', { maxResults: 1 });
    for (const input of [
      { nextToken, sort: 'DESC' as const },
      { nextToken: 'x' },
      { nextToken: '00' },
      { nextToken: `${nextToken}00`, familyPrefix: 'b' },
    ]) {
      expect(await outcome(ecs.call('ListTaskDefinitions', input))).toBe('InvalidParameterException: Invalid token.');
    }
    expect(await outcome(ecs.call('ListTaskDefinitions', { maxResults: 101 }))).toBe(
      'InvalidParameterException: maxResults should be between 1 and 100, but was 101',
    );
  });

  test.each([
    ['DESC' as const, ['b:3', 'b:1', 'ab:1'], ['a:1']],
    ['ASC' as const, ['a:1', 'ab:1'], ['b:1', 'b:3']],
  ])(
    '[TD-20] a family that went between two pages leaves no gap and repeats nothing: %s',
    async (sort, first, second) => {
      const ecs = await filled();
      const page = await ecs.call('ListTaskDefinitions', { sort, maxResults: first.length });
      expect(short(page.taskDefinitionArns)).toEqual(first);
      await ecs.call('DeregisterTaskDefinition', { taskDefinition: 'ab:1' });
      const next = await ecs.call('ListTaskDefinitions', { sort, nextToken: page.nextToken });
      expect(short(next.taskDefinitionArns)).toEqual(second);
    },
  );

  test('[TD-20] whatever comes and goes between pages, what stays is listed once', async () => {
    const change = fc.record({
      family: fc.constantFrom('a', 'b', 'bb', 'c'),
      revision: fc.integer({ min: 1, max: 6 }),
      register: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { maxLength: 25 }),
        fc.integer({ min: 1, max: 4 }),
        fc.boolean(),
        async (changes, maxResults, descending) => {
          const ecs = await openEcs();
          const start = ['a', 'b', 'b', 'bb', 'c', 'c', 'c'];
          for (const family of start) await register(ecs, family);
          const before = short((await ecs.call('ListTaskDefinitions', {})).taskDefinitionArns);
          let next = 0;
          const paged = await all(async (nextToken) => {
            const page = await ecs.call('ListTaskDefinitions', {
              maxResults,
              nextToken,
              sort: descending ? 'DESC' : 'ASC',
            });
            const at = changes[next++];
            if (at?.register === true) await register(ecs, at.family);
            else if (at !== undefined)
              await outcome(ecs.call('DeregisterTaskDefinition', { taskDefinition: `${at.family}:${at.revision}` }));
            return { items: short(page.taskDefinitionArns), nextToken: page.nextToken };
          });
          const after = new Set(short((await ecs.call('ListTaskDefinitions', {})).taskDefinitionArns));
          expect(new Set(paged).size).toBe(paged.length);
          for (const name of before) if (after.has(name)) expect(paged).toContain(name);
        },
      ),
      { numRuns: 60 },
    );
  });
});
