import type { IncomingMessage } from 'node:http';
import { messageOf } from '../../kernel/index.ts';
import type { Clock, Log } from '../../kernel/index.ts';
import type {
  Authorizer,
  Caller,
  CallRecorder,
  RawAnswer,
  RawCall,
  RawRequest,
  RawRoute,
  RequestContext,
} from '../api/index.ts';
import { enforce } from '../auth/access.ts';
import type { Verifier } from '../auth/verifier.ts';
import type { Dispatcher } from '../dispatch.ts';
import { AnsweredCall } from './answered-call.ts';
import { Disconnected } from './body.ts';
import { contextOf, receivedRequest, sourceIpOf } from './front-door.ts';
import type { ServerLimits } from './limits.ts';

export interface RawDoorOptions {
  readonly routes: readonly RawRoute[];
  readonly dispatcher: Dispatcher;
  readonly verifier: Verifier;
  readonly recorder: CallRecorder | undefined;
  readonly authorizer: Authorizer | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: Pick<ServerLimits, 'rawIdleTimeoutMs' | 'maxRawDrainBytes'>;
}

const nothing = new Uint8Array();

/** Requests that are no AWS protocol's: their bodies pass through piece by piece, however large they are. */
export class RawDoor {
  readonly #options: RawDoorOptions;

  constructor(options: RawDoorOptions) {
    this.#options = options;
  }

  /** The route that takes a request; undefined: it is an AWS request. */
  routeOf({ url = '', headers: { authorization = '' } }: IncomingMessage): RawRoute | undefined {
    return this.#options.routes.find((route) =>
      'prefix' in route ? url.startsWith(route.prefix) : authorization.includes(`/${route.signingName}/aws4_request`),
    );
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
    const { authorizer, clock, verifier } = this.#options;
    const received = receivedRequest(message, nothing);
    const { method, path, query } = received;
    const receivedMs = clock.nowMs();
    const through = verifier.throughOf(message.headers);
    const contextFor = (caller: Caller, region: string): RequestContext =>
      contextOf(
        message,
        { caller, region },
        {
          requestId,
          receivedMs,
          through,
          enforce: (question, asking) => enforce(authorizer, 'rest', question, asking),
        },
      );
    return {
      method,
      path,
      query: new Map(new URLSearchParams(query)),
      headers: new Map(Object.entries(message.headers).map(([name, value]) => [name, String(value)])),
      basic: basicOf(message.headers.authorization),
      body: bodyOf(message),
      receivedMs,
      sourceIp: sourceIpOf(message),
      contextFor,
      signedContext(signingName) {
        const { caller, region } = verifier.verify(received, { family: 'query', signingName });
        return contextFor(caller, region);
      },
      record: (call) => this.#record(call),
    };
  }

  #record({ service, operation, output, ...call }: RawCall): void {
    const { recorder, dispatcher, clock } = this.#options;
    const hosted = dispatcher.service(service);
    const modelled = hosted?.model.operation(operation);
    if (recorder === undefined || hosted === undefined || modelled === undefined) return;
    const answered = new AnsweredCall(modelled, hosted.entry, { ...call, answeredMs: clock.nowMs() });
    process.nextTick(() => recorder.record(answered, output));
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
