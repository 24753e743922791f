import type { Shape } from './model.ts';

/** Members that hold secrets although AWS's models do not mark them, as `Shape.member`, by service. */
export const hiddenMembers: Readonly<Record<string, readonly string[]>> = {
  codebuild: ['EnvironmentVariable.value', 'SSMSession.tokenValue', 'Webhook.secret'],
  codepipeline: ['WebhookAuthConfiguration.SecretToken'],
  ecr: ['AuthorizationData.authorizationToken'],
  elbv2: ['AuthenticateOidcActionConfig.ClientSecret'],
  ssm: ['ResumeSessionResponse.TokenValue', 'StartSessionResponse.TokenValue'],
  sts: ['AssumeRoleRequest.TokenCode', 'Credentials.SessionToken', 'GetSessionTokenRequest.TokenCode'],
};

const byService: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(hiddenMembers).map(([service, names]) => [service, new Set(names)]),
);

export function isHidden(shape: Shape, member: string): boolean {
  const names = byService.get(shape.service.name);
  return names !== undefined && names.has(`${shape.name}.${member}`);
}
