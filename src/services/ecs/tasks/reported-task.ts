import { parseArn } from '../../../kernel/index.ts';
import type { RequestContext } from '../../../protocol/api/index.ts';
import { invalidParameter } from '../errors.ts';
import { platformAccount, type Scope } from '../records/scope.ts';
import { taskKey } from '../records/task.ts';

export interface ReportedTask extends Scope {
  readonly cluster: string;
  readonly id: string;
}

/** The task an agent names, of whatever account and region; undefined when it is no task's ARN. */
export function reportedTask(reference: unknown): ReportedTask | undefined {
  const arn = typeof reference === 'string' ? parseArn(reference) : undefined;
  const [type, cluster, id] = arn?.resource.split('/') ?? [];
  if (arn === undefined || arn.service !== 'ecs' || type !== 'task' || cluster === undefined || id === undefined)
    return undefined;
  return { account: arn.account, region: arn.region, cluster, id };
}

/**
 * The key of the task an agent reports on. The agents of the hidden pool report on tasks of every account and region.
 * @throws InvalidParameterException, which makes an agent drop the report for good
 */
export function reportedTaskKey(reference: string | undefined, context: RequestContext): string {
  const task = reportedTask(reference);
  if (task === undefined) throw invalidParameter(`'${reference ?? ''}' is not the ARN of a task`);
  const own = task.account === context.account && task.region === context.region;
  if (!own && context.account !== platformAccount) throw invalidParameter('The referenced task was not found.');
  return taskKey(task, task.cluster, task.id);
}
