import type { IncomingHttpHeaders } from 'node:http';
import type { ApiError } from '../api/index.ts';
import type { Operation, ServiceModel } from '../model/model.ts';

/** A request after its body was received and inflated. */
export interface WireRequest {
  readonly method: string;
  /** As on the wire, percent-encoded. */
  readonly path: string;
  /** As on the wire, without `?`. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

/** What goes back; the server adds the request id and the length. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** An iterable is sent as it comes. */
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array>;
}

/** A raw tree for the Reader. */
export interface RawInput {
  readonly tree: unknown;
  /** Wrong types are SerializationExceptions rather than violations. */
  readonly strict: boolean;
}

/** How AWS words failed authentication differs by the kind of protocol. */
export type Family = 'json' | 'rest' | 'query' | 'ec2';

/** One of AWS's wire protocols: bytes in, bytes out. */
export interface WireProtocol {
  readonly family: Family;
  /** @throws ApiError when the request is no text of this protocol */
  decode(operation: Operation, request: WireRequest): RawInput;
  encode(operation: Operation, output: object, requestId: string): Answer;
  /** @param service undefined when it is not known which service was meant */
  encodeError(service: ServiceModel | undefined, error: ApiError, requestId: string): Answer;
}
