import type { IncomingMessage } from 'node:http';
import { messageOf } from '../../kernel/index.ts';
import type { Clock, Log } from '../../kernel/index.ts';
import { ApiError } from '../api/index.ts';
import type { AccessQuestion, Authorizer, RequestContext } from '../api/index.ts';
import { enforce, enforceOperation } from '../auth/access.ts';
import type { ReceivedRequest, Verified, Verifier } from '../auth/verifier.ts';
import { handlerOf } from '../dispatch.ts';
import type { Dispatcher, Route } from '../dispatch.ts';
import { Reader } from '../model/read.ts';
import { AwsJson } from '../wire/json.ts';
import type { Answer, Family, WireProtocol, WireRequest } from '../wire/protocol.ts';
import { awsQuery } from '../wire/query.ts';
import { inflate } from './body.ts';

const fallbackJson = new AwsJson('1.1', false);

export interface FrontDoorOptions {
  readonly dispatcher: Dispatcher;
  readonly verifier: Verifier;
  /** Absent: whoever signed a request may do everything. */
  readonly authorizer: Authorizer | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly maxInflatedBytes: number;
}

/** A received request to its answer: route, authenticate, decode, validate, handle, encode. Never throws. */
export class FrontDoor {
  readonly #options: FrontDoorOptions;

  constructor(options: FrontDoorOptions) {
    this.#options = options;
  }

  async answer(message: IncomingMessage, body: Uint8Array, requestId: string): Promise<Answer> {
    const { dispatcher, verifier, authorizer, clock, maxInflatedBytes } = this.#options;
    const received = receivedRequest(message, body);
    let route: Route | undefined;
    try {
      const encoding = message.headers['content-encoding'];
      const wire: WireRequest =
        encoding === undefined
          ? received
          : { ...received, body: await inflate(body, encoding.toLowerCase(), maxInflatedBytes) };
      route = dispatcher.route(wire);
      if (route === undefined) throw noOperation(received);
      const { protocol, service } = route;
      const signingName = service?.entry.signingName;
      const verified = verifier.verify(received, { family: protocol.family, signingName });
      const { operation, definition, handler } = handlerOf(route);
      const { tree, strict } = protocol.decode(operation, wire);
      const reader = new Reader(strict);
      const input = reader.readStructure(operation.input, tree);
      if (reader.violations.length > 0) throw definition.invalid(reader.violations);
      const { family } = protocol;
      const context = contextOf(message, verified, {
        requestId,
        receivedMs: clock.nowMs(),
        enforce: (question, asking) => enforce(authorizer, family, question, asking),
      });
      const action = `${definition.name}:${operation.name}`;
      const questions = definition.authorization?.[operation.name];
      enforceOperation(authorizer, { family, action, questions }, input, context);
      const output = await handler(input as never, context);
      return protocol.encode(operation, output, requestId);
    } catch (thrown) {
      return this.#failure(thrown, route, message, requestId);
    }
  }

  /** The answer to a request whose body was not received. */
  refuse(error: ApiError, message: IncomingMessage, requestId: string): Answer {
    const route = routeOfHeaders(this.#options.dispatcher, message);
    return this.#failure(error, route, message, requestId);
  }

  #failure(thrown: unknown, route: Route | undefined, message: IncomingMessage, requestId: string): Answer {
    const protocol = route?.protocol ?? fallbackProtocol(message);
    const error = thrown instanceof ApiError ? thrown : internalFailure(route, protocol.family);
    if (error !== thrown) this.#report(thrown, route, requestId);
    try {
      return protocol.encodeError(route?.service?.model, error, requestId);
    } catch (unencodable) {
      this.#report(unencodable, route, requestId);
      return protocol.encodeError(undefined, internalFailure(undefined, protocol.family), requestId);
    }
  }

  #report(thrown: unknown, route: Route | undefined, requestId: string): void {
    this.#options.log.error('request failed', {
      requestId,
      service: route?.service?.entry.name,
      operation: route?.operationName,
      error: messageOf(thrown),
      stack: thrown instanceof Error ? thrown.stack : undefined,
    });
  }
}

/** @param body as sent */
export function receivedRequest(message: IncomingMessage, body: Uint8Array): ReceivedRequest {
  const url = message.url ?? '/';
  const mark = url.indexOf('?');
  return {
    method: message.method ?? 'GET',
    path: mark === -1 ? url : url.slice(0, mark),
    query: mark === -1 ? '' : url.slice(mark + 1),
    headers: message.headers,
    rawHeaders: message.rawHeaders,
    body,
  };
}

export function contextOf(
  message: IncomingMessage,
  { caller, region }: Verified,
  rest: {
    readonly requestId: string;
    readonly receivedMs: number;
    enforce(question: AccessQuestion, context: RequestContext): void;
  },
): RequestContext {
  const address = message.socket.remoteAddress ?? '';
  return {
    caller,
    account: caller.account,
    region,
    requestId: rest.requestId,
    sourceIp: address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address,
    userAgent: message.headers['user-agent'] ?? '',
    endpoint: `http://${message.headers.host ?? ''}`,
    receivedMs: rest.receivedMs,
    authorize(question) {
      rest.enforce(question, this);
    },
  };
}

function noOperation({ method, path }: ReceivedRequest): ApiError {
  const text = `${method} ${path} is no AWS request; point the aws CLI or an AWS SDK here with AWS_ENDPOINT_URL`;
  return new ApiError('UnknownOperationException', text, { status: 404 });
}

function routeOfHeaders(dispatcher: Dispatcher, message: IncomingMessage): Route | undefined {
  try {
    return dispatcher.route(receivedRequest(message, new Uint8Array()));
  } catch {
    // The path or query is malformed too; the first error is the one to report, in the protocol the headers show.
    return undefined;
  }
}

function fallbackProtocol(message: IncomingMessage): WireProtocol {
  const isForm = message.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
  return isForm || message.url?.includes('Action=') === true ? awsQuery : fallbackJson;
}

/** What a bug of ours looks like from outside, as each kind of protocol calls it. */
function internalFailure(route: Route | undefined, family: Family): ApiError {
  const message = 'The request processing has failed because of an unknown error, exception or failure.';
  if (family === 'ec2') return new ApiError('InternalError', 'An internal error has occurred', { status: 500 });
  const modelled = route?.service?.model.error('ServerException') !== undefined;
  return new ApiError(modelled ? 'ServerException' : 'InternalFailure', message, { status: 500 });
}
