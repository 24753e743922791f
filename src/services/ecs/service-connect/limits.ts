/** What is in flight to a host that leaves may take this long; then its task stops all the same. */
export const maxDrainMs = 30_000;

/** Bounds of the gateway of agents with proxies; times in milliseconds. */
export const connectLimits = {
  /** Agents connected at a time. */
  agents: 1_000,
  /** Endpoints that one agent watches. */
  watched: 5_000,
  /** Names in one report of an agent. */
  watchedAtOnce: 500,
  /** Bytes waiting in the socket above which nothing more is handed to it: changes wait and become one. */
  bufferedBytes: 1024 * 1024,
  /** How often a socket that was full is looked at again. */
  retryMs: 100,
  /** Endpoints in one message. */
  endpointsInMessage: 200,
} as const;
