import { Unavailable, type Log } from '../kernel/index.ts';
import type { SealingKeys } from './sealing-keys.ts';

/** Sealed values of one service. */
export interface SealedValues {
  /** Ids of the keys that at least one value needs. */
  keyIds(): Iterable<string>;
  /** Seals some values of a key again with the present one. @returns how many: 0 when none needs the key any more */
  reseal(keyId: string): Promise<number>;
}

/** @throws Unavailable when values need a key that the file does not have: nobody could read them, and new ones would hide it */
export function checkKeys(keys: SealingKeys, values: readonly SealedValues[]): void {
  const missing = values.flatMap((one) => [...one.keyIds()]).find((id) => !keys.has(id));
  if (missing !== undefined)
    throw new Unavailable(
      `secret values are sealed with the key ${missing}, which sealing-keys.json in the data directory does not have: put back the file that has it`,
    );
}

/**
 * Seals with the present key what needs an old one, then removes the old keys. Every step may be the last before a crash: values say which key they
 * need, and a key goes only when none needs it. Values that are written meanwhile have the present key.
 * @returns how many values were sealed again
 */
export async function finishRotation(
  keys: SealingKeys,
  values: readonly SealedValues[],
  { log, isStopped }: { readonly log: Log; isStopped(): boolean },
): Promise<number> {
  let total = 0;
  for (const old of keys.oldKeyIds) {
    for (const one of values) {
      for (let some = await one.reseal(old); some > 0 && !isStopped(); some = await one.reseal(old)) total += some;
    }
    const needed = values.some((one) => [...one.keyIds()].includes(old));
    if (isStopped() || needed) return total;
    keys.forget(old);
    log.info('an old sealing key was removed', { key: old });
  }
  return total;
}
