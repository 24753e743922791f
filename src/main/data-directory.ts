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

const digestLength = 8;

/** Whose an interface on this machine is: several installations may have agents of one name, and must not touch each other's. */
export function networkOwner(directory: string, agent: string): string {
  const digest = createHash('sha256').update(resolve(directory)).digest('hex').slice(0, digestLength);
  return `${agent}-${digest}`;
}
