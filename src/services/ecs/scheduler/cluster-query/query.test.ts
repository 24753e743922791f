import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidArgument } from '../../../../kernel/index.ts';
import type { InstanceFacts } from './facts.ts';
import { readInstant } from './instant.ts';
import { maxQueryDepth, maxQueryLength } from './limits.ts';
import { readClusterQuery } from './query.ts';

const instance: InstanceFacts = {
  attributes: new Map([
    ['ecs.instance-type', 'g2.2xlarge'],
    ['ecs.availability-zone', 'us-east-1a'],
    ['rack', '12'],
    ['stack', ''],
    ['label', 'two words'],
  ]),
  agentConnected: true,
  agentVersion: '1.14.10',
  ec2InstanceId: 'i-abcd1234',
  // 2018-02-12T23:59:59.500Z
  registeredAtMs: 1_518_479_999_500,
  runningTasksCount: 2,
  taskGroups: ['service:production', 'family:batch'],
};
const bare: InstanceFacts = {
  attributes: new Map(),
  agentConnected: false,
  registeredAtMs: 0,
  runningTasksCount: 0,
  taskGroups: [],
};

const answers: readonly (readonly [string, readonly (readonly [string, boolean])[]])[] = [
  [
    '[PL-20] the examples of AWS’s page',
    [
      ['attribute:ecs.instance-type == t2.small', false],
      ['attribute:ecs.availability-zone in [us-east-1a, us-east-1b]', true],
      ['attribute:ecs.instance-type =~ g2.* and attribute:ecs.availability-zone != us-east-1d', true],
      ['task:group == service:production', true],
      ['not(task:group == database)', true],
      ['runningTasksCount == 1', false],
      ['agentVersion < 1.14.5', false],
      ['registeredAt < 2018-02-13', true],
      ["ec2InstanceId in ['i-abcd1234', 'i-wxyx7890']", true],
    ],
  ],
  [
    '[PL-21] every operator as symbol and as word',
    [
      ['attribute:rack==12', true],
      ['attribute:rack equals 12', true],
      ['attribute:rack != 12', false],
      ['attribute:rack not_equals 13', true],
      ['attribute:rack > 9', true],
      ['attribute:rack greater_than 12', false],
      ['attribute:rack >= 12', true],
      ['attribute:rack greater_than_equal 13', false],
      ['attribute:rack < 100', true],
      ['attribute:rack less_than 12', false],
      ['attribute:rack <= 12', true],
      ['attribute:rack less_than_equal 11', false],
      ['attribute:stack exists', true],
      ['attribute:none exists', false],
      ['attribute:none !exists', true],
      ['attribute:stack not_exists', false],
      ['attribute:rack in [11,12]', true],
      ['attribute:rack !in [11,12]', false],
      ['attribute:rack not_in [11]', true],
      ['attribute:rack matches 1[0-9]', true],
      ['attribute:rack !~ 1[0-9]', false],
      ['attribute:rack not_matches 2.', true],
      ['attribute:label == "two words"', true],
      ["attribute:stack == ''", true],
    ],
  ],
  [
    '[PL-22] not binds tighter than and, and tighter than or',
    [
      ['agentConnected == true or agentConnected == true and agentConnected == false', true],
      ['(agentConnected == true || agentConnected == true) && agentConnected == false', false],
      ['not agentConnected == false and agentConnected == true', true],
      ['!(agentConnected == true)', false],
      ['!agentConnected == true || attribute:rack exists', true],
    ],
  ],
  [
    '[PL-23] versions compare number by number',
    [
      ['agentVersion > 1.14.9', true],
      ['agentVersion == 1.14.10', true],
      ['agentVersion >= v1.14.10', true],
      ['agentVersion < 1.15', true],
      ['agentVersion != 1.14.1', true],
    ],
  ],
  [
    '[PL-24] dates in each format, without offset in UTC',
    [
      ['registeredAt == 2018-02-12T23:59:59', true],
      ['registeredAt == 2018-02-12T23:59:59Z', true],
      ['registeredAt == 2018-02-13T01:59:59+02:00', true],
      ['registeredAt == 2018-02-12T18:29:59-05:30', true],
      ['registeredAt >= 2018-02-12', true],
      ['registeredAt > 2018-02-13', false],
    ],
  ],
];

