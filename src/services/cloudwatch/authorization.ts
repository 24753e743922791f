import { conditionValues, questionsOnEach } from '../../protocol/api/index.ts';
import type { AccessQuestion, Authorization, ConditionSources, RequestContext } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/cloudwatch.ts';
import type { Database } from '../../store/index.ts';
import { scopeOf } from './actions/handler.ts';
import { alarmArn, alarmKey, alarms } from './records/alarm.ts';

/** No handler takes more names at once. */
const maxAlarms = 100;

/**
 * What each CloudWatch operation asks of the caller's policies.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
 */
export function cloudWatchAuthorization(db: Database) {
  function onAlarm(
    action: keyof Operations,
    name: string,
    context: RequestContext,
    said: Pick<ConditionSources, 'requestTags'> = {},
  ): AccessQuestion {
    const scope = scopeOf(context);
    const resourceTags = () => db.get(alarms, alarmKey(scope, name))?.row.tags;
    return {
      action: `cloudwatch:${action}`,
      resource: alarmArn(scope, name),
      context: conditionValues({ resourceTags, ...said }),
    };
  }

  /** About each alarm, or all of them, which the reference writes as an alarm named `*`. */
  function onAlarms(
    action: 'DeleteAlarms' | 'DescribeAlarms',
    names: readonly string[] | undefined,
    context: RequestContext,
  ) {
    return questionsOnEach(names, { max: maxAlarms, any: () => onAlarm(action, '*', context) }, (name) =>
      onAlarm(action, name, context),
    );
  }

  return {
    DeleteAlarms: ({ AlarmNames }, context) => onAlarms('DeleteAlarms', AlarmNames, context),
    DescribeAlarms: ({ AlarmNames }, context) => onAlarms('DescribeAlarms', AlarmNames, context),
    PutMetricAlarm: ({ AlarmName, Tags = [] }, context) => {
      const requestTags = Tags.map(({ Key: key, Value: value }) => ({ key, value }));
      const put = onAlarm('PutMetricAlarm', AlarmName, context, { requestTags });
      return requestTags.length === 0 ? [put] : [put, onAlarm('TagResource', AlarmName, context, { requestTags })];
    },
    SetAlarmState: ({ AlarmName }, context) => [onAlarm('SetAlarmState', AlarmName, context)],
  } satisfies Authorization<Operations>;
}
