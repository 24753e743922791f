import type { Statement } from '../document/document.ts';
import { conditionHolds } from '../conditions/condition.ts';
import { matchPrincipal } from '../match/principals.ts';
import type { PrincipalMatch } from '../match/principals.ts';
import { matchesResource } from '../match/resources.ts';
import { needsAreMet } from '../match/template.ts';
import type { AccessRequest } from './request.ts';

/**
 * Whether a statement about the request's action applies to it, and how it means the principal. A variable without a value makes the
 * whole statement meaningless, a Deny as well.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
export function statementApplies(statement: Statement, request: AccessRequest): PrincipalMatch {
  const { resources, principals, conditions, effect } = statement;
  const { context } = request;
  if (resources !== undefined) {
    if (resources.needs.length > 0 && !needsAreMet(resources.needs, context)) return 'none';
    if (!matchesResource(resources, request.resource, context)) return 'none';
  }
  const match = principals === undefined ? 'direct' : matchPrincipal(principals, request.principal, effect);
  if (match === 'none') return 'none';
  for (const condition of conditions) if (conditionHolds(condition, context) !== true) return 'none';
  return match;
}
