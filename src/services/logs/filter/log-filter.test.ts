import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidPattern } from './invalid-pattern.ts';
import { compileFilter } from './log-filter.ts';

const access = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534';
const json = JSON.stringify({
  eventType: 'UpdateTrail',
  sourceIPAddress: '111.111.111.111',
  arrayKey: ['value', 'another value'],
  objectList: [
    { name: 'a', id: 1 },
    { name: 'b', id: 2 },
  ],
  SomeObject: null,
  ThisFlag: true,
  latency: 1.5e3,
  'cluster.name': 'c',
});

const matching: readonly (readonly [pattern: string, message: string, expected: boolean])[] = [
  ['', 'anything', true],
  ['ERROR', '[ERROR 400] BAD REQUEST', true],
  ['ERROR', 'error', false],
  ['ERROR ARGUMENTS', '[ERROR 419] MISSING ARGUMENTS', true],
  ['ERROR ARGUMENTS', '[ERROR 400] BAD REQUEST', false],
  ['?ERROR ?ARGUMENTS', 'MISSING ARGUMENTS', true],
  ['?ERROR ?ARGUMENTS', 'fine', false],
  ['?ERROR REQUEST', 'BAD REQUEST', true],
  ['ERROR -ARGUMENTS', '[ERROR 400] BAD REQUEST', true],
  ['ERROR -ARGUMENTS', '[ERROR 419] MISSING ARGUMENTS', false],
  ['"INTERNAL SERVER ERROR"', '[ERROR 500] INTERNAL SERVER ERROR', true],
  ['-"GET /health"', 'GET /health', false],
  ['"a \\"b\\""', 'x a "b" y', true],
  ['%AUTHORIZED%', '[ERROR 401] UNAUTHORIZED REQUEST', true],
  ['%^\\[ERROR \\d{3}\\]%', '[ERROR 401] x', true],
  ['%^ERROR$%', 'ERROR ', false],
  ['%colou?r%', 'color', true],
  ['%gray|grey%', 'a grey day', true],
  ['%[^a-c]x%', 'bx', false],
  ['%\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}%', 'from 10.0.23.4', true],
  ['%a{2,}$%', 'baa', true],
  ['%a{2}$%', 'ba', false],
  ['%\\x41+%', 'AAA', true],
  ['{ $.eventType = "UpdateTrail" }', json, true],
  ['{ $.eventType != "UpdateTrail" }', json, false],
  ['{ $.sourceIPAddress != 123.123.* }', json, true],
  ['{ $.sourceIPAddress = 111.* }', json, true],
  ['{ $.sourceIPAddress = %^111\\.% }', json, true],
  ['{ $.arrayKey[0] = "value" }', json, true],
  ['{ $.arrayKey[2] = "value" }', json, false],
  ['{ $.objectList[1].id = 2 }', json, true],
  ['{ $.objectList[*].id = 2 }', json, true],
  ['{ $.SomeObject IS NULL }', json, true],
  ['{ $.SomeOtherObject NOT EXISTS }', json, true],
  ['{ $.SomeObject NOT EXISTS }', json, false],
  ['{ $.ThisFlag IS TRUE }', json, true],
  ['{ $.ThisFlag IS FALSE }', json, false],
  ['{ $.latency > 1.4e3 }', json, true],
  ['{ $.latency <= 1499.9 }', json, false],
  ['{ $.[\'cluster.name\'] = "c" }', json, true],
  ['{ ($.missing = 1 || $.ThisFlag IS TRUE) && $.objectList[0].name = "a" }', json, true],
  ['{ $.missing = 1 && $.x = 1 || $.ThisFlag IS TRUE }', json, true],
  ['{ $.eventType = "Up*ail" }', json, true],
  ['{ $.missing != 1 }', json, false],
  ['{ $.eventType = "x" }', 'not json', false],
  ['{ $.toString = "x" }', json, false],
  ['[ip, id, user, timestamp, request, status_code, size]', access, true],
  ['[ip, id, user, timestamp, request, status_code]', access, false],
  ['[ip, id, user, timestamp, request = "GET *", status_code = 4*, size > 1000]', access, true],
  ['[..., status_code = 404, size]', access, true],
  ['[ip, ..., size < 1000]', access, false],
  ['[ip = 127.*, ...]', access, true],
  ['[w1 = ERROR || w1 = WARN, w2]', 'WARN low', true],
  ['[w1 != ERROR && w1 != WARN, w2]', 'WARN low', false],
  ['[ip = %127\\.0\\.0\\.[1-9]%, ...]', access, true],
];

test.each(matching)('pattern %s on %s: %s', (pattern, message, expected) => {
  expect(compileFilter(pattern).matches(message)).toBe(expected);
});

