import type { TaskConnect } from '../connect-protocol/index.ts';

/** What a proxy is started with, as a file: also how an agent that was restarted knows its proxies. */
export interface ProxyFile {
  readonly task: string;
  /** Where it is asked and told. */
  readonly socket: string;
  /** The process that holds the task's network namespace, told from a later one with the same id by its start. */
  readonly holder: { readonly pid: number; readonly start: string };
  readonly connect: TaskConnect;
}
