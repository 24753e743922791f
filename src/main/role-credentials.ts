import { InvalidArgument, parseArn } from '../kernel/index.ts';
import type { AssumableRole } from '../services/iam/index.ts';
import type { IssuedCredentials, RoleCredentials } from '../services/ecs/index.ts';
import { lastPart, noSuchRole } from './credentials.ts';
import { trustsService } from './role-trust.ts';
import type { SessionTokens } from './session-tokens.ts';

/** How long a task's credentials last, as on ECS; the gateway renews them well before. */
const lifetimeMs = 6 * 60 * 60_000;
const ecsTasks = 'ecs-tasks.amazonaws.com';

/** ECS's port to identity: temporary credentials of roles for tasks. */
export function taskRoleCredentials(
  tokens: SessionTokens,
  findRole: (arn: string) => AssumableRole | undefined,
): RoleCredentials {
  return {
    issue: (request) => issueRoleCredentials(tokens, findRole, request),
    refusal: ({ roleArn, account, taskArn }) =>
      trustsService(findRole(roleArn), { service: ecsTasks, account, sourceArn: taskArn })
        ? undefined
        : refusalOf(roleArn),
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

function refusalOf(roleArn: string): string {
  return `ECS was unable to assume the role '${roleArn}' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.`;
}
