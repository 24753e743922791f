import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import type { ServerTrust } from '../../kernel/index.ts';

/** Where calls go: the control plane's endpoint. */
export class Upstream {
  readonly #secure: boolean;
  readonly #at: object;

  constructor(endpoint: string, trust?: ServerTrust) {
    const url = new URL(endpoint);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    this.#secure = url.protocol === 'https:';
    const port = Number(url.port || (this.#secure ? 443 : 80));
    // Without a name of its own, TLS would take the one in the program's Host header.
    this.#at = { host, port, ...(this.#secure ? { servername: isIP(host) === 0 ? host : '', ...trust } : {}) };
  }

  /** The connection behind one of a program's: what the program has open, the control plane has, too. */
  connection(): HttpAgent {
    const options = { keepAlive: true, maxSockets: 1, maxFreeSockets: 1 };
    return this.#secure ? new HttpsAgent(options) : new HttpAgent(options);
  }

  /** The same request with these headers; its body is the caller's to send. */
  open({ method, url }: IncomingMessage, headers: readonly string[], connection: HttpAgent | false): ClientRequest {
    const options = {
      ...this.#at,
      method: method ?? 'GET',
      path: url ?? '/',
      // In the order and letters they came in, which signatures are of; the types do not know this shape.
      headers: headers as unknown as Record<string, string>,
      agent: connection,
    };
    return this.#secure ? httpsRequest(options) : httpRequest(options);
  }
}
