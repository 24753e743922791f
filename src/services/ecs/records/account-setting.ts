import type { TableSpec } from '../../../store/index.ts';
import type { Scope } from './scope.ts';

/**
 * A setting as somebody put it. The account's default is the setting of its root principal.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-account-settings.html
 */
export interface AccountSettingRecord extends Scope {
  /** ARN of the root, user or role. */
  readonly principalArn: string;
  readonly name: string;
  readonly value: string;
}

export function accountSettingKey(scope: Scope, principalArn: string, name: string): string {
  return `/ecs/setting/${scope.account}/${scope.region}/${principalArn}/${name}`;
}

/** The principal whose settings are the account's default. */
export function rootArn(account: string): string {
  return `arn:aws:iam::${account}:root`;
}

export const accountSettings: TableSpec<AccountSettingRecord, 'principal'> = {
  prefix: '/ecs/setting/',
  indexes: { principal: (row) => `${row.account}/${row.region}/${row.principalArn}` },
};
