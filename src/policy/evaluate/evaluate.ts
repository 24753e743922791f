import type { PrincipalMatch } from '../match/principals.ts';
import { accountOf } from '../principal.ts';
import { statementApplies } from './applies.ts';
import type { PolicySet, Source } from './policy-set.ts';
import type { AccessRequest, Decision, PolicyType } from './request.ts';

/** Where a deny is looked for first; AWS names one type of policy when several deny, and does not say which. */
const denyOrder: readonly PolicyType[] = ['identity', 'boundary', 'session', 'resource', 'trust', 'endpoint'];

/**
 * Decides a request by AWS's logic. Pure: the same request always gets the same decision.
 *
 * 1. A Deny that applies, in any policy, decides.
 * 2. The root user of the account that owns the resource may do all. Services, identity providers and strangers have no policies of
 *    their own: the resource's decides.
 * 3. In the principal's own account either side is enough. A policy of the resource that names the user or session itself, or anybody,
 *    is not limited by what boundary and session leave out; one that names the session's role (or the user who federated) is; one that
 *    names the account leaves the decision to the account's policies.
 * 4. Across accounts both sides must allow.
 * 5. A trust policy must allow, in the own account as well.
 * 6. The policy of the VPC endpoint that the request came through must allow, whoever asks, the root user too.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
 */
export function evaluate(request: AccessRequest): Decision {
  const action = request.action.toLowerCase();
  const deny = findDeny(request, action);
  if (deny !== undefined) return deny;
  const decision = withoutEndpoint(request, action);
  const { endpoint } = request.policies;
  if (decision.outcome !== 'allowed' || endpoint === undefined) return decision;
  return findAllow(endpoint, request, action) === undefined ? refused('endpoint') : decision;
}

function withoutEndpoint(request: AccessRequest, action: string): Decision {
  const gate: PolicyType = request.policies.trust === undefined ? 'resource' : 'trust';
  const grant = findGrant(request.policies[gate], request, action);
  const own = accountOf(request.principal);
  if (own === undefined) return grant === undefined ? refused(gate) : allowed(gate, grant.source);
  if (own === ownerOf(request, own)) return withinAccount(request, action, { gate, grant });
  const limit = ownSide(request, action);
  if (limit.outcome !== 'allowed') return limit;
  if (grant === undefined) return refused(gate);
  return limit.by === 'root' ? allowed(gate, grant.source) : limit;
}

interface Grant {
  readonly match: Exclude<PrincipalMatch, 'none'>;
  readonly source: Source;
}
interface GateSide {
  readonly gate: PolicyType;
  readonly grant: Grant | undefined;
}

function withinAccount(request: AccessRequest, action: string, { gate, grant }: GateSide): Decision {
  if (request.principal.type === 'root') {
    return gate === 'trust' && grant === undefined ? refused('trust') : { outcome: 'allowed', by: 'root' };
  }
  if (grant?.match === 'direct') return allowed(gate, grant.source);
  if (grant?.match === 'entity') return limits(request, action) ?? allowed(gate, grant.source);
  const side = ownSide(request, action);
  return side.outcome === 'allowed' && gate === 'trust' && grant === undefined ? refused('trust') : side;
}

/** What the principal's own policies say: identity, then boundary, then session must allow. */
function ownSide(request: AccessRequest, action: string): Decision {
  if (request.principal.type === 'root') return { outcome: 'allowed', by: 'root' };
  const source = findAllow(request.policies.identity, request, action);
  if (source === undefined) return refused('identity');
  return limits(request, action) ?? allowed('identity', source);
}

/**
 * The refusal by boundary or session policy. A session by GetFederationToken without a session policy may do nothing.
 */
function limits(request: AccessRequest, action: string): Decision | undefined {
  const { boundary, session } = request.policies;
  if (boundary !== undefined && findAllow(boundary, request, action) === undefined) return refused('boundary');
  if (session === undefined) return request.principal.type === 'federated-user' ? refused('session') : undefined;
  return findAllow(session, request, action) === undefined ? refused('session') : undefined;
}

/** Not `aws` of the managed policies, nor the empty account of global resources. */
const accountPattern = /^\d{12}$/;

function ownerOf(request: AccessRequest, own: string): string {
  if (request.resourceAccount !== undefined) return request.resourceAccount;
  const account = request.resource.startsWith('arn:') ? request.resource.split(':', 5)[4] : undefined;
  return account !== undefined && accountPattern.test(account) ? account : own;
}

function findDeny(request: AccessRequest, action: string): Decision | undefined {
  for (const by of denyOrder) {
    for (const source of request.policies[by]?.candidates(action).denies ?? []) {
      if (statementApplies(source.statement, request) !== 'none') return { outcome: 'explicitDeny', by, source };
    }
  }
  return undefined;
}

function findAllow(set: PolicySet | undefined, request: AccessRequest, action: string): Source | undefined {
  for (const source of set?.candidates(action).allows ?? []) {
    if (statementApplies(source.statement, request) !== 'none') return source;
  }
  return undefined;
}

const worth: Readonly<Record<PrincipalMatch, number>> = { none: 0, account: 1, entity: 2, direct: 3 };

/** The Allow that grants the most. */
function findGrant(set: PolicySet | undefined, request: AccessRequest, action: string): Grant | undefined {
  let best: Grant | undefined;
  for (const source of set?.candidates(action).allows ?? []) {
    const match = statementApplies(source.statement, request);
    if (match !== 'none' && (best === undefined || worth[match] > worth[best.match])) best = { match, source };
    if (match === 'direct') break;
  }
  return best;
}

function allowed(by: PolicyType, source: Source): Decision {
  return { outcome: 'allowed', by, source };
}

function refused(by: PolicyType): Decision {
  return { outcome: 'implicitDeny', by };
}
