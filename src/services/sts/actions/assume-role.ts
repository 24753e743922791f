import { conditionValues, type AccessQuestion, type RequestContext } from '../../../protocol/api/index.ts';
import type { AssumeRoleRequest } from '../../../protocol/generated/sts.ts';
import type { StsDeps, StsHandler } from '../core.ts';
import { accessDenied, notImplemented, validationError } from '../errors.ts';
import { defaultRoleSeconds, maxChainedSeconds } from '../limits.ts';
import type { AssumableRole } from '../ports.ts';
import { readSessionPolicies, readSessionTags, shownCredentials } from '../session-limits.ts';

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export function assumeRole({ clock, roles, sessions }: StsDeps): StsHandler<'AssumeRole'> {
  return (input, context) => {
    refuseUnknown(input);
    const { caller } = context;
    const { RoleArn: roleArn, RoleSessionName: sessionName } = input;
    if (caller.principal === undefined) throw accessDenied('Roles may not be assumed by root accounts.');
    const refusal = `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`;
    if (caller.principal.type === 'federated-user') throw accessDenied(refusal);
    const role = roles.find(roleArn);
    if (role === undefined) throw accessDenied(refusal);
    const tags = readSessionTags(input.Tags, input.TransitiveTagKeys, caller.session);
    const sourceIdentity = sourceIdentityOf(input, context);
    for (const question of questionsOf(role, input, { ...tags, sourceIdentity })) context.authorize(question);
    const seconds = secondsOf(role, input, caller.principal.type === 'role-session');
    const policies = readSessionPolicies(input, role.account, roles);
    const issuedAtMs = clock.nowMs();
    const expirationMs = issuedAtMs + seconds * 1_000;
    const arn = `arn:aws:sts::${role.account}:assumed-role/${role.name}/${sessionName}`;
    const issued = sessions.issue({
      account: role.account,
      arn,
      principal: { type: 'role-session', account: role.account, arn, roleArn: role.arn, roleId: role.id, sessionName },
      session: {
        issuedAtMs,
        ...policies,
        ...(tags.tags.length === 0 ? {} : tags),
        ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
      },
      expirationMs,
    });
    const limited = policies.policies !== undefined || policies.policyArns !== undefined || tags.tags.length > 0;
    return {
      Credentials: shownCredentials(issued, expirationMs),
      AssumedRoleUser: { AssumedRoleId: `${role.id}:${sessionName}`, Arn: arn },
      ...(limited ? { PackedPolicySize: issued.packedPercent } : {}),
      ...(sourceIdentity === undefined ? {} : { SourceIdentity: sourceIdentity }),
    };
  };
}

function refuseUnknown(input: AssumeRoleRequest): void {
  if (input.SerialNumber !== undefined || input.TokenCode !== undefined) throw notImplemented('MFA');
  if (input.ProvidedContexts !== undefined && input.ProvidedContexts.length > 0)
    throw notImplemented('ProvidedContexts');
  if (input.MinimumSessionTokenSize !== undefined) throw notImplemented('MinimumSessionTokenSize');
}

/** Once set, it stays through all sessions that follow. */
function sourceIdentityOf(
  { SourceIdentity: given }: AssumeRoleRequest,
  { caller }: RequestContext,
): string | undefined {
  const present = caller.session?.sourceIdentity;
  if (present !== undefined && given !== undefined && given !== present) {
    throw accessDenied(`The source identity of the session is ${present} and cannot be changed to ${given}`);
  }
  return given ?? present;
}

/** Session tags and a source identity are permissions of their own. */
function questionsOf(
  role: AssumableRole,
  input: AssumeRoleRequest,
  session: {
    readonly tags: readonly { readonly key: string; readonly value: string }[];
    readonly transitiveTagKeys: readonly string[];
    readonly sourceIdentity: string | undefined;
  },
): readonly AccessQuestion[] {
  const context = conditionValues({
    keys: {
      'sts:ExternalId': input.ExternalId,
      'sts:RoleSessionName': input.RoleSessionName,
      'sts:SourceIdentity': session.sourceIdentity,
      'sts:TransitiveTagKeys': session.transitiveTagKeys,
    },
    requestTags: session.tags,
    resourceTags: () => role.tags,
    service: 'iam',
  });
  const actions = [
    'sts:AssumeRole',
    ...(session.tags.length > 0 ? ['sts:TagSession'] : []),
    ...(session.sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
  ];
  return actions.map((action) => ({ action, resource: role.arn, context, trustPolicy: role.trust }));
}

function secondsOf(
  { maxSessionSeconds }: AssumableRole,
  { DurationSeconds: seconds = defaultRoleSeconds }: AssumeRoleRequest,
  chained: boolean,
): number {
  if (chained && seconds > maxChainedSeconds) {
    throw validationError(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    );
  }
  if (seconds > maxSessionSeconds) {
    throw validationError('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  }
  return seconds;
}
