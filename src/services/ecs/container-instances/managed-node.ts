import type { RequestContext } from '../../../protocol/api/index.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import type { ManagedNodes } from '../ports.ts';

const nodeId = /^mi-[0-9a-f]{17}$/;

/**
 * The managed node that a request comes from: Systems Manager calls the session of its role as the node. Whoever else assumes that role
 * may choose such a name as well, so the node must be there and have that role.
 */
export function managedNodeOf(nodes: ManagedNodes, context: RequestContext): string | undefined {
  const { principal } = context.caller;
  if (principal?.type !== 'role-session' || !nodeId.test(principal.sessionName)) return undefined;
  const role = nodes.roleOf(scopeOf(context), principal.sessionName);
  const arn = `arn:aws:iam::${context.account}:role/${role ?? ''}`;
  return role !== undefined && principal.roleArn === arn ? principal.sessionName : undefined;
}
