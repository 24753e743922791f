import type { Clock, Ids, Log } from '../kernel/index.ts';
import type { CredentialStore, ServiceDefinition } from './api/index.ts';
import type { ServerLimits } from './limits.ts';

export interface ServerOptions {
  readonly host: string;
  /** 0 lets the system choose; see the address that start() returns. */
  readonly port: number;
  readonly services: readonly ServiceDefinition[];
  readonly credentials: CredentialStore;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  /** The body of `GET /health`; `status` other than `ok` answers HTTP 503. */
  health(): { readonly status: string } | Promise<{ readonly status: string }>;
  readonly limits?: Partial<ServerLimits>;
}

export interface Server {
  /** Listens. Rejects when the port is taken. */
  start(): Promise<{ readonly host: string; readonly port: number }>;
  /** Refuses new work, lets running requests finish for `stopTimeoutMs`, closes websockets with 1001, then everything. */
  stop(): Promise<void>;
}

/**
 * The front door: AWS's wire protocols over HTTP for a list of services.
 * @throws Error when a handler names an operation that its service does not have, or the tables were not generated
 */
export function createServer(options: ServerOptions): Server {
  throw new Error(`not written yet: ${options.host}`);
}
