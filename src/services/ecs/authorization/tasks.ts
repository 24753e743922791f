import type { RequestContext } from '../../../protocol/api/index.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { maxDescribed } from '../limits.ts';
import type { Rows } from '../references.ts';
import { ask, askAny, askEach, type EcsAuthorization } from './ask.ts';
import { askedCluster, askedInstance, askedTask } from './resources.ts';

/** Tasks that there are. */
export function taskQuestions(rows: Rows) {
  /** A question about each of the tasks a request names. */
  function onTasks(
    action: 'DescribeTasks' | 'GetTaskProtection' | 'StopTask' | 'UpdateTaskProtection',
    {
      cluster: reference,
      tasks,
    }: { readonly cluster?: string | undefined; readonly tasks?: readonly string[] | undefined },
    context: RequestContext,
  ) {
    const scope = scopeOf(context);
    const cluster = askedCluster(scope, reference);
    const keys = { 'ecs:cluster': cluster.arn };
    return askEach(tasks, { max: maxDescribed, action, keys }, (task) =>
      ask(rows, action, askedTask(scope, cluster, task), { keys }),
    );
  }

  return {
    DescribeTasks: (input, context) => onTasks('DescribeTasks', input, context),
    GetTaskProtection: (input, context) => onTasks('GetTaskProtection', input, context),
    ListTasks: (input, context) => {
      const scope = scopeOf(context);
      const cluster = askedCluster(scope, input.cluster);
      const keys = { 'ecs:cluster': cluster.arn };
      if (input.containerInstance === undefined) return [askAny('ListTasks', keys)];
      return [ask(rows, 'ListTasks', askedInstance(scope, cluster, input.containerInstance), { keys })];
    },
    StopTask: (input, context) => onTasks('StopTask', { cluster: input.cluster, tasks: [input.task] }, context),
    UpdateTaskProtection: (input, context) => onTasks('UpdateTaskProtection', input, context),
  } satisfies EcsAuthorization;
}