test.each([
  ['a.b', "Invalid character(s) in term 'a.b'"],
  ['"ERROR" ?', "Invalid character(s) in term '?'"],
  ['""', `Invalid character(s) in term '""'`],
  ['"open', 'Invalid filter pattern'],
  ['{ $.a = 1', "If a filter pattern starts with '{' it must end with '}'"],
  ['[a, b', "If a filter pattern starts with '[' it must end with ']'"],
  ['{ $.a }', 'Invalid filter pattern'],
  ['{ $.a = 1 && }', 'Invalid filter pattern'],
  ['{ $.a > "x" }', 'Invalid filter pattern'],
  ['{ a = 1 }', 'Invalid filter pattern'],
  ['[..., a, ...]', 'Invalid filter pattern'],
  ['[status_code = 4* && bytes > 1000]', 'Invalid filter pattern'],
  ['%something!%', 'Invalid filter pattern'],
  ['%(a)%', 'Invalid filter pattern'],
  ['%a% %b% %c%', 'Invalid filter pattern'],
  ['%[z-a]%', 'Invalid filter pattern'],
  ['%a{9999}%', 'Invalid filter pattern: the regular expression has more than 256 states'],
])('pattern %s is refused: %s', (pattern, message) => {
  expect(() => compileFilter(pattern)).toThrow(new InvalidPattern(message));
});

const separators = [
  '?',
  '-',
  '{',
  '}',
  '[',
  ']',
  '$.a',
  '[0]',
  '[*]',
  '=',
  '!=',
  '>',
  '&&',
  '||',
  '(',
  ')',
  ',',
  '...',
];
const operands = [
  'ERROR',
  '"x y"',
  '%a+b*%',
  '%[a-z]{1,9}%',
  '1',
  '1e5',
  'IS NULL',
  'NOT EXISTS',
  'w1',
  '*',
  '"',
  '%',
  '\\',
];
const pieces = separators.concat(operands, [' ', ' ', '{ $.a = ', ' }', '[a = ']);
const patterns = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.array(fc.constantFrom(...pieces), { maxLength: 20 }).map((chosen) => chosen.join('')),
);
const messages = fc.oneof(
  fc.string(),
  fc.json(),
  fc
    .array(fc.constantFrom('a', 'b', ' ', '"', '[', 'ERROR', '{', '1'), { maxLength: 200 })
    .map((parts) => parts.join('')),
);

describe('whatever the pattern and the message', () => {
  test('compiling throws nothing but InvalidPattern, and matching throws nothing', () => {
    fc.assert(
      fc.property(patterns, messages, (pattern, message) => {
        let filter;
        try {
          filter = compileFilter(pattern);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidPattern);
          return;
        }
        expect(typeof filter.matches(message)).toBe('boolean');
      }),
      { numRuns: 5_000 },
    );
  });

  test('a regular expression matches what the platform’s does', () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\d', '\\w', '1', '\\.');
    const quantifier = fc.constantFrom('', '', '?', '*', '+', '{2}', '{1,3}', '{0,1}', '{2,}');
    const chain = fc
      .tuple(
        fc.constantFrom('', '^'),
        fc.array(fc.tuple(atom, quantifier), { minLength: 1, maxLength: 6 }),
        fc.constantFrom('', '$'),
      )
      .map(([start, steps, end]) => `${start}${steps.map((step) => step.join('')).join('')}${end}`);
    const source = fc.array(chain, { minLength: 1, maxLength: 3 }).map((chains) => chains.join('|'));
    const text = fc.array(fc.constantFrom('a', 'b', '1', '.', ' '), { maxLength: 12 }).map((chars) => chars.join(''));
    fc.assert(
      fc.property(source, text, (pattern, message) => {
        expect(compileFilter(`%${pattern}%`).matches(message)).toBe(new RegExp(pattern).test(message));
      }),
      { numRuns: 5_000 },
    );
  });

  test.each([
    '%.*.*.*.*.*x%',
    '%a*a*a*a*a*a*a*b$%',
    '%[ab]*a[ab]{200}c%',
    '{ $.a = "*a*a*a*a*b" }',
    '[a = %a+a+a+a+b%]',
  ])('%s takes time in proportion to the message', (pattern) => {
    const filter = compileFilter(pattern);
    const cpuMicros = (length: number): number => {
      const text = 'a'.repeat(length);
      const before = process.cpuUsage();
      filter.matches(pattern.startsWith('{') ? JSON.stringify({ a: text }) : text);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    cpuMicros(10_000);
    // Four times the message: about four times the work; backtracking would take sixteen times and more.
    expect(cpuMicros(100_000)).toBeLessThan(10 * cpuMicros(25_000) + 20_000);
  });
});
