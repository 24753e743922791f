import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { InvalidArgument } from '../../../../kernel/index.ts';
import { maxPatternSteps } from './limits.ts';
import { Pattern } from './pattern.ts';

test.each([
  ['g2.*', 'g2.2xlarge', true],
  ['g2', 'g2.2xlarge', false],
  ['t2\\.(small|medium)', 't2.medium', true],
  ['t2\\.(small|medium)', 't2xmedium', false],
  ['us-east-1[a-c]', 'us-east-1b', true],
  ['us-east-1[^a-c]', 'us-east-1b', false],
  ['^a$', 'a', true],
  ['a^b', 'ab', false],
  ['a{2,3}', 'aaaa', false],
  ['a{2,}', 'aaaa', true],
  ['\\d+-\\w*\\s?', '42-x_ ', true],
  ['[\\d.]+', '1.2.3', true],
  ['', '', true],
  ['(a|)b?', '', true],
  ['(?:ab)+?', 'abab', true],
  ['.', '\n', false],
])('[PL-29] a pattern must fit the whole value: %s on %j', (pattern, value, want) => {
  expect(new Pattern(pattern).matches(value)).toBe(want);
});

test.each([
  '(',
  ')',
  'a)',
  '[',
  '[b-a]',
  '*',
  'a**',
  'a*+',
  '(?=a)',
  '(?<n>a)',
  '\\1',
  '\\b',
  'a{',
  'a{3,2}',
  '[a&&b]',
  '[[a]]',
  '\\',
  'a{2',
  '\\p{L}',
])('[PL-30] what is wrong or needs backtracking is refused: %s', (pattern) => {
  expect(() => new Pattern(pattern)).toThrow(InvalidArgument);
});

test('[PL-31] repetitions are written out only up to a bound', () => {
  expect(new Pattern(`a{${maxPatternSteps - 1}}`).matches('a'.repeat(maxPatternSteps - 1))).toBe(true);
  expect(() => new Pattern(`a{${maxPatternSteps}}`)).toThrow(/too large/);
  expect(() => new Pattern('((((a{99}){99}){99}){99}){99}')).toThrow(/too large/);
  expect(() => new Pattern('((((((){99}){99}){99}){99}){99}){99}')).toThrow(/too large/);
  expect(() => new Pattern(`${'('.repeat(20)}${')'.repeat(20)}`)).toThrow(/deep/);
});

test('[PL-31] patterns that explode with backtracking stay linear', () => {
  const value = 'a'.repeat(20_000);
  for (const pattern of ['(a*)*b', '(a+)+b', '(a|a)*b', '(a|aa)+b', '(.*)(.*)(.*)(.*)(.*)b']) {
    const start = process.cpuUsage();
    expect(new Pattern(pattern).matches(value)).toBe(false);
    expect(process.cpuUsage(start).user / 1_000).toBeLessThan(500);
  }
});

const simple = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\d', '1'),
    fc.tuple(tie('node'), tie('node')).map(([left, right]) => left + right),
    fc.tuple(tie('node'), tie('node')).map(([left, right]) => `(${left}|${right})`),
    fc
      .tuple(tie('node'), fc.constantFrom('*', '+', '?', '{2}', '{0,2}', '{1,}'))
      .map(([part, times]) => `(${part})${times}`),
  ),
})).node;

test('[PL-29] agrees with the platform’s regular expressions', () => {
  fc.assert(
    fc.property(simple, fc.array(fc.constantFrom('a', 'b', '1', 'c'), { maxLength: 8 }), (pattern, characters) => {
      const value = characters.join('');
      let own: Pattern;
      try {
        own = new Pattern(pattern);
      } catch (thrown) {
        expect((thrown as Error).message).toMatch(/too large/);
        return;
      }
      expect(own.matches(value)).toBe(new RegExp(`^(?:${pattern})$`).test(value));
    }),
    { numRuns: 3_000 },
  );
});
