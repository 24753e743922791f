import { join } from 'node:path';

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
