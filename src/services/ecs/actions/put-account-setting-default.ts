import { putSetting } from '../account-settings/write.ts';
import type { ClusterAndDefinitionDeps, EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { rootArn } from '../records/account-setting.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutAccountSettingDefault.html */
export function putAccountSettingDefault({ db }: ClusterAndDefinitionDeps): EcsHandler<'PutAccountSettingDefault'> {
  return async ({ name, value }, context) => ({
    setting: await putSetting(db, {
      scope: scopeOf(context),
      principalArn: rootArn(context.account),
      name,
      value,
    }),
  });
}
