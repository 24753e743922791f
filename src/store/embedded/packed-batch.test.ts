import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { packBatch, packOutcomes, unpackBatch, unpackOutcomes } from './packed-batch.ts';

const key = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => !text.includes('\0'));
const revision = fc.nat(Number.MAX_SAFE_INTEGER);
const transaction = fc.record({
  conditions: fc.array(fc.record({ key, modRevision: revision }), { maxLength: 4 }),
  operations: fc.array(
    fc.oneof(fc.record({ put: key, value: fc.uint8Array({ maxLength: 20 }) }), fc.record({ delete: key })),
    { maxLength: 4 },
  ),
});

test('transactions come out of a message as they went in, those that hold nothing among them', () => {
  fc.assert(
    fc.property(fc.array(transaction, { maxLength: 5 }), (transactions) => {
      expect([...unpackBatch(packBatch(transactions))]).toEqual(transactions);
    }),
  );
});

test('outcomes come out of a message as they went in', () => {
  const outcome = fc.record({ ok: fc.boolean(), revision, created: fc.array(fc.integer({ min: -1 })) });
  fc.assert(
    fc.property(fc.array(outcome, { maxLength: 5 }), (outcomes) => {
      expect(unpackOutcomes(packOutcomes(outcomes))).toEqual(outcomes);
    }),
  );
});
