import type { LogsCore } from './core.ts';
import { groupNotFound } from './errors.ts';
import { logGroupKey, logGroups } from './records/log-group.ts';
import type { LogGroupRecord, Scope } from './records/log-group.ts';

/** Replaces a group's record. @throws ResourceNotFoundException */
export async function updateGroup(
  { database }: LogsCore,
  scope: Scope,
  name: string,
  change: (row: LogGroupRecord) => LogGroupRecord,
): Promise<void> {
  const key = logGroupKey(scope, name);
  await database.transact((tx) => {
    const row = tx.get(logGroups, key);
    if (row === undefined) throw groupNotFound();
    tx.put(logGroups, key, change(row));
  });
}
