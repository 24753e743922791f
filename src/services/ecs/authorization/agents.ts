import type { RequestContext } from '../../../protocol/api/index.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { clusterArn } from '../records/cluster.ts';
import { containerInstanceArn } from '../records/container-instance.ts';
import type { Rows } from '../references.ts';
import { reportedTask } from '../tasks/reported-task.ts';
import { ask, askAny, askTagging, givenTags, type EcsAuthorization } from './ask.ts';
import { askedCluster } from './resources.ts';

/** What agents do, which is a matter of the cluster. Their sessions ask in agent-gateway. */
export function agentQuestions(rows: Rows) {
  /** An agent's report: the cluster it names, and that of the task it is about. */
  function report(
    action: 'SubmitContainerStateChange' | 'SubmitTaskStateChange',
    input: { readonly cluster?: string | undefined; readonly task?: string | undefined },
    context: RequestContext,
  ) {
    const task = reportedTask(input.task);
    const clusters = [
      ...(input.cluster === undefined && task !== undefined ? [] : [askedCluster(scopeOf(context), input.cluster).arn]),
      ...(task === undefined ? [] : [clusterArn(task, task.cluster)]),
    ];
    return [...new Set(clusters)].map((arn) => ask(rows, action, arn));
  }

  return {
    DiscoverPollEndpoint: () => [askAny('DiscoverPollEndpoint')],
    RegisterContainerInstance: (input, context) => {
      const scope = scopeOf(context);
      const { name, arn } = askedCluster(scope, input.cluster);
      const tags = givenTags(input.tags);
      const resource = containerInstanceArn(scope, name, '*');
      return [
        ask(rows, 'RegisterContainerInstance', arn, { requestTags: tags }),
        ...askTagging(rows, context, { by: 'RegisterContainerInstance', resource, tags }),
      ];
    },
    SubmitAttachmentStateChanges: (input, context) => [
      ask(rows, 'SubmitAttachmentStateChanges', askedCluster(scopeOf(context), input.cluster).arn),
    ],
    SubmitContainerStateChange: (input, context) => report('SubmitContainerStateChange', input, context),
    SubmitTaskStateChange: (input, context) => report('SubmitTaskStateChange', input, context),
  } satisfies EcsAuthorization;
}
