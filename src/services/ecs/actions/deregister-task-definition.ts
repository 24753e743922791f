import type { Transaction } from '../../../store/index.ts';
import { clientException } from '../errors.ts';
import type { ClusterAndDefinitionDeps, EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import type { Scope } from '../records/scope.ts';
import { families, familyKey, taskDefinitionKey, taskDefinitions } from '../records/task-definition.ts';
import type { TaskDefinitionRecord } from '../records/task-definition.ts';
import { findTaskDefinition, parseTaskDefinition } from '../references.ts';
import { describedDefinition } from '../task-definitions/described.ts';
import { definitionNotFound } from '../task-definitions/missing.ts';
import type { DefinitionOrder } from '../task-definitions/order.ts';

/**
 * Makes a revision INACTIVE; doing it again changes nothing.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeregisterTaskDefinition.html
 */
export function deregisterTaskDefinition({
  db,
  order,
}: ClusterAndDefinitionDeps): EcsHandler<'DeregisterTaskDefinition'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    const reference = parseTaskDefinition(scope, input.taskDefinition);
    if (reference === undefined) throw clientException(definitionNotFound);
    if (reference.revision === undefined) throw clientException('Revision is missing.');
    const { result } = await db.transact((tx) => {
      const row = findTaskDefinition(tx, scope, input.taskDefinition);
      if (row === undefined) throw clientException(definitionNotFound);
      if (row.status === 'DELETE_IN_PROGRESS') throw clientException('The specified task definition is being deleted.');
      return row.status === 'INACTIVE' ? row : deactivate(tx, row, { order, nowMs: context.receivedMs });
    });
    return { taskDefinition: describedDefinition(result) };
  };
}

function deactivate(
  tx: Transaction,
  row: TaskDefinitionRecord,
  { order, nowMs }: { readonly order: DefinitionOrder; readonly nowMs: number },
): TaskDefinitionRecord {
  const scope: Scope = { account: row.account, region: row.region };
  const inactive: TaskDefinitionRecord = { ...row, status: 'INACTIVE', deregisteredAtMs: nowMs };
  tx.put(taskDefinitions, taskDefinitionKey(scope, row.family, row.revision), inactive);
  const family = tx.get(families, familyKey(scope, row.family));
  if (family?.latestActive !== row.revision) return inactive;
  const latestActive = order.highest(scope, 'ACTIVE', row);
  // Read in this transaction, so that it cannot be deregistered at the same time.
  if (latestActive > 0) tx.get(taskDefinitions, taskDefinitionKey(scope, row.family, latestActive));
  tx.put(families, familyKey(scope, row.family), {
    ...family,
    latestActive,
    status: latestActive > 0 ? 'ACTIVE' : 'INACTIVE',
  });
  return inactive;
}
