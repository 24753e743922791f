import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { InvalidArgument } from '../../kernel/index.ts';
import { decodeToken, encodeToken } from './token.ts';

test('a token is opaque text that gives its position back', () => {
  const position = fc.record({
    createRevision: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    key: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 80 }),
  });
  fc.assert(
    fc.property(position, (one) => {
      const token = encodeToken(one);
      expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(decodeToken(token)).toEqual(one);
    }),
  );
});

test('anything else is refused, never misread', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String(), fc.string({ unit: 'binary' })), (text) => {
      try {
        expect(encodeToken(decodeToken(text))).toBe(text);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(InvalidArgument);
      }
    }),
    { numRuns: 1000 },
  );
});

test.each([
  '',
  'A',
  '====',
  'MTp',
  'MDph',
  'MTo',
  'MToa=',
  'x'.repeat(10_000),
  `${encodeToken({ createRevision: 1, key: 'k' })}A`,
])('the token %j is refused', (token) => {
  expect(() => decodeToken(token)).toThrow(InvalidArgument);
});
