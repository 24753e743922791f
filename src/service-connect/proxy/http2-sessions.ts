import { connect, type ClientHttp2Session } from 'node:http2';
import { limits } from '../limits.ts';
import type { Carried, Host } from './host-pool.ts';

/** The HTTP/2 connection to one host, without TLS; a new one where the last takes no more requests. */
export class Http2Sessions implements Carried {
  readonly #host: Host;
  #session: ClientHttp2Session | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  static of(host: Host): Http2Sessions {
    const known = host.carried.get('http2');
    if (known instanceof Http2Sessions) return known;
    const made = new Http2Sessions(host);
    host.carried.set('http2', made);
    return made;
  }

  take(): ClientHttp2Session {
    const present = this.#session;
    if (present !== undefined && !present.closed && !present.destroyed) return present;
    const { address, port } = this.#host;
    const session = connect(`http://${address}:${port}`, { settings: { enablePush: false } });
    this.#session = session;
    const timer = setTimeout(() => session.destroy(), limits.connectTimeoutMs);
    session.once('connect', () => clearTimeout(timer));
    session.on('error', () => undefined); // its close says all
    session.once('close', () => {
      clearTimeout(timer);
      if (this.#session === session) this.#session = undefined;
    });
    session.on('goaway', () => this.#retire(session));
    return session;
  }

  /** What the connection did not answer in time may never be: the next request gets another. */
  doubt(session: ClientHttp2Session): void {
    this.#retire(session);
  }

  close(): void {
    if (this.#session !== undefined) this.#retire(this.#session);
  }

  #retire(session: ClientHttp2Session): void {
    if (this.#session === session) this.#session = undefined;
    if (!session.closed && !session.destroyed) session.close();
  }
}
