import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PlacementConstraint, PlacementStrategy } from '../../../protocol/generated/ecs.ts';
import type { ContainerInstanceRecord, Resources } from '../records/container-instance.ts';
import { containerInstanceKey } from '../records/container-instance.ts';
import { checks } from './checks.ts';
import { readConstraints } from './constraints.ts';
import { Ledger } from './ledger.ts';
import { maxFailures } from './limits.ts';
import type { Placement, PlacementRequest } from './place.ts';
import { noContainerInstances, place, placeOn } from './place.ts';
import { placeTasks } from './place-tasks.ts';
import { readStrategies, serviceDefaultStrategies } from './strategies.ts';

const scope = { account: '123456789012', region: 'us-east-1' };
const key = (id: string): string => containerInstanceKey(scope, 'c', id);
const amounts = (cpuUnits: number, memoryMiB: number, tcpPorts: readonly number[] = []): Resources => ({
  cpuUnits,
  memoryMiB,
  tcpPorts,
  udpPorts: [],
});

interface Sample {
  readonly id: string;
  readonly cpu?: number;
  readonly memory?: number;
  readonly zone?: string;
  readonly status?: ContainerInstanceRecord['status'];
  readonly launchType?: ContainerInstanceRecord['launchType'];
  readonly connected?: boolean;
  readonly attributes?: ContainerInstanceRecord['attributes'];
  /** Groups of tasks there, which take nothing. */
  readonly tasks?: readonly string[];
}

function ledgerOf(samples: readonly Sample[]): Ledger {
  const ledger = new Ledger();
  for (const sample of samples) {
    const zone = sample.zone === undefined ? [] : [{ name: 'ecs.availability-zone', value: sample.zone }];
    ledger.instanceChanged({
      key: key(sample.id),
      after: {
        ...scope,
        cluster: 'c',
        id: sample.id,
        launchType: sample.launchType ?? 'EC2',
        status: sample.status ?? 'ACTIVE',
        registered: amounts(sample.cpu ?? 1024, sample.memory ?? 1024, [22]),
        attributes: [...zone, ...(sample.attributes ?? [])],
        registeredAtMs: 0,
        version: 1,
        sequenceFloor: 0,
        tags: [],
      },
    });
    ledger.setConnected(key(sample.id), sample.connected ?? true);
    for (const [index, group] of (sample.tasks ?? []).entries())
      ledger.reserve({
        taskKey: `${sample.id}-${index}`,
        instanceKey: key(sample.id),
        resources: amounts(0, 0),
        group,
      });
  }
  return ledger;
}

const base: PlacementRequest = {
  launchType: 'EC2',
  group: 'service:web',
  resources: amounts(256, 256),
  requiresAttributes: [],
  constraints: [],
  strategies: [],
  chance: 0.3,
};

function placeIn(samples: readonly Sample[], request: Partial<PlacementRequest> = {}): Placement {
  return place({ ...base, ...request }, ledgerOf(samples).pool(scope, 'c'));
}

const memberOf = (expression: string): PlacementRequest['constraints'] =>
  readConstraints([{ type: 'memberOf', expression }]);

interface Refusal {
  readonly name: string;
  readonly on: Sample;
  readonly request?: Partial<PlacementRequest>;
  readonly want: readonly [string, string];
}

