import { randomFillSync, randomInt, randomUUID } from 'node:crypto';
import type { Ids } from '../kernel/index.ts';

const fractionSteps = 2 ** 47;
/** Drawn at once: a call for each id was 3 % of a RunTask of ten (bench/RESULTS.md). */
const pool = Buffer.alloc(4096);
let used = pool.length;

/** Hexadecimal digits of `bytes` random bytes, each byte of the pool given out once. */
function randomHex(bytes: number): string {
  if (bytes > pool.length) return randomFillSync(Buffer.alloc(bytes)).toString('hex');
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString('hex', used - bytes, used);
}

/** Ids from the machine's cryptographic randomness. */
export const randomIds: Ids = {
  hex: (length) => randomHex(Math.ceil(length / 2)).slice(0, length),
  uuid: () => randomUUID(),
  fraction: () => randomInt(fractionSteps) / fractionSteps,
};
