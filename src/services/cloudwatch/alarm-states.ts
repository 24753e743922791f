import type { Database } from '../../store/index.ts';
import { alarmKey, alarms, type AlarmState, type Scope } from './records/alarm.ts';

/** What CloudWatch tells services that act on alarms. */
export interface AlarmStates {
  /** Undefined when there is no such alarm. */
  state(scope: Scope, alarmName: string): AlarmState | undefined;
  /** Calls back whenever an alarm's state changed, or it came or went. @returns how to stop */
  onChange(listener: (scope: Scope, alarmName: string) => void): () => void;
}

export function alarmStates(db: Database): AlarmStates {
  return {
    state: (scope, alarmName) => db.get(alarms, alarmKey(scope, alarmName))?.row.state,
    onChange: (listener) =>
      db.table(alarms).onChange(({ before, after }) => {
        const row = after ?? before;
        if (row !== undefined && before?.state !== after?.state) listener(row, row.name);
      }),
  };
}