const refusals: readonly Refusal[] = [
  {
    name: '[PL-5] the agent is not connected',
    on: { id: 'a', connected: false },
    want: ['AGENT', 'the agent of the container instance is not connected'],
  },
  {
    name: '[PL-6] an attribute is missing',
    on: { id: 'a' },
    request: { requiresAttributes: [{ name: 'ecs.capability.task-eni' }] },
    want: ['ATTRIBUTE', 'the task definition requires the attribute ecs.capability.task-eni'],
  },
  {
    name: '[PL-6] an attribute has another value',
    on: { id: 'a', attributes: [{ name: 'ecs.cpu-architecture', value: 'x86_64' }] },
    request: { requiresAttributes: [{ name: 'ecs.cpu-architecture', value: 'arm64' }] },
    want: ['ATTRIBUTE', 'the task definition requires the attribute ecs.cpu-architecture with the value arm64'],
  },
  {
    name: '[PL-7] in another zone',
    on: { id: 'a', zone: 'us-east-1a' },
    request: { zones: ['us-east-1b', 'us-east-1c'] },
    want: ['ATTRIBUTE', 'ecs.availability-zone is us-east-1a, the task may only be in us-east-1b, us-east-1c'],
  },
  {
    name: '[PL-8] memberOf is not satisfied',
    on: { id: 'a', attributes: [{ name: 'stack', value: 'test' }] },
    request: { constraints: memberOf('attribute:stack == prod') },
    want: [
      'MemberOf placement constraint unsatisfied.',
      'the container instance does not satisfy attribute:stack == prod',
    ],
  },
  {
    name: '[PL-8] memberOf of tasks is not satisfied',
    on: { id: 'a', tasks: ['database'] },
    request: { constraints: memberOf('not(task:group == database)') },
    want: [
      'MemberOf placement constraint unsatisfied.',
      'the container instance does not satisfy not(task:group == database)',
    ],
  },
  {
    name: '[PL-9] distinctInstance: a task of the group is there',
    on: { id: 'a', tasks: ['service:web', 'service:web'] },
    request: { constraints: readConstraints([{ type: 'distinctInstance' }]) },
    want: ['DistinctInstance placement constraint unsatisfied.', '2 tasks of the group service:web are there already'],
  },
  {
    name: '[PL-10] too little CPU',
    on: { id: 'a', cpu: 255 },
    want: ['RESOURCE:CPU', 'the task needs 256 CPU units, 255 are free'],
  },
  {
    name: '[PL-10] too little memory',
    on: { id: 'a', memory: 255 },
    want: ['RESOURCE:MEMORY', 'the task needs 256 MiB, 255 MiB are free'],
  },
  {
    name: '[PL-11] a host port is reserved',
    on: { id: 'a' },
    request: { resources: amounts(256, 256, [80, 22]) },
    want: ['RESOURCE:PORTS', 'the host port 22/tcp is in use or reserved'],
  },
];

describe('refusals', () => {
  test.each(refusals)('$name', ({ on, request, want: [reason, detail] }) => {
    expect(placeIn([on], request)).toEqual({
      failures: [{ instanceKey: key('a'), reason, detail }],
      noInstances: false,
    });
    expect(placeOn({ ...base, ...request }, ledgerOf([on]).pool(scope, 'c'), key('a'))).toEqual({
      failures: [{ instanceKey: key('a'), reason, detail }],
      noInstances: false,
    });
  });

  test('[PL-11] a host port in use is refused, also one of a placement in flight', () => {
    const ledger = ledgerOf([{ id: 'a' }, { id: 'b' }]);
    const { launchType, group, requiresAttributes, constraints, strategies } = base;
    const request = { launchType, group, requiresAttributes, constraints, strategies, resources: amounts(1, 1, [80]) };
    const tasks = ['1', '2', '3'].map((taskKey) => ({ taskKey, chance: 0 }));
    const answer = placeTasks(ledger, { scope, cluster: 'c', request, tasks });
    expect(answer.placed.map(({ instanceKey }) => instanceKey).sort()).toEqual([key('a'), key('b')]);
    expect(answer.failures.map(({ reason }) => reason)).toEqual(['RESOURCE:PORTS', 'RESOURCE:PORTS']);
  });

  test('[PL-12] one reason per candidate; others are no candidates', () => {
    const answer = placeIn([
      { id: 'a', connected: false },
      { id: 'b', cpu: 1 },
      { id: 'c', status: 'DRAINING' },
      { id: 'd', launchType: 'EXTERNAL' },
    ]);
    expect(answer).toMatchObject({
      failures: [
        { instanceKey: key('a'), reason: 'AGENT' },
        { instanceKey: key('b'), reason: 'RESOURCE:CPU' },
      ],
    });
  });

  test('[PL-12] the reasons are bounded', () => {
    const many = Array.from({ length: maxFailures + 1 }, (_, index) => ({ id: `i${index}`, cpu: 1 }));
    const answer = placeIn(many);
    expect('failures' in answer && answer.failures.length).toBe(maxFailures);
  });

  test('[PL-13] no ACTIVE instance of the launch type at all', () => {
    expect(placeIn([])).toEqual({ failures: [], noInstances: true });
    expect(
      placeIn([
        { id: 'c', status: 'DRAINING' },
        { id: 'd', launchType: 'EXTERNAL' },
      ]),
    ).toEqual({
      failures: [],
      noInstances: true,
    });
    expect(noContainerInstances).toBe('No Container Instances were found in your cluster.');
  });

  test('[PL-14] StartTask on an instance that is unknown or not ACTIVE', () => {
    const pool = ledgerOf([{ id: 'a', status: 'DRAINING' }, { id: 'b' }]).pool(scope, 'c');
    expect(placeOn(base, pool, key('x'))).toMatchObject({ failures: [{ reason: 'MISSING' }] });
    expect(placeOn(base, pool, key('a'))).toMatchObject({ failures: [{ reason: 'INACTIVE' }] });
    expect(placeOn(base, pool, key('b'))).toEqual({ placed: key('b'), zones: [] });
  });
});

