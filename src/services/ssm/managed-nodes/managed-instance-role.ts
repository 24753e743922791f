import type { Database } from '../../../store/index.ts';
import { managedInstanceKey, managedInstances } from '../records/managed-instance.ts';
import type { Scope } from '../records/parameter.ts';

/** Name, with its path, of the role that a managed node has; undefined when there is no such node. */
export function managedInstanceRole(db: Database, scope: Scope, id: string): string | undefined {
  return db.get(managedInstances, managedInstanceKey(scope, id))?.row.iamRole;
}
