import type { Transaction } from '../../store/index.ts';
import type { ServiceDiscoveryDeps } from './core.ts';
import { maxOperations } from './limits.ts';
import { newOperationId } from './new-ids.ts';
import { operationKey, operations, type OperationRecord } from './records/operation.ts';
import { scopeText, type Scope } from './records/scope.ts';

/** Writes what a call does in the transaction that does it. When there are as many as are kept, the oldest goes. @returns its id */
export function recordOperation(
  tx: Transaction,
  { db, ids, clock }: ServiceDiscoveryDeps,
  scope: Scope,
  what: Pick<OperationRecord, 'type' | 'targets'>,
): string {
  const id = newOperationId(ids);
  const table = db.table(operations);
  if (table.count('scope', scopeText(scope)) >= maxOperations)
    for (const key of table.keys('scope', scopeText(scope))) {
      tx.delete(operations, key);
      break;
    }
  tx.create(operations, operationKey(scope, id), { ...scope, id, ...what, atMs: clock.nowMs() });
  return id;
}
