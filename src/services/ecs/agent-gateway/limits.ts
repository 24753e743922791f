/** Bounds of the agent gateway; times in milliseconds. */
export const gatewayLimits = {
  heartbeatMs: 30_000,
  /** How long an agent may take to answer when somebody else comes with its identity. */
  answerMs: 3_000,
  /** Heartbeats an agent of protocol version 2 may leave unanswered. */
  unansweredHeartbeats: 3,
  /** Tasks of one payload: at 64 KiB a task definition a message stays about 1 MiB. */
  payloadTasks: 16,
  /** Payloads sent and not yet acknowledged; more wait. */
  unacknowledged: 256,
  /** An unacknowledged payload is sent again after this time. */
  resendMs: 30_000,
  /** Bytes waiting in the socket above which nothing more is handed to it. */
  bufferedBytes: 1024 * 1024,
  /** How often an agent is told all it should have; it is on connecting, and again in case that was lost. */
  manifestMs: 15 * 60_000,
  /** Tasks in a manifest; instances with more get none. */
  manifestTasks: 5_000,
  /** Sequence numbers reserved at once, so that they only grow over restarts without a write each. */
  sequenceLeap: 1_000_000,
  /** Sequence numbers a millisecond of the clock; stays below 2^53 until the year 2255. */
  sequencesPerMs: 1_000,
  /** How often credentials are looked at, and how long before their end they are renewed. */
  credentialCheckMs: 15 * 60_000,
  credentialRenewalMs: 2 * 60 * 60_000,
  /** Container instance health checks kept of one report. */
  healthChecks: 16,
  /** Tasks that ended this long ago may have output that is not shipped yet. */
  endedTaskMs: 10 * 60_000,
  /** Ended tasks of an instance looked at when its agent connects. */
  endedTasksRead: 1_000,
} as const;
