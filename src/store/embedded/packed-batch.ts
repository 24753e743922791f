import { keyOf } from '../check.ts';
import type { Condition, Operation } from '../store.ts';
import type { PackedBatch, TransactionOutcome } from './messages.ts';

interface Unpacked {
  readonly conditions: readonly Condition[];
  readonly operations: readonly Operation[];
}

const keyEnd = '\0';

/** Puts transactions into one message. */
export function packBatch(transactions: readonly Unpacked[]): PackedBatch {
  let keys = '';
  let count = 0;
  let bytes = 0;
  for (const { conditions, operations } of transactions) {
    count += 2 + conditions.length + operations.length;
    for (const { key } of conditions) keys += key + keyEnd;
    for (const operation of operations) {
      keys += keyOf(operation) + keyEnd;
      if ('put' in operation) bytes += operation.value.length;
    }
  }
  const numbers = new Float64Array(count);
  const values = new Uint8Array(bytes);
  let at = 0;
  let offset = 0;
  for (const { conditions, operations } of transactions) {
    numbers[at++] = conditions.length;
    numbers[at++] = operations.length;
    for (const { modRevision } of conditions) numbers[at++] = modRevision;
    for (const operation of operations) {
      numbers[at++] = 'put' in operation ? operation.value.length : -1;
      if (!('put' in operation)) continue;
      values.set(operation.value, offset);
      offset += operation.value.length;
    }
  }
  return { keys, numbers, values };
}

/** The transactions of a message, in order. */
export function* unpackBatch({ keys, numbers, values }: PackedBatch): Iterable<Unpacked> {
  const names = keys.split(keyEnd);
  let name = 0;
  let offset = 0;
  for (let at = 0; at < numbers.length;) {
    const conditionCount = numbers[at++] as number;
    const operationCount = numbers[at++] as number;
    const conditions: Condition[] = [];
    for (let left = conditionCount; left > 0; left--)
      conditions.push({ key: names[name++] as string, modRevision: numbers[at++] as number });
    const operations: Operation[] = [];
    for (let left = operationCount; left > 0; left--) {
      const key = names[name++] as string;
      const length = numbers[at++] as number;
      if (length < 0) operations.push({ delete: key });
      else operations.push({ put: key, value: values.subarray(offset, (offset += length)) });
    }
    yield { conditions, operations };
  }
}

/** For each transaction: 1 or 0 for `ok`, its revision, how many operations were looked at, and `created` of each. */
export function packOutcomes(outcomes: readonly TransactionOutcome[]): Float64Array {
  const packed = new Float64Array(outcomes.reduce((count, { created }) => count + 3 + created.length, 0));
  let at = 0;
  for (const { ok, revision, created } of outcomes) {
    packed[at++] = ok ? 1 : 0;
    packed[at++] = revision;
    packed[at++] = created.length;
    for (const one of created) packed[at++] = one;
  }
  return packed;
}

export function unpackOutcomes(packed: Float64Array): TransactionOutcome[] {
  const outcomes: TransactionOutcome[] = [];
  for (let at = 0; at < packed.length;) {
    const ok = packed[at++] === 1;
    const revision = packed[at++] as number;
    const end = at + 1 + (packed[at] as number);
    const created = Array.from(packed.subarray(at + 1, end));
    at = end;
    outcomes.push({ ok, revision, created });
  }
  return outcomes;
}
