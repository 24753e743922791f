import type { RequestContext } from '../../../protocol/api/index.ts';
import type { StsDeps, StsHandler } from '../core.ts';
import { accessDenied, notImplemented } from '../errors.ts';
import { defaultUserSeconds, maxRootSeconds } from '../limits.ts';
import { readSessionPolicies, readSessionTags, shownCredentials } from '../session-limits.ts';

function refuseSessions(action: string, { caller }: RequestContext): void {
  if (caller.session !== undefined) throw accessDenied(`Cannot call ${action} with session credentials`);
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html */
export function getSessionToken({ clock, sessions }: StsDeps): StsHandler<'GetSessionToken'> {
  return (input, context) => {
    if (input.SerialNumber !== undefined || input.TokenCode !== undefined) throw notImplemented('MFA');
    if (input.MinimumSessionTokenSize !== undefined) throw notImplemented('MinimumSessionTokenSize');
    refuseSessions('GetSessionToken', context);
    const { account, arn, principal } = context.caller;
    const asked = input.DurationSeconds ?? defaultUserSeconds;
    const seconds = principal === undefined ? Math.min(asked, maxRootSeconds) : asked;
    const issuedAtMs = clock.nowMs();
    const expirationMs = issuedAtMs + seconds * 1_000;
    const issued = sessions.issue({
      account,
      arn,
      ...(principal === undefined ? {} : { principal }),
      session: { issuedAtMs },
      expirationMs,
    });
    return { Credentials: shownCredentials(issued, expirationMs) };
  };
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html */
export function getFederationToken({ clock, roles, sessions }: StsDeps): StsHandler<'GetFederationToken'> {
  return (input, context) => {
    if (input.MinimumSessionTokenSize !== undefined) throw notImplemented('MinimumSessionTokenSize');
    refuseSessions('GetFederationToken', context);
    const { account, principal } = context.caller;
    if (principal?.type !== 'user') throw notImplemented("GetFederationToken with the key of an account's root");
    const { Name: name } = input;
    const { tags } = readSessionTags(input.Tags, undefined, undefined);
    const policies = readSessionPolicies(input, account, roles);
    const issuedAtMs = clock.nowMs();
    const expirationMs = issuedAtMs + (input.DurationSeconds ?? defaultUserSeconds) * 1_000;
    const arn = `arn:aws:sts::${account}:federated-user/${name}`;
    const issued = sessions.issue({
      account,
      arn,
      principal: { type: 'federated-user', account, arn, name, userArn: principal.arn, userId: principal.id },
      session: { issuedAtMs, ...policies, ...(tags.length === 0 ? {} : { tags }) },
      expirationMs,
    });
    return {
      Credentials: shownCredentials(issued, expirationMs),
      FederatedUser: { FederatedUserId: `${account}:${name}`, Arn: arn },
      PackedPolicySize: issued.packedPercent,
    };
  };
}
