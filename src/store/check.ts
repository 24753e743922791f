import { InvalidArgument } from '../kernel/index.ts';
import { byteLength } from './keys.ts';
import { TooLarge, type Condition, type Operation, type StoreLimits } from './store.ts';

const illFormed = /\p{Surrogate}/u;

/** What every store refuses before it looks at its state. Returns the transaction's bytes of keys and values. */
export function checkTransaction(
  conditions: readonly Condition[],
  operations: readonly Operation[],
  limits: StoreLimits,
): number {
  const count = conditions.length + operations.length;
  if (count > limits.maxOperations) {
    throw new TooLarge(
      `a transaction has ${count} conditions and operations; at most ${limits.maxOperations} are allowed`,
    );
  }
  let bytes = 0;
  for (const condition of conditions) {
    checkKey(condition.key);
    if (!Number.isSafeInteger(condition.modRevision) || condition.modRevision < 0) {
      throw new InvalidArgument(`${condition.modRevision} is not a revision (condition on ${condition.key})`);
    }
    bytes += byteLength(condition.key);
  }
  const written = new Set<string>();
  for (const operation of operations) {
    const key = keyOf(operation);
    checkKey(key);
    if (written.has(key)) throw new InvalidArgument(`${key} is written twice in one transaction`);
    written.add(key);
    bytes += byteLength(key) + ('put' in operation ? operation.value.length : 0);
  }
  if (bytes > limits.maxBytes) {
    throw new TooLarge(`a transaction has ${bytes} bytes of keys and values; at most ${limits.maxBytes} are allowed`);
  }
  return bytes;
}

export function keyOf(operation: Operation): string {
  return 'put' in operation ? operation.put : operation.delete;
}

export function checkKey(key: string): void {
  if (key === '') throw new InvalidArgument('a key must not be empty');
  if (key.includes('\0') || illFormed.test(key)) {
    throw new InvalidArgument(`the key ${JSON.stringify(key)} contains U+0000 or half of a surrogate pair`);
  }
}