test('[PL-7] an instance that serves several zones takes tasks of each, and says which remain', () => {
  const pool = [
    { id: 'a', launchType: 'FARGATE', attributes: [{ name: 'longshore.zones', value: 'z-a, z-b,z-c' }] },
  ] as const;
  expect(placeIn(pool, { launchType: 'FARGATE', zones: ['z-c', 'z-b', 'z-x'] })).toEqual({
    placed: key('a'),
    zones: ['z-b', 'z-c'],
  });
});

describe('strategies', () => {
  const strategies = (...given: Parameters<typeof readStrategies>[0]) => ({ strategies: readStrategies(given) });

  test('[PL-15] binpack leaves the least of the resource unused', () => {
    const samples = [
      { id: 'a', cpu: 1000, memory: 500 },
      { id: 'b', cpu: 500, memory: 1000 },
      { id: 'c', cpu: 255, memory: 255 },
    ];
    expect(placeIn(samples, strategies({ type: 'binpack', field: 'cpu' }))).toMatchObject({ placed: key('b') });
    expect(placeIn(samples, strategies({ type: 'binpack', field: 'MEMORY' }))).toMatchObject({ placed: key('a') });
  });

  test('[PL-16] spread counts the tasks of the group, by zone or by instance', () => {
    const samples = [
      { id: 'a', zone: 'a', tasks: ['service:web', 'service:web'] },
      { id: 'b', zone: 'a' },
      { id: 'c', zone: 'b', tasks: ['service:web', 'x', 'x', 'x'] },
    ];
    expect(placeIn(samples, { strategies: serviceDefaultStrategies })).toMatchObject({ placed: key('c') });
    for (const field of ['instanceId', 'host'])
      expect(placeIn(samples, strategies({ type: 'spread', field }))).toMatchObject({ placed: key('b') });
  });

  test('[PL-17] strategies are chained: each decides among what the earlier left equal', () => {
    const samples = [
      { id: 'a', zone: 'a', memory: 300, tasks: ['service:web'] },
      { id: 'b', zone: 'b', memory: 900 },
      { id: 'c', zone: 'b', memory: 600 },
    ];
    const chained = strategies(
      { type: 'spread', field: 'attribute:ecs.availability-zone' },
      { type: 'binpack', field: 'memory' },
    );
    expect(placeIn(samples, chained)).toMatchObject({ placed: key('c') });
  });

  test('[PL-18] tasks of one request see one another', () => {
    const ledger = ledgerOf(
      ['a', 'b', 'c'].flatMap((zone) => [1, 2].map((n) => ({ id: `${zone}${n}`, zone, cpu: 512 }))),
    );
    const answer = placeTasks(ledger, {
      scope,
      cluster: 'c',
      request: { ...base, strategies: serviceDefaultStrategies },
      tasks: Array.from({ length: 14 }, (_, index) => ({ taskKey: `t${index}`, chance: index / 14 })),
    });
    const zones = answer.placed.map((one) => one.zones.join());
    for (let round = 0; round < 12; round += 3) expect(zones.slice(round, round + 3).sort()).toEqual(['a', 'b', 'c']);
    expect(answer.placed).toHaveLength(12);
    expect(answer.failures).toHaveLength(6);
    for (const { taskKey } of answer.placed) ledger.release(taskKey);
    expect(ledger.available(key('a1'))?.cpuUnits).toBe(512);
  });

  test('[PL-19] chance alone decides at random, evenly', () => {
    const samples = Array.from({ length: 10 }, (_, index) => ({ id: `i${index}` }));
    const pool = ledgerOf(samples).pool(scope, 'c');
    const hits = new Map<string, number>();
    for (let index = 0; index < 10_000; index++) {
      const answer = place({ ...base, chance: index / 10_000 }, pool);
      if ('placed' in answer) hits.set(answer.placed, (hits.get(answer.placed) ?? 0) + 1);
    }
    expect(hits.size).toBe(10);
    for (const count of hits.values()) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });
});

