import type { Setting } from '../../../protocol/generated/ecs.ts';
import { checkedPrincipal } from '../account-settings/principal.ts';
import { effectiveSetting, settingNames, settingRules } from '../account-settings/settings.ts';
import type { SettingName } from '../account-settings/settings.ts';
import { invalidParameter } from '../errors.ts';
import type { ClusterAndDefinitionDeps, EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { nextToken, pagePosition } from '../paging.ts';
import { accountSettingKey, accountSettings } from '../records/account-setting.ts';
import type { Scope } from '../records/scope.ts';
import { presentRows } from '../references.ts';
import type { Rows } from '../references.ts';

const maxSettingsPerPage = 10;

/**
 * What a principal has put itself, or with effectiveSettings what holds for it. There are few settings, so each is looked up.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListAccountSettings.html
 */
export function listAccountSettings({ db }: ClusterAndDefinitionDeps): EcsHandler<'ListAccountSettings'> {
  return (input, context) => {
    const scope = scopeOf(context);
    if (input.value !== undefined && input.name === undefined) {
      throw invalidParameter('name must be specified when value is specified.');
    }
    const principalArn = checkedPrincipal(scope, input.principalArn ?? context.caller.arn);
    const effective = input.effectiveSettings ?? false;
    const settings = settingNames
      .filter((name) => input.name === undefined || input.name === name)
      .flatMap((name) => settingOf(presentRows(db), { scope, principalArn, name, effective }))
      .filter((setting) => input.value === undefined || setting.value === input.value);
    const list = `ListAccountSettings/${scope.region}/${principalArn}/${effective}/${input.name ?? ''}/${input.value ?? ''}`;
    const { limit, after } = pagePosition(input, list, maxSettingsPerPage);
    const rest = settings.filter((setting) => after === undefined || isAfter(setting, after));
    const page = rest.slice(0, limit);
    return { settings: page, ...nextToken(list, rest.length > limit ? page.at(-1)?.name : undefined) };
  };
}

function settingOf(
  rows: Rows,
  of: { readonly scope: Scope; readonly principalArn: string; readonly name: SettingName; readonly effective: boolean },
): readonly Setting[] {
  const { scope, principalArn, name } = of;
  const type = 'managed' in settingRules[name] ? 'aws_managed' : 'user';
  if (of.effective) return [{ name, value: effectiveSetting(rows, of), principalArn, type }];
  const own = rows.get(accountSettings, accountSettingKey(scope, principalArn, name));
  return own === undefined ? [] : [{ name, value: own.value, principalArn, type }];
}

/** The order is that of `settingNames`; a cursor is the name last shown. */
function isAfter(setting: Setting, cursor: string): boolean {
  const order: readonly string[] = settingNames;
  return order.indexOf(setting.name ?? '') > order.indexOf(cursor);
}
