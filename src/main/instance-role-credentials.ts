import { createHash } from 'node:crypto';
import type { AssumableRole } from '../services/iam/index.ts';
import type { Digests, InstanceRoles } from '../services/ssm/index.ts';
import { lastPart } from './credentials.ts';
import { trustsService } from './role-trust.ts';
import type { SessionTokens } from './session-tokens.ts';

/** How long a managed node's credentials last; it renews them every few minutes. */
const lifetimeMs = 60 * 60_000;
const systemsManager = 'ssm.amazonaws.com';

/** Systems Manager's port to identity: roles of managed nodes. */
export function instanceRoles(
  tokens: SessionTokens,
  findRole: (arn: string) => AssumableRole | undefined,
): InstanceRoles {
  return {
    assumable(account, name) {
      const role = findRole(`arn:aws:iam::${account}:role/${name}`);
      const sourceArn = `arn:aws:ssm:*:${account}:*`;
      return trustsService(role, { service: systemsManager, account, sourceArn }) ? role.arn : undefined;
    },
    issue({ account, roleArn, instanceId, nowMs }) {
      const arn = `arn:aws:sts::${account}:assumed-role/${lastPart(roleArn)}/${instanceId}`;
      const roleId = findRole(roleArn)?.id ?? '';
      const { accessKeyId, secretAccessKey, sessionToken, expirationMs } = tokens.issue({
        account,
        arn,
        principal: { type: 'role-session', account, arn, roleArn, roleId, sessionName: instanceId },
        session: { issuedAtMs: nowMs },
        expirationMs: nowMs + lifetimeMs,
      });
      return { accessKeyId, secretAccessKey, sessionToken, expirationMs };
    },
  };
}

export const digests: Digests = { sha256: (text) => createHash('sha256').update(text).digest('hex') };
