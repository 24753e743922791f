import { messageOf, type Clock, type Ids, type Log } from '../kernel/index.ts';
import type { ServiceDefinition } from '../protocol/api/index.ts';
import { clusters, platformAccount, type RoleCredentials } from '../services/ecs/index.ts';
import { assumableRole, furnishAccount, hasPolicy, iamService, Identities, linkEcs } from '../services/iam/index.ts';
import { stsService } from '../services/sts/index.ts';
import type { InstanceRoles } from '../services/ssm/index.ts';
import type { Database } from '../store/index.ts';
import { instanceRoles } from './instance-role-credentials.ts';
import { taskRoleCredentials } from './role-credentials.ts';
import type { SessionTokens } from './session-tokens.ts';

export interface IdentityParts {
  readonly database: Database;
  readonly tokens: SessionTokens;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  /** The account of the default credentials. */
  readonly defaultAccount: string;
}

export interface RunningIdentity {
  readonly definitions: readonly ServiceDefinition[];
  /** For credentials and the authorizer. */
  readonly identities: Identities;
  readonly roleCredentials: RoleCredentials;
  readonly instanceRoles: InstanceRoles;
  stop(): void;
}

/** IAM and STS over one another's ports, with the roles that users expect to find. */
export async function startIdentity(parts: IdentityParts): Promise<RunningIdentity> {
  const { database, tokens, clock, ids, log } = parts;
  const iam = { db: database, clock, ids, secretOf: (id: string) => tokens.secretOf(id) };
  const findRole = (arn: string) => assumableRole(database, arn);
  await furnishAccount(iam, parts.defaultAccount);
  const identities = new Identities(database);
  const stopLinking = database.table(clusters).onChange(({ before, after }) => {
    if (before !== undefined || after === undefined || after.account === platformAccount) return;
    linkEcs(iam, after.account).catch((error: unknown) =>
      log.warn('the role AWSServiceRoleForECS could not be made', {
        account: after.account,
        error: messageOf(error),
      }),
    );
  });
  const roles = {
    find: findRole,
    hasPolicy: (account: string, arn: string) => hasPolicy(database, account, arn),
  };
  return {
    definitions: [iamService(iam), stsService({ clock, roles, sessions: tokens })],
    identities,
    roleCredentials: taskRoleCredentials(tokens, findRole),
    instanceRoles: instanceRoles(tokens, findRole),
    stop() {
      stopLinking();
      identities.stop();
    },
  };
}
