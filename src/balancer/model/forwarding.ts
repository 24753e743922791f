import type { ForwardAction } from '../../balancer-protocol/index.ts';
import { cookieValue, setCookieName, stickyCookies, type CookieSeal } from './cookies.ts';
import type { Target, TargetGroup } from './target-group.ts';
import { WeightedChoice } from './weighted-choice.ts';

const groupCookie = 'AWSALBTG';
const targetCookie = 'AWSALB';
const applicationCookie = 'AWSALBAPP-0';

/** Where one request goes. */
export interface ForwardPlan<C> {
  readonly group: TargetGroup<C>;
  /** The target that the client's cookie names, if it may still get something. */
  readonly stuckTo: Target<C> | undefined;
  /** The answer sets the cookie that keeps the client on this group. */
  readonly groupSticky: boolean;
}

export interface ForwardingParts<C> {
  readonly seal: CookieSeal;
  group(arn: string): TargetGroup<C>;
  nowMs(): number;
}

/** A forward action at work: whose turn it is among its target groups, and the cookies that keep a client where it was. */
export class Forwarding {
  readonly #action: ForwardAction;
  readonly #choice: WeightedChoice;

  constructor(action: ForwardAction) {
    this.#action = action;
    this.#choice = new WeightedChoice(action.targetGroups);
  }

  /** undefined: no target group has a weight. */
  plan<C>(cookies: string, parts: ForwardingParts<C>): ForwardPlan<C> | undefined {
    const sticky = this.#action.stickinessMs !== undefined;
    const stuck = sticky ? parts.seal.open(cookieValue(cookies, groupCookie), parts.nowMs()) : undefined;
    const arn = stuck !== undefined && this.#choice.has(stuck.arn) ? stuck.arn : this.#choice.next();
    if (arn === undefined) return undefined;
    const group = parts.group(arn);
    return { group, stuckTo: stuckTarget(group, cookies, parts), groupSticky: sticky };
  }

  /** Set-Cookie lines for an answer that `target` gave. */
  cookieLines<C>(
    plan: ForwardPlan<C>,
    target: Target<C>,
    answer: { readonly cookies: readonly string[] },
    parts: ForwardingParts<C>,
  ): string {
    const { stickiness } = plan.group.config ?? {};
    if (!plan.groupSticky && stickiness === undefined) return '';
    const nowMs = parts.nowMs();
    let lines = '';
    if (plan.groupSticky) {
      const untilMs = nowMs + (this.#action.stickinessMs ?? 0);
      lines += stickyCookies(groupCookie, parts.seal.seal({ arn: plan.group.arn, target: '', untilMs }), untilMs);
    }
    if (stickiness === undefined || stickiness.type === 'source_ip') return lines;
    const isApplication = stickiness.type === 'app_cookie';
    if (isApplication && !answer.cookies.some((cookie) => setCookieName(cookie) === stickiness.cookieName))
      return lines;
    const untilMs = nowMs + stickiness.durationMs;
    const value = parts.seal.seal({ arn: plan.group.arn, target: target.key, untilMs });
    return lines + stickyCookies(isApplication ? applicationCookie : targetCookie, value, untilMs);
  }
}

function stuckTarget<C>(
  group: TargetGroup<C>,
  cookies: string,
  { seal, nowMs }: ForwardingParts<C>,
): Target<C> | undefined {
  const { stickiness } = group.config ?? {};
  if (stickiness === undefined || stickiness.type === 'source_ip' || cookies === '') return undefined;
  const isApplication = stickiness.type === 'app_cookie';
  if (isApplication && cookieValue(cookies, stickiness.cookieName ?? '') === undefined) return undefined;
  const stuck = seal.open(cookieValue(cookies, isApplication ? applicationCookie : targetCookie), nowMs());
  if (stuck?.arn !== group.arn) return undefined;
  const target = group.targets.get(stuck.target);
  return target !== undefined && group.eligible.includes(target) ? target : undefined;
}