describe.each(answers)('%s', (title, cases) => {
  test.each(cases)(`${title}: %s`, (text, want) => {
    expect(readClusterQuery(text).matches(instance)).toBe(want);
  });
});

test.each([
  ['attribute:retiring != true', false],
  ['attribute:retiring !in [true]', false],
  ['attribute:retiring !~ t.*', false],
  ['not(attribute:retiring == true)', true],
  ['attribute:retiring !exists', true],
  ['agentVersion != 1.0.0', false],
  ['ec2InstanceId != i-1', false],
  ['task:group != database', false],
  ['task:group !exists', true],
])('[PL-25] only !exists is true of what an instance does not have: %s', (text, want) => {
  expect(readClusterQuery(text).matches(bare)).toBe(want);
});

test.each([
  ['attribute:ecs.instance-type == g2.2xlarge', false],
  ['runningTasksCount < 3', true],
  ['attribute:rack exists and not(task:group == a)', true],
  ['agentConnected == true', false],
])('knows whether the answer depends on tasks: %s', (text, want) => {
  expect(readClusterQuery(text).dependsOnTasks).toBe(want);
});

test.each([
  ['', /expected a subject .* found the end/],
  ['attribute:a', /expected an operator after "attribute:a"/],
  ['attribute:a == ', /expected a value, found the end/],
  ['attribute:a == b c', /expected "and", "or" or the end, found "c"/],
  ['attribute:a in b', /expected a list/],
  ['attribute:a in [b', /expected "," or "]"/],
  ['attribute:a in []', /expected a value/],
  ['(attribute:a exists', /expected "\)"/],
  ['attribute:a == "b', /closing quote/],
  ['attribute: == b', /there is no subject "attribute:"/],
  ['instanceType == b', /there is no subject "instanceType"/],
  ['constructor == b', /there is no subject "constructor"/],
  ['agentConnected > true', /agentConnected does not take the operator >/],
  ['runningTasksCount in [1]', /runningTasksCount does not take the operator in/],
  ['agentVersion exists', /agentVersion does not take/],
  ['runningTasksCount > many', /"many" is not a number of tasks/],
  ['agentVersion > new', /"new" is not a version/],
  ['registeredAt > 2018-02-30', /"2018-02-30" is not a date/],
  ['registeredAt > yesterday', /"yesterday" is not a date/],
  ['attribute:a =~ [', /pattern "\[" is not valid/],
])('[PL-26] says what is malformed and where: %s', (text, want) => {
  expect(() => readClusterQuery(text)).toThrow(InvalidArgument);
  expect(() => readClusterQuery(text)).toThrow(want);
});

test('[PL-27] length and depth are bounded', () => {
  const exact = `attribute:a == ${'b'.repeat(maxQueryLength - 'attribute:a == '.length)}`;
  expect(readClusterQuery(exact).matches(bare)).toBe(false);
  expect(() => readClusterQuery(`${exact}b`)).toThrow(/2001 characters, at most 2000/);
  const nested = (depth: number): string => `${'('.repeat(depth)}attribute:a exists${')'.repeat(depth)}`;
  expect(readClusterQuery(nested(maxQueryDepth)).matches(bare)).toBe(false);
  expect(() => readClusterQuery(nested(maxQueryDepth + 1))).toThrow(InvalidArgument);
  expect(() => readClusterQuery('!'.repeat(1_900))).toThrow(InvalidArgument);
});

const fragments = fc.constantFrom(
  ...'( ) [ ] , ! not and or && || == != =~ !~ in !in exists !exists > <= matches "x y" \' " a.* (a|b)* {2,3} \\ \\d ^ $ 1.2.3 2018-06-18 5 true'.split(
    ' ',
  ),

  'attribute:a',
  'task:group',
  'agentVersion',
  'registeredAt',
  'runningTasksCount',
  'agentConnected',
  'ec2InstanceId',
  ' ',
);
const soup = fc
  .array(fc.oneof(fragments, fc.string({ maxLength: 4, unit: 'binary' })), { maxLength: 60 })
  .chain((parts) => fc.constantFrom(parts.join(' '), parts.join('')));
