import { conditionHolds } from '../conditions/condition.ts';
import { matchesAction } from '../match/actions.ts';
import { matchPrincipal } from '../match/principals.ts';
import { matchesResource } from '../match/resources.ts';
import { variableValue } from '../match/template.ts';
import type { Context } from '../match/template.ts';
import { nameOf } from '../principal.ts';
import { evaluate } from './evaluate.ts';
import type { Source } from './policy-set.ts';
import type { AccessRequest, Decision, PolicyType } from './request.ts';

/** One statement about the request's action, and whether it applies. */
export interface Finding {
  readonly type: PolicyType;
  readonly source: Source;
  readonly applies: boolean;
  /** Why it does not, for people; empty when it does. */
  readonly because: string;
}

export interface Explanation {
  readonly decision: Decision;
  /** The decision in one sentence. */
  readonly summary: string;
  /** Every statement that names the action, in the order of the policies: those that apply and those that almost did. */
  readonly findings: readonly Finding[];
}

const types: readonly PolicyType[] = ['identity', 'boundary', 'session', 'resource', 'trust', 'endpoint'];

/** What policies of a type are called. */
export const policyTypeNames: Readonly<Record<PolicyType, string>> = {
  identity: 'identity-based policy',
  boundary: 'permissions boundary',
  session: 'session policy',
  resource: 'resource-based policy',
  trust: 'role trust policy',
  endpoint: 'VPC endpoint policy',
};

/** Decides as evaluate does, and says why, statement by statement. For people: it looks at all of them. */
export function explain(request: AccessRequest): Explanation {
  const decision = evaluate(request);
  const action = request.action.toLowerCase();
  const findings = types.flatMap((type) =>
    (request.policies[type]?.policies ?? []).flatMap((policy) =>
      policy.document.statements
        .filter((statement) => matchesAction(statement.actions, action))
        .map((statement): Finding => {
          const because = whyNot({ policy, statement }, request);
          return { type, source: { policy, statement }, applies: because === '', because };
        }),
    ),
  );
  return { decision, summary: summaryOf(request, decision), findings };
}

/** How a statement is called: its Sid, or its place counted from 1. */
export function statementName({ policy, statement }: Source): string {
  return `${statement.sid === undefined ? `statement ${statement.index + 1}` : `statement "${statement.sid}"`} of ${policy.name}`;
}

function summaryOf(request: AccessRequest, { outcome, by, source }: Decision): string {
  const what = `${request.action} on ${request.resource}`;
  if (by === 'root') return `${what} is allowed: the root user of the account may do all`;
  const type = policyTypeNames[by];
  if (source === undefined) return `${what} is denied: no ${type} allows it`;
  const verb = outcome === 'allowed' ? 'allowed' : 'denied';
  return `${what} is ${verb} by ${statementName(source)} (${type})`;
}

function whyNot({ statement }: Source, request: AccessRequest): string {
  const { context, principal, resource } = request;
  const { resources, principals } = statement;
  const unresolved = resources?.needs.find((key) => variableValue(key, context) === undefined);
  if (unresolved !== undefined) return `the variable \${${unresolved}} has no value`;
  if (resources !== undefined && !matchesResource(resources, resource, context)) {
    return `${resources.negated ? 'NotResource names' : 'Resource does not name'} ${resource}`;
  }
  if (principals !== undefined && matchPrincipal(principals, principal, statement.effect) === 'none') {
    return `${principals.negated ? 'NotPrincipal names' : 'Principal does not name'} ${nameOf(principal)}`;
  }
  for (const condition of statement.conditions) {
    const holds = conditionHolds(condition, context);
    if (holds === true) continue;
    const called = `${condition.operator} ${condition.key} [${condition.values.join(', ')}]`;
    if (holds === undefined) return `a variable in the condition ${called} has no value`;
    return `the condition ${called} does not hold: ${requested(condition.lowerKey, context)}`;
  }
  return '';
}

function requested(key: string, context: Context): string {
  const values = context.get(key);
  return values === undefined || values.length === 0
    ? 'the request has no such key'
    : `the request has [${values.join(', ')}]`;
}
