import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { messageOf } from '../../kernel/index.ts';
import type { Clock, Log } from '../../kernel/index.ts';
import { ApiError } from '../api/index.ts';
import type { AccessQuestion, Authorizer, CallRecorder, RequestContext, ThroughEndpoint } from '../api/index.ts';
import { enforce, enforceOperation } from '../auth/access.ts';
import type { ReceivedRequest, Verified, Verifier } from '../auth/verifier.ts';
import { handlerOf } from '../dispatch.ts';
import type { Dispatcher, Route } from '../dispatch.ts';
import { Reader } from '../model/read.ts';
import { AwsJson } from '../wire/json.ts';
import type { Answer, Family, WireProtocol, WireRequest } from '../wire/protocol.ts';
import { awsQuery } from '../wire/query.ts';
import { inflate } from './body.ts';
import { AnsweredCall } from './answered-call.ts';

const fallbackJson = new AwsJson('1.1', false);

export interface FrontDoorOptions {
  readonly dispatcher: Dispatcher;
  readonly verifier: Verifier;
  /** Absent: whoever signed a request may do everything. */
  readonly authorizer: Authorizer | undefined;
  /** Told of every authenticated call of an operation that AWS has. */
  readonly recorder: CallRecorder | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly maxInflatedBytes: number;
}

/** What is known of a request once its caller is. */
interface Asked {
  readonly route: Route | undefined;
  readonly context: RequestContext;
  /** Undefined: not read. */
  readonly input: object | undefined;
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
    let context: RequestContext | undefined;
    let input: object | undefined;
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
      const { family } = protocol;
      context = contextOf(message, verified, {
        requestId,
        receivedMs: clock.nowMs(),
        through: verifier.throughOf(message.headers),
        enforce: (question, asking) => enforce(authorizer, family, question, asking),
      });
      const { operation, definition, handler } = handlerOf(route);
      const { tree, strict } = protocol.decode(operation, wire);
      const reader = new Reader(strict);
      input = reader.readStructure(operation.input, tree);
      if (reader.violations.length > 0) throw definition.invalid(reader.violations);
      const action = `${definition.name}:${operation.name}`;
      const questions = definition.authorization?.[operation.name];
      enforceOperation(authorizer, { family, action, questions }, input, context);
      const output = await handler(input as never, context);
      const answer = protocol.encode(operation, output, requestId);
      this.#record({ route, context, input }, output, undefined);
      return answer;
    } catch (thrown) {
      const { answer, error } = this.#failure(thrown, route, message, requestId);
      if (context !== undefined) this.#record({ route, context, input }, undefined, error);
      return answer;
    }
  }

  /** The answer to a request whose body was not received. */
  refuse(error: ApiError, message: IncomingMessage, requestId: string): Answer {
    const route = routeOfHeaders(this.#options.dispatcher, message);
    return this.#failure(error, route, message, requestId).answer;
  }

  #record(asked: Asked, output: object | undefined, error: ApiError | undefined): void {
    const { recorder, clock } = this.#options;
    if (recorder === undefined) return;
    const { route, context, input } = asked;
    const operation = route?.service?.model.operation(route.operationName);
    if (route?.service === undefined || operation === undefined) return;
    const { entry } = route.service;
    const call = new AnsweredCall(operation, entry, { context, input, answeredMs: clock.nowMs(), error });
    // Once the promises that lead to `send` are through: the answer goes first.
    process.nextTick(() => recorder.record(call, output));
  }

  #failure(
    thrown: unknown,
    route: Route | undefined,
    message: IncomingMessage,
    requestId: string,
  ): { readonly answer: Answer; readonly error: ApiError } {
    const protocol = route?.protocol ?? fallbackProtocol(message);
    const error = thrown instanceof ApiError ? thrown : internalFailure(route, protocol.family);
    if (error !== thrown) this.#report(thrown, route, requestId);
    try {
      return { answer: protocol.encodeError(route?.service?.model, error, requestId), error };
    } catch (unencodable) {
      this.#report(unencodable, route, requestId);
      const internal = internalFailure(undefined, protocol.family);
      return { answer: protocol.encodeError(undefined, internal, requestId), error: internal };
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

/** Where a request came from; an IPv4 address as such, also on a socket of both versions. */
export function sourceIpOf({ socket }: IncomingMessage): string {
  const address = socket.remoteAddress ?? '';
  return address.startsWith('::ffff:') ? address.slice('::ffff:'.length) : address;
}

export function contextOf(
  message: IncomingMessage,
  { caller, region }: Verified,
  rest: {
    readonly requestId: string;
    readonly receivedMs: number;
    readonly through: ThroughEndpoint | undefined;
    enforce(question: AccessQuestion, context: RequestContext): void;
  },
): RequestContext {
  return {
    caller,
    account: caller.account,
    region,
    requestId: rest.requestId,
    sourceIp: sourceIpOf(message),
    userAgent: message.headers['user-agent'] ?? '',
    endpoint: `${message.socket instanceof TLSSocket ? 'https' : 'http'}://${message.headers.host ?? ''}`,
    receivedMs: rest.receivedMs,
    ...(rest.through === undefined ? {} : { through: rest.through }),
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
