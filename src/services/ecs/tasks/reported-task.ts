import { parseArn } from '../../../kernel/index.ts';
import type { RequestContext } from '../../../protocol/api/index.ts';
import { invalidParameter } from '../errors.ts';
import { platformAccount } from '../records/scope.ts';
import { taskKey } from '../records/task.ts';

/**
 * The key of the task an agent reports on. The agents of the hidden pool report on tasks of every account and region.
 * @throws InvalidParameterException, which makes an agent drop the report for good
 */
export function reportedTaskKey(reference: string | undefined, context: RequestContext): string {
  const arn = parseArn(reference ?? '');
  const [type, cluster, id] = arn?.resource.split('/') ?? [];
  if (arn === undefined || arn.service !== 'ecs' || type !== 'task' || cluster === undefined || id === undefined) {
    throw invalidParameter(`'${reference ?? ''}' is not the ARN of a task`);
  }
  const own = arn.account === context.account && arn.region === context.region;
  if (!own && context.account !== platformAccount) throw invalidParameter('The referenced task was not found.');
  return taskKey({ account: arn.account, region: arn.region }, cluster, id);
}
