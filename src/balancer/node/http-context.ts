import type { Socket } from 'node:net';
import type { LoadBalancerAttributes } from '../../balancer-protocol/index.ts';
import type { Figures } from '../access-figures.ts';
import type { ClientFacts } from '../http1/forwarded-head.ts';
import type { OwnAnswer } from '../http1/own-answers.ts';
import type { HeadRules } from '../http1/request-head.ts';
import type { ForwardPlan, Forwarding } from '../model/forwarding.ts';
import type { RequestFacts } from '../model/rules.ts';
import type { TraceIds } from '../model/trace-ids.ts';
import type { NodeTarget, PlaneParts } from './plane-parts.ts';
import type { TargetConnections } from './target-connections.ts';

/** What a listener's rules say about a request. */
export type Route =
  | { readonly kind: 'answer'; readonly answer: OwnAnswer }
  | { readonly kind: 'forward'; readonly forwarding: Forwarding; readonly plan: ForwardPlan<TargetConnections> };

/** A connection as its listener sees it. */
export interface ListenerConnection {
  /** The listener goes away: ends now when idle, else with the present answer. */
  retire(): void;
  destroy(): void;
  sweep(nowMs: number): void;
}

/** What a client's connection asks of its listener, as it is configured now. */
export interface HttpContext {
  readonly parts: PlaneParts;
  readonly attributes: LoadBalancerAttributes;
  readonly dnsName: string;
  readonly headRules: HeadRules;
  readonly figures: Figures;
  readonly traceIds: TraceIds;
  /** The listener goes away: connections end with their present answer. */
  readonly retiring: boolean;
  clientFacts(socket: Socket): ClientFacts;
  route(request: RequestFacts & { readonly cookie: string }): Route;
  /** Set-Cookie lines for an answer of a target. */
  cookieLines(
    route: Extract<Route, { kind: 'forward' }>,
    target: NodeTarget,
    answer: { readonly cookies: readonly string[] },
  ): string;
  countAnswer(status: number, startedMs: number): void;
  closed(connection: ListenerConnection): void;
}
