import { ApiError } from '../../../protocol/api/index.ts';
import type { Database } from '../../../store/index.ts';
import { alarmNotFound } from '../errors.ts';
import { alarmKey, alarms, type AlarmRecord } from '../records/alarm.ts';
import { scopeOf, type CloudWatchHandler } from './handler.ts';

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_SetAlarmState.html */
export function setAlarmState(db: Database): CloudWatchHandler<'SetAlarmState'> {
  return async (input, context) => {
    const { StateReasonData: data } = input;
    if (data !== undefined && !isJson(data)) throw new ApiError('InvalidFormat', 'StateReasonData must be valid JSON.');
    const scope = scopeOf(context);
    await db.transact((tx) => {
      const key = alarmKey(scope, input.AlarmName);
      const earlier = tx.get(alarms, key);
      if (earlier === undefined) throw alarmNotFound();
      const { stateReasonData: _replaced, ...rest } = earlier;
      const row: AlarmRecord = {
        ...rest,
        state: input.StateValue,
        stateReason: input.StateReason,
        stateUpdatedAtMs: context.receivedMs,
        stateChangedAtMs: earlier.state === input.StateValue ? earlier.stateChangedAtMs : context.receivedMs,
        ...(data === undefined ? {} : { stateReasonData: data }),
      };
      tx.put(alarms, key, row);
    });
    return {};
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
