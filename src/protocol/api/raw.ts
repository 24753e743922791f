import type { EpochMs } from '../../kernel/index.ts';
import type { ApiError } from './errors.ts';
import type { Caller, RequestContext } from './service.ts';

/** A request of another protocol than AWS's, such as of a container registry. Nobody has verified who sent it. */
export interface RawRequest {
  readonly method: string;
  /** As sent, without the query and not decoded. */
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
  /** By their names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** From an `Authorization: Basic` header. */
  readonly basic: { readonly user: string; readonly password: string } | undefined;
  /** As it arrives. It fails when the client goes away or stops sending. */
  readonly body: AsyncIterable<Uint8Array>;
  readonly receivedMs: EpochMs;
  readonly sourceIp: string;
  /** For a caller that the route has made sure of. */
  contextFor(caller: Caller, region: string): RequestContext;
  /**
   * For whoever signed the request, which must have no body: Signature Version 4 with this service in its scope.
   * @throws ApiError as services with XML word it
   */
  signedContext(signingName: string): RequestContext;
  /** Takes note of what was done as if it had been asked by an operation of a service that has a table. */
  record(call: RawCall): void;
}

/** An operation that a request of another protocol came to. */
export interface RawCall {
  /** Longshore's name of the service, such as `ecr`, and the operation that AWS has for this. */
  readonly service: string;
  readonly operation: string;
  readonly context: RequestContext;
  /** As the operation's own input and output. */
  readonly input: object;
  readonly output: object | undefined;
  readonly error: ApiError | undefined;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array>;
}

/** Takes all requests below a path, such as `/v2/`, or all that are signed for a service. What it throws is answered with HTTP 500. */
export type RawRoute = ({ readonly prefix: string } | { readonly signingName: string }) & {
  handle(request: RawRequest): Promise<RawAnswer>;
};
