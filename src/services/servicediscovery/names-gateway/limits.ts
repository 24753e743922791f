/** Bounds of the gateway of the name servers; times in milliseconds. */
export const gatewayLimits = {
  /** Name servers connected at a time. */
  nameServers: 16,
  /** Bytes waiting in the socket above which nothing more is handed to it: changes wait and become one. */
  bufferedBytes: 1024 * 1024,
  /** How often a socket that was full is looked at again. */
  retryMs: 100,
  /** Instances in one message; one service, which has a thousand at most, is never divided. */
  instancesInMessage: 2_000,
} as const;
