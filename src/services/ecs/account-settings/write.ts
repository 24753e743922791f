import type { Setting } from '../../../protocol/generated/ecs.ts';
import type { Database } from '../../../store/index.ts';
import { accountSettingKey, accountSettings } from '../records/account-setting.ts';
import type { Scope } from '../records/scope.ts';
import { checkedPrincipal } from './principal.ts';
import { checkedValue } from './settings.ts';
import type { SettingName } from './settings.ts';

/** Puts one principal's setting. @throws InvalidParameterException, UnsupportedFeatureException: see checkedValue and checkedPrincipal */
export async function putSetting(
  db: Database,
  put: { readonly scope: Scope; readonly principalArn: string; readonly name: SettingName; readonly value: string },
): Promise<Setting> {
  const principalArn = checkedPrincipal(put.scope, put.principalArn);
  const value = checkedValue(put.name, put.value);
  await db.transact((tx) => {
    const key = accountSettingKey(put.scope, principalArn, put.name);
    tx.put(accountSettings, key, { ...put.scope, principalArn, name: put.name, value });
  });
  return { name: put.name, value, principalArn, type: 'user' };
}