test.each<readonly [readonly PlacementConstraint[], string | RegExp]>([
  [[{ type: 'distinctInstance', expression: '' }], 'distinctInstance expression should not be specified.'],
  [[{ type: 'memberOf' }], 'memberOf expression should be specified.'],
  [[{ type: 'memberOf', expression: 'attribute:a' }], /expected an operator/],
  [[{}], /type "" of a placement constraint/],
  [Array.from({ length: 11 }, () => ({ type: 'distinctInstance' })), /At most 10 .* not 11/],
])('[PL-32] malformed constraints are refused: %j', (given, want) => {
  expect(() => readConstraints(given)).toThrow(want);
});

test.each<readonly [readonly PlacementStrategy[], string | RegExp]>([
  [[{ type: 'binpack', field: 'disk' }], /field "disk" of a binpack/],
  [[{ type: 'spread' }], /field "" of a spread/],
  [[{ type: 'spread', field: 'attribute:' }], /field "attribute:"/],
  [[{ type: 'random', field: 'cpu' }], 'random field should not be specified.'],
  [[{}], /type "" of a placement strategy/],
  [Array.from({ length: 6 }, () => ({ type: 'random' })), /At most 5 .* not 6/],
])('[PL-33] malformed strategies are refused: %j', (given, want) => {
  expect(() => readStrategies(given)).toThrow(want);
});

// Against the plain definition: check everything, sort everything.
const sample = fc.record({
  cpu: fc.integer({ min: 0, max: 8 }).map((n) => n * 64),
  memory: fc.integer({ min: 0, max: 8 }).map((n) => n * 64),
  zone: fc.constantFrom('a', 'b', 'c'),
  status: fc.constantFrom('ACTIVE' as const, 'ACTIVE' as const, 'DRAINING' as const),
  connected: fc.boolean().map((one) => one),
  attributes: fc.constantFrom([], [{ name: 'gpu' }], [{ name: 'rack', value: '1' }]),
  tasks: fc.array(fc.constantFrom('service:web', 'other'), { maxLength: 3 }),
});
const someRequest = fc.record({
  resources: fc
    .tuple(fc.constantFrom(0, 64, 256), fc.constantFrom(0, 64, 256))
    .map(([cpu, memory]) => amounts(cpu, memory)),
  requiresAttributes: fc.constantFrom([], [], [{ name: 'gpu' }]),
  constraints: fc.constantFrom(
    [],
    [],
    readConstraints([{ type: 'distinctInstance' }]),
    memberOf('attribute:rack exists'),
    memberOf('runningTasksCount == 0 and not(task:group == other)'),
  ),
  strategies: fc
    .array(
      fc.constantFrom(
        { type: 'spread', field: 'instanceId' } as const,
        { type: 'spread', field: 'attribute:ecs.availability-zone' } as const,
        { type: 'spread', field: 'attribute:rack' } as const,
        { type: 'binpack', field: 'cpu' } as const,
        { type: 'binpack', field: 'memory' } as const,
        { type: 'random' } as const,
      ),
      { maxLength: 3 },
    )
    .map(readStrategies),
  zones: fc.constantFrom(undefined, ['a', 'b']),
  chance: fc.double({ min: 0, max: 0.999, noNaN: true }),
});

