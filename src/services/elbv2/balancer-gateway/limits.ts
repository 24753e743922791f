/** Bounds of the gateway of the data planes; times in milliseconds. */
export const gatewayLimits = {
  /** Data planes connected at a time. */
  dataPlanes: 16,
  /** Messages a data plane has not said to follow yet; changes wait. */
  unapplied: 16,
  /** Bytes waiting in the socket above which nothing more is handed to it. */
  bufferedBytes: 1024 * 1024,
  /** How often a socket that was full is looked at again. */
  retryMs: 100,
  /** Targets or listeners in one report. */
  reported: 10_000,
  /** Characters of a description or problem that are kept. */
  textLength: 512,
  /** Records written in one transaction, each read and written. */
  writtenAtOnce: 50,
  /** After a write that failed. */
  writeRetryMs: 1_000,
  /** How long load balancers are still shown as served after the last data plane went: it may be starting again. */
  absenceMs: 30_000,
} as const;
