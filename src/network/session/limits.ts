export const limits = {
  socket: {
    /** A message may bring every member of a group that all tasks of a cluster are in. */
    frameBytes: 32 * 1024 * 1024,
    unreadBytes: 16 * 1024 * 1024,
    handshakeTimeoutMs: 10_000,
    reconnect: { firstMs: 100, factor: 2, longestMs: 10_000 },
    liveness: { pingMs: 20_000 },
  },
  /** How long what may pass to and from an interface is waited for; its task fails then. */
  answerMs: 20_000,
  /** Interfaces named in one message. */
  watchedAtOnce: 1_000,
} as const;
