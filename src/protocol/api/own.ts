import type { RequestContext } from './service.ts';

/** A signed GET that AWS does not have: what Longshore's own command line asks. Answered with JSON. */
export interface OwnRoute {
  /** Exact path, such as `/longshore/reachability`. */
  readonly path: string;
  /** Signing name the request must be signed for. */
  readonly signingName: string;
  /** @throws ApiError */
  answer(query: ReadonlyMap<string, string>, context: RequestContext): object;
}
