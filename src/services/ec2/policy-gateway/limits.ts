/** Bounds of the gateway of those who wire interfaces; times in milliseconds. */
export const policyLimits = {
  /** Machines connected at a time, over agents and balancers. */
  sessions: 5_000,
  /** Interfaces that one of them may watch. */
  interfaces: 20_000,
  /** Interfaces in one message of theirs. */
  watchedAtOnce: 10_000,
  /** Interfaces in one message to them; the others follow in the next. */
  interfacesAtOnce: 1_000,
  /** Changes of a group's members that wait; beyond it all members are told anew. */
  waitingMemberChanges: 10_000,
  /** Addresses of a VPC that came to another machine and wait; beyond it all are told anew. */
  waitingPlacements: 10_000,
  /** Messages a machine has not said to enforce yet; changes wait. */
  unapplied: 16,
  /** Bytes waiting in the socket above which nothing more is handed to it. */
  bufferedBytes: 1024 * 1024,
  /** How often a socket that was full is looked at again. */
  retryMs: 100,
} as const;
