import { conditionValues, implement, type ServiceDefinition } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/sts.ts';
import { assumeRole } from './actions/assume-role.ts';
import { getCallerIdentity } from './actions/get-caller-identity.ts';
import { getFederationToken, getSessionToken } from './actions/user-sessions.ts';
import type { StsDeps } from './core.ts';
import { invalidMembers } from './errors.ts';
import { stsLimits } from './limits.ts';

/** AWS Security Token Service: who a caller is, and temporary credentials. */
export function stsService(deps: StsDeps): ServiceDefinition {
  return implement<Operations>({
    name: 'sts',
    invalid: invalidMembers,
    limits: stsLimits,
    handlers: {
      AssumeRole: assumeRole(deps),
      GetCallerIdentity: getCallerIdentity,
      GetFederationToken: getFederationToken(deps),
      GetSessionToken: getSessionToken(deps),
    },
    authorization: {
      // Its handler asks, with the trust policy of the role that is meant.
      AssumeRole: () => [],
      GetCallerIdentity: () => [],
      GetSessionToken: () => [],
      GetFederationToken: ({ Name, Tags = [] }, { account }) => {
        const resource = `arn:aws:sts::${account}:federated-user/${Name}`;
        const requestTags = (Tags ?? []).map(({ Key: key, Value: value }) => ({ key, value }));
        const context = conditionValues({ requestTags });
        const actions = ['sts:GetFederationToken', ...(requestTags.length > 0 ? ['sts:TagSession'] : [])];
        return actions.map((action) => ({ action, resource, context }));
      },
    },
  });
}
