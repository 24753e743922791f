import { invalidParameter, notImplemented } from '../errors.ts';
import type { Rows } from '../references.ts';
import { accountSettingKey, accountSettings, rootArn } from '../records/account-setting.ts';
import type { Scope } from '../records/scope.ts';

interface SettingRules {
  /** What holds when nobody has put a value. */
  readonly initial: string;
  readonly values: readonly string[];
  /** Values AWS has and Longshore has no machinery for, with what to say. */
  readonly missing?: Readonly<Record<string, string>>;
  /** Shown, and set by AWS only. */
  readonly managed?: true;
}

const onOff = ['enabled', 'disabled'];

/** Every current setting. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-account-settings.html */
export const settingRules = {
  /** There is no limit of interfaces on an instance here, with trunking or without. */
  awsvpcTrunking: { initial: 'disabled', values: onOff },
  /** What new clusters have when CreateCluster does not say. */
  containerInsights: { initial: 'disabled', values: ['enabled', 'disabled', 'enhanced'] },
  /** The long formats are the only ones left. */
  containerInstanceLongArnFormat: { initial: 'enabled', values: ['enabled'] },
  serviceLongArnFormat: { initial: 'enabled', values: ['enabled'] },
  taskLongArnFormat: { initial: 'enabled', values: ['enabled'] },
  /** The `mode` of a log configuration that names none. */
  defaultLogDriverMode: { initial: 'non-blocking', values: ['blocking', 'non-blocking'] },
  /** Longshore retires no task, so it needs no windows and no waiting to do it. */
  fargateEventWindows: { initial: 'disabled', values: onOff },
  fargateTaskRetirementWaitPeriod: { initial: '7', values: ['0', '7', '14'] },
  fargateFIPSMode: {
    initial: 'disabled',
    values: onOff,
    missing: { enabled: 'FIPS-140 compliance of FARGATE tasks (fargateFIPSMode enabled)' },
  },
  guardDutyActivate: { initial: 'off', values: ['on', 'off'], managed: true },
  tagResourceAuthorization: { initial: 'on', values: ['on', 'off'] },
} as const satisfies Readonly<Record<string, SettingRules>>;

export type SettingName = keyof typeof settingRules;

export const settingNames = Object.keys(settingRules) as readonly SettingName[];

/**
 * The value a request wants to put, checked.
 * @throws InvalidParameterException for a value the setting does not have; UnsupportedFeatureException for one Longshore cannot honour
 */
export function checkedValue(name: SettingName, value: string): string {
  const rules: SettingRules = settingRules[name];
  if (rules.managed === true) throw invalidParameter(`The setting ${name} is managed by AWS and cannot be changed`);
  const wanted = value.toLowerCase();
  if (!rules.values.includes(wanted)) {
    throw invalidParameter(
      `Value '${value}' is not valid for the setting ${name}. Must be one of [${rules.values.join(',')}]`,
    );
  }
  const missing = rules.missing?.[wanted];
  if (missing !== undefined) throw notImplemented(missing);
  return wanted;
}

/** What holds for a principal: its own setting, else the account's default, else the initial value. */
export function effectiveSetting(
  rows: Rows,
  of: { readonly scope: Scope; readonly principalArn: string; readonly name: SettingName },
): string {
  const { scope, principalArn, name } = of;
  const own = rows.get(accountSettings, accountSettingKey(scope, principalArn, name));
  const standard = own ?? rows.get(accountSettings, accountSettingKey(scope, rootArn(scope.account), name));
  return standard?.value ?? settingRules[name].initial;
}
