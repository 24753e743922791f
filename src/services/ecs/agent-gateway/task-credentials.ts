import type { IamRoleCredentials } from '../../../agent-protocol/index.ts';
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

const secondsPerDay = 86_400;

/** Epoch milliseconds as `2026-11-20T18:22:34Z`. Civil-from-days: the control plane has no Date. */
export function rfc3339(epochMs: number): string {
  const seconds = Math.floor(epochMs / 1000);
  const days = Math.floor(seconds / secondsPerDay);
  const ofDay = seconds - days * secondsPerDay;
  const { year, month, day } = civil(days);
  const pad = (value: number, width = 2): string => String(value).padStart(width, '0');
  return `${pad(year, 4)}-${pad(month)}-${pad(day)}T${pad(Math.floor(ofDay / 3600))}:${pad(Math.floor(ofDay / 60) % 60)}:${pad(ofDay % 60)}Z`;
}

/** The Gregorian date a number of days after 1970-01-01 (Howard Hinnant's algorithm). */
function civil(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}
