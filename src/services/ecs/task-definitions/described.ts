import type { TaskDefinition } from '../../../protocol/generated/ecs.ts';
import { taskDefinitionArn } from '../records/task-definition.ts';
import type { TaskDefinitionRecord } from '../records/task-definition.ts';

/** A revision as the API shows it; tags stand beside it in the answers, never in it. */
export function describedDefinition(row: TaskDefinitionRecord): TaskDefinition {
  return {
    taskDefinitionArn: taskDefinitionArn(row, row.family, row.revision),
    family: row.family,
    revision: row.revision,
    status: row.status,
    requiresAttributes: row.requiresAttributes,
    compatibilities: row.compatibilities,
    registeredAt: row.registeredAtMs,
    registeredBy: row.registeredBy,
    ...(row.deregisteredAtMs === undefined ? {} : { deregisteredAt: row.deregisteredAtMs }),
    ...(row.deleteRequestedAtMs === undefined ? {} : { deleteRequestedAt: row.deleteRequestedAtMs }),
    ...row.definition,
  };
}
