import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rfc3339 } from './task-credentials.ts';

test('rfc3339 agrees with the platform for every second of 400 years', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 12_622_780_800 }), (seconds) => {
      expect(rfc3339(seconds * 1000 + 999)).toBe(new Date(seconds * 1000).toISOString().replace('.000Z', 'Z'));
    }),
  );
});
