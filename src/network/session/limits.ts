export const limits = {
  handshakeTimeoutMs: 10_000,
  /** A message may bring every member of a group that all tasks of a cluster are in. */
  frameBytes: 32 * 1024 * 1024,
  reconnectFirstMs: 100,
  reconnectLongestMs: 10_000,
  pingMs: 20_000,
  /** How long what may pass to and from an interface is waited for; its task fails then. */
  answerMs: 20_000,
  /** Interfaces named in one message. */
  watchedAtOnce: 1_000,
} as const;
