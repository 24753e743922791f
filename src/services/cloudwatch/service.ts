import { implement, type ServiceDefinition } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/cloudwatch.ts';
import type { Database } from '../../store/index.ts';
import { deleteAlarms } from './actions/delete-alarms.ts';
import { describeAlarms } from './actions/describe-alarms.ts';
import { putMetricAlarm } from './actions/put-metric-alarm.ts';
import { setAlarmState } from './actions/set-alarm-state.ts';
import { cloudWatchAuthorization } from './authorization.ts';
import { invalidInput } from './errors.ts';
import { alarms } from './records/alarm.ts';

/** The tables the database must hold for this service. */
export const cloudWatchTables = [alarms] as const;

export interface CloudWatchDeps {
  readonly database: Database;
}

/** Amazon CloudWatch: alarms whose state is set by hand, until metrics exist. */
export function cloudWatchService({ database }: CloudWatchDeps): ServiceDefinition {
  return implement<Operations>({
    name: 'cloudwatch',
    authorization: cloudWatchAuthorization(database),
    invalid: invalidInput,
    limits: {
      AlarmName: [1, 255],
      StateReason: [0, 1023],
      StateReasonData: [0, 4000],
      AlarmNamePrefix: [1, 255],
      MaxRecords: [1, 100],
    },
    handlers: {
      DeleteAlarms: deleteAlarms(database),
      DescribeAlarms: describeAlarms(database),
      PutMetricAlarm: putMetricAlarm(database),
      SetAlarmState: setAlarmState(database),
    },
  });
}
