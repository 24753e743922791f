import type { Changes, DBInstanceRecord } from '../records/db-instance.ts';
import { present } from '../core.ts';

/** A database with changes made to it; what its container is started with takes a new one. */
export function changed(row: DBInstanceRecord, changes: Changes & { readonly port?: number }): DBInstanceRecord {
  const restarts =
    (changes.instanceClass ?? row.instanceClass) !== row.instanceClass ||
    (changes.image ?? row.image) !== row.image ||
    (changes.port ?? row.port) !== row.port;
  const runs = row.state !== 'stopped';
  return {
    ...row,
    ...present(changes),
    ...(restarts && runs ? { state: 'modifying', staleBoot: row.boots } : {}),
  };
}

/** With what was to wait for the maintenance window. */
export function withPending(row: DBInstanceRecord): DBInstanceRecord {
  const { pending = {}, ...rest } = row;
  return changed(rest, pending);
}
