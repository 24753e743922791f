import { createHash } from 'node:crypto';
import { readIfPresent } from '../platform/index.ts';

const digits = 32;

/** What tells this machine from others, derived from its machine id as machine-id(5) asks for; undefined where the system has none. */
export function machineId(path = '/etc/machine-id'): string | undefined {
  const id = readIfPresent(path)?.trim() ?? '';
  if (!/^[0-9a-f]{32}$/.test(id)) return undefined;
  return createHash('sha256').update(`longshore agent ${id}`).digest('hex').slice(0, digits);
}
