/** Every bound of the data plane. Those of messages are the Application Load Balancer's. */
export const limits = {
  /** https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html#http-headers-quotas */
  requestLineBytes: 16 * 1024,
  headerBytes: 16 * 1024,
  requestHeadBytes: 64 * 1024,
  responseHeadBytes: 32 * 1024,
  /** 1xx answers before an answer. */
  interimAnswers: 100,
  methodCharacters: 127,
  /** More addresses in X-Forwarded-For are answered with 463. */
  forwardedAddresses: 30,
  /** A larger X-Amzn-Trace-Id is replaced. */
  traceHeaderCharacters: 7 * 1024,
  chunkLineBytes: 4 * 1024,
  trailerBytes: 16 * 1024,
  /** Bytes of pipelined requests that wait for the answer before them; then the client is not read any more. */
  pipelinedBytes: 64 * 1024,
  /** Body bytes kept so that a request can be sent again. */
  replayBytes: 64 * 1024,
  connectTimeoutMs: 10_000,
  /** Targets tried for one request when nothing could be sent. */
  attempts: 4,
  idleConnectionsPerTarget: 256,
  /** A pooled connection that was idle for longer may be closing at its other end; only requests that may be repeated use it. */
  freshConnectionMs: 2_000,
  /** A target that refused a connection gets nothing for so long when there is another. */
  avoidTargetMs: 1_000,
  sweepMs: 250,
  /** Listeners that could not be opened are tried again after so many sweeps. */
  reopenSweeps: 8,
  /** After the last byte of an answer on a connection that ends, the client's bytes are read and dropped for so long. */
  lingerMs: 2_000,
  clientConnections: 65_536,
  listenBacklog: 4_096,
  stickyCookies: 16_384,
  udpFlows: 16_384,
  udpFlowIdleMs: 120_000,
  tcpIdleTimeoutMs: 350_000,
  sourceFlows: 65_536,
  http2StreamsPerConnection: 128,
  healthChecksAtOnce: 64,
  healthBodyBytes: 1024 * 1024,
  /** The websocket to the control plane. */
  session: {
    frameBytes: 64 * 1024 * 1024,
    unreadBytes: 16 * 1024 * 1024,
    handshakeTimeoutMs: 10_000,
    reconnect: { firstMs: 250, factor: 2, longestMs: 15_000 },
    liveness: { pingMs: 20_000 },
  },
  /** Targets or listeners in one report; the control plane takes 10,000. */
  reportedAtOnce: 1_000,
  /** How long changes are gathered before the configuration is kept for the next start. */
  keepConfigurationMs: 2_000,
  closeGraceMs: 1_000,
  /**
   * Of HAProxy: what a head must fit into. An Application Load Balancer takes heads of 64 KiB, but every request costs a copy of a whole buffer, because
   * it may have to be sent again.
   */
  haproxyBufferBytes: 32 * 1024,
  /** The part of it that a request does not fill, so that headers can be added. */
  haproxyRewriteBytes: 4 * 1024,
  /** HAProxy processes of earlier configurations that live on for their connections; the oldest is ended then. */
  retiredProcesses: 32,
  haproxySweepMs: 100,
  /** Counters of HAProxy are read every so many sweeps. */
  haproxyFigureSweeps: 20,
  /** After somebody asked for what is in flight it is read for so long. */
  inFlightInterestMs: 5_000,
  haproxyRestartFirstMs: 50,
  haproxyRestartLongestMs: 5_000,
} as const;
