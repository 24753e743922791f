/** How long each call to the engine may take, milliseconds. The values are the ECS agent's own. */
export const callTimeoutMs = {
  version: 10_000,
  inspect: 30_000,
  list: 600_000,
  create: 240_000,
  start: 180_000,
  /** Added to the stop timeout of the container. */
  stopGrace: 30_000,
  remove: 300_000,
  volume: 300_000,
  network: 120_000,
  load: 120_000,
  stats: 18_000,
  /** To the response headers of a stream (attach, logs, events). */
  openStream: 30_000,
  /** A registry asked for a digest. */
  distribution: 60_000,
} as const;

/** A reply larger than this is refused: lists of some 10,000 containers fit. */
export const maxReplyBytes = 64 * 1024 * 1024;

/** One line of an NDJSON stream (events, pull progress) may not be longer. */
export const maxLineBytes = 1024 * 1024;

/** What an exec may print before the rest is dropped. */
export const maxExecOutputBytes = 4096;

/** Connections kept open to the engine between calls. */
export const maxIdleConnections = 16;

/** Waits between attempts to get the event stream back. */
export const eventsRetryMs = { first: 100, most: 5_000 } as const;

/** Progress lines of one pull are at least this far apart. */
export const pullProgressEveryMs = 500;
