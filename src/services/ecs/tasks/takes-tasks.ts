import type { Transaction } from '../../../store/index.ts';
import { containerInstances } from '../records/container-instance.ts';

/**
 * May the instance still take tasks? Places are found outside the transaction that writes the task; an instance that was drained or
 * deregistered meanwhile must not get it, for nobody would ever report on it. Its record becomes a condition of the commit.
 */
export function takesTasks(tx: Transaction, instanceKey: string): boolean {
  return tx.get(containerInstances, instanceKey)?.status === 'ACTIVE';
}
