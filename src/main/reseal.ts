import { Unavailable, type Log } from '../kernel/index.ts';
import type { SealedRows } from '../store/index.ts';
import type { SealingKeys } from './sealing-keys.ts';

/** The key of values that an older version did not seal. */
const unsealed = '';

/** @throws Unavailable when values need a key that the file does not have: nobody could read them, and new ones would hide it */
export function checkKeys(keys: SealingKeys, values: readonly SealedRows[]): void {
  const missing = values.flatMap((one) => [...one.keyIds()]).find((id) => id !== unsealed && !keys.has(id));
  if (missing !== undefined)
    throw new Unavailable(
      `secret values are sealed with the key ${missing}, which sealing-keys.json in the data directory does not have: put back the file that has it`,
    );
}

/**
 * Seals with the present key what needs an old one or was never sealed, then removes the old keys. Every step may be the last before a crash: values say which key they
 * need, and a key goes only when none needs it. Values that are written meanwhile have the present key.
 * @returns how many values were sealed again
 */
export async function finishRotation(
  keys: SealingKeys,
  values: readonly SealedRows[],
  { log, isStopped }: { readonly log: Log; isStopped(): boolean },
): Promise<number> {
  let total = 0;
  for (const old of [unsealed, ...keys.oldKeyIds]) {
    for (const one of values) {
      for (let some = await one.reseal(old); some > 0 && !isStopped(); some = await one.reseal(old)) total += some;
    }
    const needed = values.some((one) => [...one.keyIds()].includes(old));
    if (isStopped() || needed) return total;
    if (old === unsealed) continue;
    keys.forget(old);
    log.info('an old sealing key was removed', { key: old });
  }
  return total;
}
