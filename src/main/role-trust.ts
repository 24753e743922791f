import { evaluate, parsePolicy, PolicySet, principalContext, type Principal } from '../policy/index.ts';
import type { AssumableRole } from '../services/iam/index.ts';

/** Trust policies as they were compiled last: every task asks, and most have one of few roles. */
const remembered = new Map<string, PolicySet>();
const maxRemembered = 256;

function compiled(trust: string): PolicySet {
  const known = remembered.get(trust);
  if (known !== undefined) return known;
  const made = new PolicySet([{ name: 'the trust policy', document: parsePolicy(trust, { kind: 'trust' }) }]);
  if (remembered.size >= maxRemembered) remembered.clear();
  remembered.set(trust, made);
  return made;
}

/** Whether the role's trust policy lets an AWS service assume it for a resource of an account: of the own account only, and with the resource as its source. */
export function trustsService(
  role: AssumableRole | undefined,
  by: { readonly service: string; readonly account: string; readonly sourceArn: string },
): role is AssumableRole {
  if (role === undefined || role.account !== by.account) return false;
  const principal: Principal = { type: 'service', name: by.service };
  const context = new Map([
    ...principalContext(principal),
    ['aws:sourcearn', [by.sourceArn]] as const,
    ['aws:sourceaccount', [by.account]] as const,
  ]);
  const trust = compiled(role.trust);
  const question = { principal, action: 'sts:AssumeRole', resource: role.arn, context, policies: { trust } };
  return evaluate(question).outcome === 'allowed';
}
