import type { LogsCore } from './core.ts';
import { logStreams } from './records/log-stream.ts';

/** Rows of one transaction: each is deleted without a condition. */
const rowsPerTransaction = 100;

/** Deletes the streams and events of a group whose record is gone. Called again, it finishes what a crash cut short. */
export async function purgeGroup({ database, archive, activity }: LogsCore, groupId: string): Promise<void> {
  const table = database.table(logStreams);
  for (;;) {
    const page = table.page('group', groupId, { limit: rowsPerTransaction });
    if (page.rows.length === 0) break;
    await database.transact((tx) => {
      for (const { key } of page.rows) tx.delete(logStreams, key);
    });
    for (const { key } of page.rows) activity.forget(key);
  }
  await archive.deleteGroup(groupId);
}
