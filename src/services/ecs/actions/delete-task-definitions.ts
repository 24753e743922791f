import type { Failure } from '../../../protocol/generated/ecs.ts';
import type { Database } from '../../../store/index.ts';
import { clientException, invalidParameter } from '../errors.ts';
import type { ClusterAndDefinitionDeps, EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { maxDefinitionsPerDelete } from '../limits.ts';
import type { Scope } from '../records/scope.ts';
import { taskDefinitionArn, taskDefinitionKey, taskDefinitions } from '../records/task-definition.ts';
import type { TaskDefinitionRecord } from '../records/task-definition.ts';
import { findTaskDefinition, parseTaskDefinition } from '../references.ts';
import { describedDefinition } from '../task-definitions/described.ts';
import { definitionNotFound } from '../task-definitions/missing.ts';

/**
 * Asks for INACTIVE revisions to be deleted: they are DELETE_IN_PROGRESS until nothing uses them (see
 * task-definitions/deletion).
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteTaskDefinitions.html
 */
export function deleteTaskDefinitions({ db }: ClusterAndDefinitionDeps): EcsHandler<'DeleteTaskDefinitions'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    const references = input.taskDefinitions;
    if (references.length === 0) throw invalidParameter('Task definitions cannot be empty.');
    if (references.length > maxDefinitionsPerDelete) {
      throw invalidParameter(`task definitions can have at most ${maxDefinitionsPerDelete} items.`);
    }
    for (const reference of references) {
      const parsed = parseTaskDefinition(scope, reference);
      if (parsed !== undefined && parsed.revision === undefined) throw clientException('Revision is missing.');
    }
    const outcomes: (TaskDefinitionRecord | Failure)[] = [];
    for (const reference of references)
      outcomes.push(await askOne(db, { scope, reference, nowMs: context.receivedMs }));
    return {
      taskDefinitions: outcomes.flatMap((outcome) => ('family' in outcome ? [describedDefinition(outcome)] : [])),
      failures: outcomes.flatMap((outcome) => ('reason' in outcome ? [outcome] : [])),
    };
  };
}

async function askOne(
  db: Database,
  { scope, reference, nowMs }: { readonly scope: Scope; readonly reference: string; readonly nowMs: number },
): Promise<TaskDefinitionRecord | Failure> {
  const { result } = await db.transact((tx): TaskDefinitionRecord | Failure => {
    const row = findTaskDefinition(tx, scope, reference);
    if (row === undefined) return { arn: arnOf(scope, reference), reason: definitionNotFound };
    if (row.status === 'ACTIVE') {
      return {
        arn: arnOf(scope, reference),
        reason: 'The specified task definition is still in ACTIVE status. Please deregister the target and try again.',
      };
    }
    if (row.status === 'DELETE_IN_PROGRESS') return row;
    const asked: TaskDefinitionRecord = { ...row, status: 'DELETE_IN_PROGRESS', deleteRequestedAtMs: nowMs };
    tx.put(taskDefinitions, taskDefinitionKey(scope, row.family, row.revision), asked);
    return asked;
  });
  return result;
}

function arnOf(scope: Scope, reference: string): string {
  const parsed = parseTaskDefinition(scope, reference);
  return parsed?.revision === undefined ? reference : taskDefinitionArn(scope, parsed.family, parsed.revision);
}
