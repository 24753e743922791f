/** Every bound of the HTTP server. All have defaults; a composition root may change them. */
export interface ServerLimits {
  /** Largest request body as sent. */
  readonly maxBodyBytes: number;
  /** Largest request body after gunzip. */
  readonly maxInflatedBytes: number;
  /** Bodies of all requests being received, together; beyond it a request is told to slow down. */
  readonly maxBufferedBytes: number;
  /** Request line and headers. */
  readonly maxHeaderBytes: number;
  /** Open TCP connections; more are closed at once. */
  readonly maxConnections: number;
  /** Time to receive request line and headers. */
  readonly headersTimeoutMs: number;
  /** Time to receive a whole request of an AWS protocol. */
  readonly requestTimeoutMs: number;
  /** How long the body of a request that is passed through, such as an image's layer, may stand still. */
  readonly rawIdleTimeoutMs: number;
  /** What is read of such a body after it was refused. */
  readonly maxRawDrainBytes: number;
  /** How long an idle connection is kept; SDKs pool connections for 60 s and more. */
  readonly keepAliveTimeoutMs: number;
  /** How long a client may take to read an answer that does not fit the socket's buffer. */
  readonly writeTimeoutMs: number;
  /** How long stop() lets running requests finish. */
  readonly stopTimeoutMs: number;
  /** Open websockets. */
  readonly maxSockets: number;
  /** Largest websocket frame received. */
  readonly maxSocketFrameBytes: number;
  /** A websocket whose peer has read nothing of more than this is closed. */
  readonly maxSocketBufferedBytes: number;
  /** Between pings that find half-open websockets; two unanswered end one. */
  readonly socketPingMs: number;
  /** Signing keys remembered. */
  readonly maxSigningKeys: number;
}

const mebibyte = 1024 * 1024;

export const defaultServerLimits: ServerLimits = {
  maxBodyBytes: 8 * mebibyte,
  maxInflatedBytes: 16 * mebibyte,
  maxBufferedBytes: 256 * mebibyte,
  maxHeaderBytes: 32 * 1024,
  maxConnections: 20_000,
  headersTimeoutMs: 20_000,
  requestTimeoutMs: 60_000,
  rawIdleTimeoutMs: 60_000,
  maxRawDrainBytes: 64 * mebibyte,
  keepAliveTimeoutMs: 75_000,
  writeTimeoutMs: 60_000,
  stopTimeoutMs: 5_000,
  maxSockets: 10_000,
  maxSocketFrameBytes: 4 * mebibyte,
  maxSocketBufferedBytes: 16 * mebibyte,
  socketPingMs: 30_000,
  maxSigningKeys: 1_000,
};
