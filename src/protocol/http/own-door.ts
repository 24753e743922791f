import type { IncomingMessage } from 'node:http';
import { messageOf } from '../../kernel/index.ts';
import type { Clock, Log } from '../../kernel/index.ts';
import { ApiError, type Authorizer, type OwnRoute, type ServiceDefinition } from '../api/index.ts';
import { enforce } from '../auth/access.ts';
import { parseQuery } from './sockets.ts';
import type { Verifier } from '../auth/verifier.ts';
import type { Answer } from '../wire/protocol.ts';
import { contextOf, receivedRequest } from './front-door.ts';

export interface OwnDoorOptions {
  readonly services: readonly ServiceDefinition[];
  readonly verifier: Verifier;
  readonly authorizer: Authorizer | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** Requests that are Longshore's own: signed as AWS's are, answered with JSON. */
export class OwnDoor {
  readonly #options: OwnDoorOptions;
  readonly #routes: ReadonlyMap<string, OwnRoute>;

  constructor(options: OwnDoorOptions) {
    this.#options = options;
    const routes = options.services.flatMap(({ ownRoutes = [] }) => ownRoutes);
    this.#routes = new Map(routes.map((route) => [route.path, route]));
  }

  routeOf({ method, url = '' }: IncomingMessage): OwnRoute | undefined {
    return method === 'GET' ? this.#routes.get(url.split('?', 1)[0] ?? '') : undefined;
  }

  /** Never throws. */
  answer(route: OwnRoute, message: IncomingMessage, body: Uint8Array, requestId: string): Answer {
    const { verifier, authorizer, clock, log } = this.#options;
    try {
      const received = receivedRequest(message, body);
      const verified = verifier.verify(received, { family: 'json', signingName: route.signingName });
      const context = contextOf(message, verified, {
        requestId,
        receivedMs: clock.nowMs(),
        through: verifier.throughOf(message.headers),
        enforce: (question, asking) => enforce(authorizer, 'json', question, asking),
      });
      return json(200, route.answer(parseQuery(received.query), context));
    } catch (thrown) {
      if (thrown instanceof ApiError) return json(thrown.status, { __type: thrown.code, message: thrown.message });
      log.error('request failed', { requestId, path: route.path, error: messageOf(thrown) });
      return json(500, { __type: 'InternalFailure', message: 'The request has failed because of an unknown error' });
    }
  }
}

function json(status: number, content: object): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(content) };
}
