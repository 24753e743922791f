import { InvalidArgument, parseArn, type EpochMs } from '../kernel/index.ts';
import type { SessionTokens } from './session-tokens.ts';

/** How long a task's credentials last, as on ECS; the gateway renews them well before. */
const lifetimeMs = 6 * 60 * 60_000;

/** Temporary credentials of a role for a task: ECS's port to identity. */
export function issueRoleCredentials(
  tokens: SessionTokens,
  request: {
    readonly roleArn: string;
    readonly sessionName: string;
    readonly account: string;
    readonly nowMs: EpochMs;
  },
): { accessKeyId: string; secretAccessKey: string; sessionToken: string; expirationMs: EpochMs } {
  const role = parseArn(request.roleArn);
  if (role === undefined || role.service !== 'iam' || !role.resource.startsWith('role/')) {
    throw new InvalidArgument(`'${request.roleArn}' is not the ARN of a role`);
  }
  const name = role.resource.slice(role.resource.lastIndexOf('/') + 1);
  const { accessKeyId, secretAccessKey, sessionToken, expirationMs } = tokens.issue({
    account: request.account,
    arn: `arn:aws:sts::${request.account}:assumed-role/${name}/${request.sessionName}`,
    expirationMs: request.nowMs + lifetimeMs,
  });
  return { accessKeyId, secretAccessKey, sessionToken, expirationMs };
}
