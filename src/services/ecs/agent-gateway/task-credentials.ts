import type { IamRoleCredentials } from '../../../agent-protocol/index.ts';
import { rfc3339 } from '../../../kernel/index.ts';
import type { TaskDefinitionRecord } from '../records/task-definition.ts';
import { taskArn, type TaskRecord } from '../records/task.ts';
import type { GatewayDeps } from './deps.ts';

export interface TaskCredentials {
  readonly task?: IamRoleCredentials;
  readonly execution?: IamRoleCredentials;
  /** The earlier end of both; undefined without roles. */
  readonly expirationMs?: number;
}

interface TaskRoles {
  readonly task?: string;
  readonly execution?: string;
}

/** ARNs of the roles that a task gets. */
function taskRoles({ overrides }: TaskRecord, { definition }: TaskDefinitionRecord): TaskRoles {
  const task = overrides.taskRoleArn ?? definition.taskRoleArn;
  const execution = overrides.executionRoleArn ?? definition.executionRoleArn;
  return { ...(task === undefined ? {} : { task }), ...(execution === undefined ? {} : { execution }) };
}

export function rolesOf(task: TaskRecord, definition: TaskDefinitionRecord): readonly string[] {
  const { task: own, execution } = taskRoles(task, definition);
  return [own, execution].filter((arn) => arn !== undefined);
}

/** Fresh credentials of a task's roles, under the ids its containers know. */
export function issueTaskCredentials(
  task: TaskRecord,
  definition: TaskDefinitionRecord,
  deps: GatewayDeps,
): TaskCredentials {
  const roles = taskRoles(task, definition);
  const ends: number[] = [];
  const issue = (
    use: 'task' | 'execution',
    roleArn: string | undefined,
    credentialsId: string | undefined,
  ): IamRoleCredentials | undefined => {
    if (roleArn === undefined || credentialsId === undefined) return undefined;
    const { expirationMs, ...keys } = deps.roleCredentials.issue({
      roleArn,
      sessionName: task.id,
      account: task.account,
      taskArn: taskArn(task, task.cluster, task.id),
      use,
      nowMs: deps.clock.nowMs(),
    });
    ends.push(expirationMs);
    return { credentialsId, roleArn, ...keys, expiration: rfc3339(expirationMs) };
  };
  const forTask = issue('task', roles.task, task.taskCredentialsId);
  const forExecution = issue('execution', roles.execution, task.executionCredentialsId);
  return {
    ...(forTask === undefined ? {} : { task: forTask }),
    ...(forExecution === undefined ? {} : { execution: forExecution }),
    ...(ends.length === 0 ? {} : { expirationMs: Math.min(...ends) }),
  };
}
