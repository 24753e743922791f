import { InvalidArgument, parseArn } from '../kernel/index.ts';
import { evaluate, parsePolicy, PolicySet, principalContext, type Principal } from '../policy/index.ts';
import type { AssumableRole } from '../services/iam/index.ts';
import type { IssuedCredentials, RoleCredentials } from '../services/ecs/index.ts';
import { lastPart, noSuchRole } from './credentials.ts';
import type { SessionTokens } from './session-tokens.ts';

/** How long a task's credentials last, as on ECS; the gateway renews them well before. */
const lifetimeMs = 6 * 60 * 60_000;
const ecsTasks = 'ecs-tasks.amazonaws.com';

interface RoleOfTask {
  readonly roleArn: string;
  /** The account of the task. */
  readonly account: string;
  readonly taskArn: string;
}

/** ECS's port to identity: temporary credentials of roles for tasks. */
export function taskRoleCredentials(
  tokens: SessionTokens,
  findRole: (arn: string) => AssumableRole | undefined,
): RoleCredentials {
  return {
    issue: (request) => issueRoleCredentials(tokens, findRole, request),
    refusal: (request) => (isAssumable(findRole(request.roleArn), request) ? undefined : refusalOf(request.roleArn)),
  };
}

function issueRoleCredentials(
  tokens: SessionTokens,
  findRole: (arn: string) => AssumableRole | undefined,
  request: Parameters<RoleCredentials['issue']>[0],
): IssuedCredentials {
  const { roleArn, account, taskArn, use, sessionName, nowMs } = request;
  const role = parseArn(roleArn);
  if (role === undefined || role.service !== 'iam' || !role.resource.startsWith('role/')) {
    throw new InvalidArgument(`'${roleArn}' is not the ARN of a role`);
  }
  // A role of another account is none of the task's: it may nothing, as one that does not exist.
  const found = role.account === account ? findRole(roleArn) : undefined;
  const arn = `arn:aws:sts::${account}:assumed-role/${lastPart(roleArn)}/${sessionName}`;
  const { accessKeyId, secretAccessKey, sessionToken, expirationMs } = tokens.issue({
    account,
    arn,
    principal: { type: 'role-session', account, arn, roleArn, roleId: found?.id ?? noSuchRole, sessionName },
    session: { issuedAtMs: nowMs },
    expirationMs: nowMs + lifetimeMs,
    ...(use === 'task' ? { taskArn } : {}),
  });
  return { accessKeyId, secretAccessKey, sessionToken, expirationMs };
}

/** Whether the role's trust policy lets ECS assume it for a task: of the own account only, and with the task as its source. */
function isAssumable(role: AssumableRole | undefined, { account, taskArn }: RoleOfTask): boolean {
  if (role === undefined || role.account !== account) return false;
  const principal: Principal = { type: 'service', name: ecsTasks };
  const context = new Map([
    ...principalContext(principal),
    ['aws:sourcearn', [taskArn]] as const,
    ['aws:sourceaccount', [account]] as const,
  ]);
  const trust = new PolicySet([{ name: 'the trust policy', document: parsePolicy(role.trust, { kind: 'trust' }) }]);
  const question = { principal, action: 'sts:AssumeRole', resource: role.arn, context, policies: { trust } };
  return evaluate(question).outcome === 'allowed';
}

function refusalOf(roleArn: string): string {
  return `ECS was unable to assume the role '${roleArn}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`;
}
