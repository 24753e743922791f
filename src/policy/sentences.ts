import type { AccessRequest, Decision, PolicyType } from './evaluate/request.ts';
import { nameOf } from './principal.ts';

const implicit: Readonly<Record<PolicyType, string>> = {
  identity: 'because no identity-based policy allows',
  boundary: 'because no permissions boundary allows',
  session: 'because no session policy allows',
  resource: 'because no resource-based policy allows',
  trust: 'because no role trust policy allows',
  endpoint: 'because no VPC endpoint policy allows',
};
const explicit: Readonly<Record<PolicyType, string>> = {
  identity: 'with an explicit deny in an identity-based policy',
  boundary: 'with an explicit deny in a permissions boundary',
  session: 'with an explicit deny in a session policy',
  resource: 'with an explicit deny in a resource-based policy',
  trust: 'with an explicit deny in the role trust policy',
  endpoint: 'with an explicit deny in a VPC endpoint policy',
};

export interface SentenceOptions {
  /** Names the resource, as most services do; with false it is left out. */
  readonly resource?: boolean;
  /** Names the managed policy that denies, as some services do. */
  readonly policyArn?: boolean;
}

/**
 * The message of AccessDenied for a request that was decided against.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
export function accessDeniedMessage(
  request: Pick<AccessRequest, 'principal' | 'action' | 'resource'>,
  decision: Decision,
  { resource = true, policyArn = false }: SentenceOptions = {},
): string {
  const where = resource ? ` on resource: ${request.resource}` : '';
  return `User: ${nameOf(request.principal)} is not authorized to perform: ${request.action}${where}${reasonOf(request.action, decision, policyArn)}`;
}

function reasonOf(action: string, { outcome, by, source }: Decision, policyArn: boolean): string {
  if (outcome === 'allowed' || by === 'root') return '';
  if (outcome === 'implicitDeny') return ` ${implicit[by]} the ${action} action`;
  const arn = policyArn ? source?.policy.arn : undefined;
  return ` ${explicit[by]}${arn === undefined ? '' : `: ${arn}`}`;
}
