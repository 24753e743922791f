import { putSetting } from '../account-settings/write.ts';
import type { ClusterAndDefinitionDeps, EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';

/**
 * Puts the caller's own setting, or that of the user or role it names. The root's is the account's default.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutAccountSetting.html
 */
export function putAccountSetting({ db }: ClusterAndDefinitionDeps): EcsHandler<'PutAccountSetting'> {
  return async ({ name, value, principalArn }, context) => ({
    setting: await putSetting(db, {
      scope: scopeOf(context),
      principalArn: principalArn ?? context.caller.arn,
      name,
      value,
    }),
  });
}
