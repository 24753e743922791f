import type { IncomingMessage } from 'node:http';
import { messageOf } from '../../kernel/index.ts';
import type { Clock, Log } from '../../kernel/index.ts';
import type {
  Authorizer,
  Caller,
  RawAnswer,
  RawRequest,
  RawRoute,
  RequestContext,
  ServiceDefinition,
} from '../api/index.ts';
import { enforce } from '../auth/access.ts';
import { Disconnected } from './body.ts';
import { contextOf, receivedRequest } from './front-door.ts';
import type { ServerLimits } from './limits.ts';

export interface RawDoorOptions {
  readonly services: readonly ServiceDefinition[];
  readonly authorizer: Authorizer | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: Pick<ServerLimits, 'rawIdleTimeoutMs' | 'maxRawDrainBytes'>;
}

const nothing = new Uint8Array();

/** Requests that are no AWS protocol's: their bodies pass through piece by piece, however large they are. */
export class RawDoor {
  readonly #options: RawDoorOptions;
  readonly #routes: readonly RawRoute[];

  constructor(options: RawDoorOptions) {
    this.#options = options;
    this.#routes = options.services.flatMap(({ rawRoutes = [] }) => rawRoutes);
  }

  /** The route that takes a request; undefined: it is an AWS request. */
  routeOf({ url = '' }: IncomingMessage): RawRoute | undefined {
    return this.#routes.find(({ prefix }) => url.startsWith(prefix));
  }

  /** @throws Disconnected */
  async answer(route: RawRoute, message: IncomingMessage, requestId: string): Promise<RawAnswer> {
    const { limits, log } = this.#options;
    const { socket } = message;
    // The time a body takes has no bound, but it must move.
    if (!message.complete) {
      socket.setTimeout(limits.rawIdleTimeoutMs);
      message.once('end', () => socket.setTimeout(0));
    }
    try {
      return await route.handle(this.#request(message, requestId));
    } catch (thrown) {
      if (thrown instanceof Disconnected) throw thrown;
      log.error('request failed', {
        requestId,
        path: message.url,
        error: messageOf(thrown),
        stack: thrown instanceof Error ? thrown.stack : undefined,
      });
      return {
        status: 500,
        headers: { 'content-type': 'text/plain' },
        body: 'The request failed because of an unknown error\n',
      };
    } finally {
      this.#drain(message);
    }
  }

  /** What nobody read is read to its end, so that the client hears our answer; but not for ever. */
  #drain(message: IncomingMessage): void {
    if (message.complete || message.destroyed) return;
    let bytes = 0;
    message.on('error', () => undefined);
    message.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > this.#options.limits.maxRawDrainBytes) message.socket.destroy();
    });
    message.resume();
  }

  #request(message: IncomingMessage, requestId: string): RawRequest {
    const { authorizer, clock } = this.#options;
    const { method, path, query } = receivedRequest(message, nothing);
    const receivedMs = clock.nowMs();
    const contextFor = (caller: Caller, region: string): RequestContext =>
      contextOf(
        message,
        { caller, region },
        { requestId, receivedMs, enforce: (question, asking) => enforce(authorizer, 'rest', question, asking) },
      );
    return {
      method,
      path,
      query: new Map(new URLSearchParams(query)),
      headers: new Map(Object.entries(message.headers).map(([name, value]) => [name, String(value)])),
      basic: basicOf(message.headers.authorization),
      body: bodyOf(message),
      receivedMs,
      contextFor,
    };
  }
}

async function* bodyOf(message: IncomingMessage): AsyncIterable<Uint8Array> {
  try {
    // The stream is left open when its reader stops: what follows is drained.
    for await (const chunk of message.iterator({ destroyOnReturn: false })) yield chunk as Buffer;
  } catch {
    throw new Disconnected('the client went away before its request was whole');
  }
}

function basicOf(header: string | undefined): RawRequest['basic'] {
  const [, encoded] = /^basic +([A-Za-z0-9+/]+=*)$/i.exec(header ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
