import type { EpochMs } from '../../kernel/index.ts';
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
  /** For a caller that the route has made sure of. */
  contextFor(caller: Caller, region: string): RequestContext;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array>;
}

/** Takes all requests below a path. What it throws is answered with HTTP 500. */
export interface RawRoute {
  /** Such as `/v2/`. */
  readonly prefix: string;
  handle(request: RawRequest): Promise<RawAnswer>;
}
