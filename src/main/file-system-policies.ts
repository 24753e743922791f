import { parseArn } from '../kernel/index.ts';
import { evaluate, parsePolicy, PolicySet, principalContext, type Principal } from '../policy/index.ts';
import type { ClientAccessQuestion, FileSystemPolicies } from '../services/efs/index.ts';
import type { Identities } from '../services/iam/index.ts';
import { lastPart } from './credentials.ts';
import { repositoryPolicyProblem } from './registry.ts';

/** EFS's port to IAM: what the client of a file system may do by the file system's policy and by its role's. */
export function fileSystemPolicies(identities: Identities): FileSystemPolicies {
  return {
    problem: repositoryPolicyProblem,
    access(question) {
      const allowed = (action: string): boolean => isAllowed(identities, question, `elasticfilesystem:${action}`);
      const mount = allowed('ClientMount');
      return { mount, write: mount && allowed('ClientWrite'), root: mount && allowed('ClientRootAccess') };
    },
  };
}

function isAllowed(identities: Identities, question: ClientAccessQuestion, action: string): boolean {
  const { account, accessPointArn, fileSystemArn, encrypted, policy } = question;
  const principal = principalOf(identities, question);
  const resource = new PolicySet([
    {
      name: "the file system's policy",
      document: parsePolicy(policy, { kind: 'resource', resourceElement: 'optional' }),
    },
  ]);
  const own = principal.type === 'role-session' ? identities.ofRole(account, lastPart(principal.roleArn)) : undefined;
  const context = new Map<string, readonly string[]>([
    ...principalContext(principal),
    ['aws:securetransport', [String(encrypted)]],
    ['elasticfilesystem:accessedviamounttarget', ['true']],
    ...(accessPointArn === undefined ? [] : [['elasticfilesystem:accesspointarn', [accessPointArn]] as const]),
  ]);
  const policies = {
    resource,
    ...(own === undefined ? {} : { identity: own.identity }),
    ...(own?.boundary === undefined ? {} : { boundary: own.boundary }),
  };
  return evaluate({ principal, action, resource: fileSystemArn, context, policies }).outcome === 'allowed';
}

/** A role that is not there is nobody. */
function principalOf(identities: Identities, { account, roleArn, sessionName }: ClientAccessQuestion): Principal {
  const role =
    parseArn(roleArn ?? '')?.account === account ? identities.role(account, lastPart(roleArn ?? '')) : undefined;
  if (roleArn === undefined || role === undefined) return { type: 'anonymous' };
  return {
    type: 'role-session',
    account,
    arn: `arn:aws:sts::${account}:assumed-role/${lastPart(roleArn)}/${sessionName}`,
    roleArn,
    roleId: role.id,
    sessionName,
  };
}