test('[PL-17] the fast search finds what checking and ranking every instance finds', () => {
  let placedOnes = 0;
  fc.assert(
    fc.property(
      fc.array(sample, { maxLength: 24 }),
      fc.array(someRequest, { minLength: 1, maxLength: 4 }),
      (some, asked) => {
        const samples = some.map((one, index) => ({ ...one, id: `i${index}` }));
        const ledger = ledgerOf(samples);
        // Placed one after another, so that what is remembered of one must hold for the next.
        for (const [index, { zones, ...rest }] of asked.entries()) {
          const request: PlacementRequest = { ...base, ...rest, ...(zones === undefined ? {} : { zones }) };
          const pool = ledger.pool(scope, 'c');
          const able = [...pool.candidates()].filter(
            (one) => one.record?.status === 'ACTIVE' && checks.every((check) => check.check(one, request)),
          );
          const value = (strategy: PlacementRequest['strategies'][number], one: (typeof able)[number]): number => {
            if (strategy.kind === 'random') return 0;
            if (strategy.kind === 'binpack') return strategy.resource === 'cpu' ? one.freeCpuUnits : one.freeMemoryMiB;
            if (strategy.by === 'instanceId') return one.countGroup(request.group);
            const alike = [...pool.candidates()].filter(
              (other) =>
                (other.attributes.get(strategy.attribute) ?? '') === (one.attributes.get(strategy.attribute) ?? ''),
            );
            return alike.reduce((total, other) => total + other.countGroup(request.group), 0);
          };
          const random = request.strategies.findIndex(({ kind }) => kind === 'random');
          const chain = random < 0 ? request.strategies : request.strategies.slice(0, random);
          const ranks = able.map((one) => chain.map((strategy) => value(strategy, one)));
          const compare = (left: readonly number[], right: readonly number[]): number =>
            left.map((number, at) => number - (right[at] ?? 0)).find((difference) => difference !== 0) ?? 0;
          const best = [...ranks].sort(compare)[0];
          const answer = place(request, pool);
          expect(place(request, pool)).toEqual(answer);
          if ('placed' in answer) {
            placedOnes++;
            const chosen = able.findIndex((one) => one.key === answer.placed);
            expect(ranks[chosen]).toEqual(best);
            ledger.reserve({
              taskKey: `p${index}`,
              instanceKey: answer.placed,
              resources: request.resources,
              group: request.group,
            });
          } else {
            expect(able).toEqual([]);
            const active = [...pool.candidates()].filter((one) => one.record?.status === 'ACTIVE');
            expect(answer.failures.map((one) => one.instanceKey)).toEqual(active.map((one) => one.key));
            expect(answer.noInstances).toBe(active.length === 0);
          }
        }
      },
    ),
    { numRuns: 1_000 },
  );
  expect(placedOnes).toBeGreaterThan(300);
});

test('what is remembered of an instance is forgotten when it changes', () => {
  const ledger = ledgerOf([{ id: 'a' }]);
  const request = { ...base, constraints: memberOf('attribute:stack == prod') };
  expect(place(request, ledger.pool(scope, 'c'))).toHaveProperty('failures');
  const record = ledger.pool(scope, 'c').get(key('a'))!.record!;
  ledger.instanceChanged({ key: key('a'), after: { ...record, attributes: [{ name: 'stack', value: 'prod' }] } });
  expect(place(request, ledger.pool(scope, 'c'))).toHaveProperty('placed');
  ledger.setConnected(key('a'), false);
  expect(place(request, ledger.pool(scope, 'c'))).toHaveProperty('failures');
});
