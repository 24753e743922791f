import { formatArn, type Scope } from '../../../kernel/index.ts';
import type { MetricAlarm } from '../../../protocol/generated/cloudwatch.ts';
import type { TableSpec } from '../../../store/index.ts';

export type { Scope } from '../../../kernel/index.ts';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html */
export interface AlarmRecord extends Scope {
  readonly name: string;
  /** What PutMetricAlarm said, with defaults, as DescribeAlarms shows it. */
  readonly configuration: Omit<
    MetricAlarm,
    | 'AlarmName'
    | 'AlarmArn'
    | 'StateValue'
    | 'StateReason'
    | 'StateReasonData'
    | 'StateUpdatedTimestamp'
    | 'StateTransitionedTimestamp'
    | 'AlarmConfigurationUpdatedTimestamp'
  >;
  readonly configuredAtMs: number;
  readonly state: AlarmState;
  readonly stateReason: string;
  readonly stateReasonData?: string;
  /** The last time a state was said, and the last time it became another. */
  readonly stateUpdatedAtMs: number;
  readonly stateChangedAtMs: number;
  readonly tags: readonly { readonly key: string; readonly value: string }[];
}

export function alarmKey({ account, region }: Scope, name: string): string {
  return `/cloudwatch/alarm/${account}/${region}/${name}`;
}

export function alarmArn({ account, region }: Scope, name: string): string {
  return formatArn('cloudwatch', region, account, `alarm:${name}`);
}

export const alarms: TableSpec<AlarmRecord, 'scope' | 'scopeState'> = {
  prefix: '/cloudwatch/alarm/',
  indexes: {
    scope: (row) => `${row.account}/${row.region}`,
    scopeState: (row) => `${row.account}/${row.region}/${row.state}`,
  },
};
