import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';

/** What lies where under a data directory. */
export const places = {
  journal: (directory: string): string => join(directory, 'journal'),
  logs: (directory: string): string => join(directory, 'logs'),
  agent: (directory: string, name: string): string => join(directory, 'agents', name),
  /** Process id of the `longshore up` that holds the directory. */
  process: (directory: string): string => join(directory, 'longshore.pid'),
  /** Of an engine that Longshore itself started. */
  engine: (directory: string): string => join(directory, 'engine'),
} as const;

/** Under which name an agent uses this machine's task network: agents of other data directories may have the same name. */
export function networkOwner(directory: string, name: string): string {
  const digits = createHash('sha256').update(resolve(directory)).digest('hex').slice(0, 8);
  return `${name.slice(0, 55)}-${digits}`;
}
