import { checkedPrincipal } from '../account-settings/principal.ts';
import { effectiveSetting } from '../account-settings/settings.ts';
import type { ClusterAndDefinitionDeps, EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { presentRows } from '../references.ts';
import { accountSettingKey, accountSettings } from '../records/account-setting.ts';

/**
 * Removes a principal's own setting; the answer shows what holds for it from now on.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteAccountSetting.html
 */
export function deleteAccountSetting({ db }: ClusterAndDefinitionDeps): EcsHandler<'DeleteAccountSetting'> {
  return async ({ name, principalArn: given }, context) => {
    const scope = scopeOf(context);
    const principalArn = checkedPrincipal(scope, given ?? context.caller.arn);
    const key = accountSettingKey(scope, principalArn, name);
    await db.transact((tx) => {
      if (tx.get(accountSettings, key) !== undefined) tx.delete(accountSettings, key);
    });
    const value = effectiveSetting(presentRows(db), { scope, principalArn, name });
    return { setting: { name, value, principalArn, type: 'user' } };
  };
}
