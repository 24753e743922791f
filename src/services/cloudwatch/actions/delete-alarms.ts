import type { Database } from '../../../store/index.ts';
import { alarmNotFound, invalidValue } from '../errors.ts';
import { alarmKey, alarms } from '../records/alarm.ts';
import { scopeOf, type CloudWatchHandler } from './handler.ts';

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html */
const maxAlarms = 100;

/** Deletes all of them, or none when one does not exist. */
export function deleteAlarms(db: Database): CloudWatchHandler<'DeleteAlarms'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    const names = [...new Set(input.AlarmNames)];
    if (names.length > maxAlarms) throw invalidValue(`AlarmNames can have at most ${maxAlarms} items.`);
    for (const name of names) if (db.get(alarms, alarmKey(scope, name)) === undefined) throw alarmNotFound();
    for (let start = 0; start < names.length; start += maxAtOnce) {
      const some = names.slice(start, start + maxAtOnce);
      await db.transact((tx) => {
        for (const name of some) if (tx.get(alarms, alarmKey(scope, name)) === undefined) throw alarmNotFound();
        for (const name of some) tx.delete(alarms, alarmKey(scope, name));
      });
    }
    return {};
  };
}

/** A condition and an operation each, within the store's 128. */
const maxAtOnce = 60;
