import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { Ids } from '../kernel/index.ts';

const fractionSteps = 2 ** 47;

/** Ids from the machine's cryptographic randomness. */
export const randomIds: Ids = {
  hex: (length) =>
    randomBytes(Math.ceil(length / 2))
      .toString('hex')
      .slice(0, length),
  uuid: () => randomUUID(),
  fraction: () => randomInt(fractionSteps) / fractionSteps,
};