const subjects = fc.constantFrom(
  'attribute:a',
  'task:group',
  'agentVersion',
  'registeredAt',
  'runningTasksCount',
  'ec2InstanceId',
);
const operators = fc.constantFrom('==', '!=', '>', '<=', '=~', '!~', 'in', 'not_in', '!exists', 'exists');
const values = fc.constantFrom('1', '1.2.3', '2018-06-18', '[a, b]', '"x y"', '(a|b)*c', "'(a*)*b'", '', 'x{2,9}');
const comparisons = fc.oneof(
  fc.tuple(subjects, operators, values).map((parts) => parts.join(' ')),
  fc.constantFrom(
    'attribute:a == b',
    "attribute:ecs.instance-type =~ '(g2|t2)+[.].*'",
    'task:group !in [a, "b c"]',
    'agentVersion < 1.14.5',
    'registeredAt >= 2018-06-18T22:28:28+00:00',
    'runningTasksCount != 1',
    'ec2InstanceId not_matches i-.*',
    'task:group !exists',
  ),
);
/** Nearly right: comparisons joined, with something put in or taken out somewhere. */
const nearlyRight = fc
  .tuple(
    fc.array(comparisons, { minLength: 1, maxLength: 4 }),
    fc.constantFrom(' and ', '||', ' or not ', ' && !'),
    fc.nat(),
    fc.constantFrom(0, 0, 1, 3),
    fc.oneof(fc.constant(''), fc.constant(''), fragments, fc.string({ maxLength: 3 })),
  )
  .map(([parts, joint, at, removed, added]) => {
    const text = parts.join(joint);
    const position = at % text.length;
    return text.slice(0, position) + added + text.slice(position + removed);
  });

test('[PL-28] whatever the text: an answer or InvalidArgument, in bounded time', () => {
  let read = 0;
  fc.assert(
    fc.property(fc.oneof(soup, nearlyRight), (text) => {
      // The thread's own time: the bound holds whatever else the machine does.
      const start = process.cpuUsage();
      try {
        const query = readClusterQuery(text);
        read++;
        expect(typeof query.matches(instance)).toBe('boolean');
        query.matches(bare);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(InvalidArgument);
      }
      expect(process.cpuUsage(start).user / 1_000).toBeLessThan(200);
    }),
    { numRuns: 5_000 },
  );
  // Enough of them are well-formed for the evaluation to be tried as well.
  expect(read).toBeGreaterThan(200);
});

// Queries as trees, written out and evaluated both ways.
type Tree =
  | { readonly kind: 'leaf'; readonly value: boolean }
  | { readonly kind: 'not'; readonly part: Tree }
  | { readonly kind: 'and' | 'or'; readonly left: Tree; readonly right: Tree };
const trees = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 6 },
    fc.record({ kind: fc.constant('leaf' as const), value: fc.boolean() }),
    fc.record({ kind: fc.constant('not' as const), part: tie('tree') }),
    fc.record({ kind: fc.constantFrom('and' as const, 'or' as const), left: tie('tree'), right: tie('tree') }),
  ),
})).tree;
function write(tree: Tree): string {
  if (tree.kind === 'leaf') return `agentConnected == ${tree.value}`;
  if (tree.kind === 'not') return `not (${write(tree.part)})`;
  return `(${write(tree.left)}) ${tree.kind === 'and' ? '&&' : 'or'} (${write(tree.right)})`;
}
function value(tree: Tree): boolean {
  if (tree.kind === 'leaf') return tree.value;
  if (tree.kind === 'not') return !value(tree.part);
  return tree.kind === 'and' ? value(tree.left) && value(tree.right) : value(tree.left) || value(tree.right);
}

test('[PL-24] dates are read as the platform reads them', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date('2199-12-31T23:59:59Z'), noInvalidDate: true }), (date) => {
      const text = `${date.toISOString().slice(0, 19)}Z`;
      expect(readInstant(text)).toBe(Math.floor(date.getTime() / 1000));
    }),
  );
});

test('compound expressions mean what their tree means', () => {
  fc.assert(
    fc.property(trees, (tree) => {
      const text = write(tree);
      fc.pre(text.length <= maxQueryLength);
      expect(readClusterQuery(text).matches(instance)).toBe(value(tree));
    }),
    { numRuns: 1_000 },
  );
});
