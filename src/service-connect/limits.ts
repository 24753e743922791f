/** Bounds of the proxies and of who runs them; times in milliseconds. */
export const limits = {
  /** A request or connection is tried this often again, each time with another host. https://docs.aws.amazon.com/app-mesh/latest/userguide/envoy-defaults.html */
  retries: 2,
  /** Of a request's body that are kept, so that it can be sent again. */
  replayBytes: 64 * 1024,
  connectTimeoutMs: 5_000,
  /** Kept-open connections to one host without a request, and for how long: less than servers keep theirs. */
  idleConnections: 32,
  idleConnectionMs: 2_000,
  headersTimeoutMs: 60_000,
  headerBytes: 64 * 1024,
  http2Streams: 250,
  /** Connections of one task's containers through its proxy at a time. */
  connections: 10_000,
  /** Errors in a row after which a host is left out; for how long, times how often it was; how many may be, of all. */
  ejectAfterErrors: 5,
  ejectionMs: 30_000,
  longestEjectionMs: 300_000,
  ejectedPercent: 50,
  /** What is in flight to a host that left is waited for so long. */
  drainMs: 25_000,
  /** A proxy must listen within this. */
  startMs: 15_000,
  stopGraceMs: 3_000,
  /** How often a proxy looks whether its task is still there, and an agent whether its proxies are. */
  lookMs: 2_000,
  /** A proxy that ended by itself is started again after this; after twice as long each time it does not run for `calmMs`. */
  restartMs: 200,
  longestRestartMs: 30_000,
  calmMs: 10_000,
  /** Bytes of what the agent sends to a proxy at once. */
  updateBytes: 16 * 1024 * 1024,
  /** Names in one report to the control plane. */
  watchedAtOnce: 500,
} as const;
