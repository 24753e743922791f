import type { RequestContext } from '../../../protocol/api/index.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { maxAttributesPerCall, maxDescribed } from '../limits.ts';
import { clusterArn } from '../records/cluster.ts';
import { containerInstanceArn } from '../records/container-instance.ts';
import type { Rows } from '../references.ts';
import { reportedTask } from '../tasks/reported-task.ts';
import { ask, askAny, askEach, askTagging, givenTags, type EcsAuthorization } from './ask.ts';
import { askedCluster, askedInstance } from './resources.ts';

/** Container instances, their attributes, and what their agents do: the latter is a matter of the cluster. */
export function instanceQuestions(rows: Rows) {
  type OnInstances =
    | 'DeleteAttributes'
    | 'DescribeContainerInstances'
    | 'PutAttributes'
    | 'UpdateContainerAgent'
    | 'UpdateContainerInstancesState';

  /** A question about each of the container instances a request names. */
  function onInstances(
    action: OnInstances,
    { cluster: reference }: { readonly cluster?: string | undefined },
    named: { readonly instances: readonly string[]; readonly max: number; readonly context: RequestContext },
  ) {
    const scope = scopeOf(named.context);
    const cluster = askedCluster(scope, reference);
    const keys = { 'ecs:cluster': cluster.arn };
    return askEach(named.instances, { max: named.max, action, keys }, (instance) =>
      ask(rows, action, askedInstance(scope, cluster, instance), { keys }),
    );
  }

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
    DeleteAttributes: (input, context) =>
      onInstances('DeleteAttributes', input, { ...targets(input.attributes), context }),
    DeregisterContainerInstance: (input, context) => [
      ask(rows, 'DeregisterContainerInstance', askedCluster(scopeOf(context), input.cluster).arn),
    ],
    DescribeContainerInstances: (input, context) => {
      const named = { instances: input.containerInstances, max: maxDescribed, context };
      return onInstances('DescribeContainerInstances', input, named);
    },
    DiscoverPollEndpoint: () => [askAny('DiscoverPollEndpoint')],
    ListAttributes: (input, context) => [
      ask(rows, 'ListAttributes', askedCluster(scopeOf(context), input.cluster).arn),
    ],
    ListContainerInstances: (input, context) => [
      ask(rows, 'ListContainerInstances', askedCluster(scopeOf(context), input.cluster).arn),
    ],
    PutAttributes: (input, context) => onInstances('PutAttributes', input, { ...targets(input.attributes), context }),
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
    UpdateContainerAgent: (input, context) =>
      onInstances('UpdateContainerAgent', input, { instances: [input.containerInstance], max: 1, context }),
    UpdateContainerInstancesState: (input, context) => {
      const named = { instances: input.containerInstances, max: maxDescribed, context };
      return onInstances('UpdateContainerInstancesState', input, named);
    },
  } satisfies EcsAuthorization;
}

function targets(attributes: readonly { readonly targetId?: string | undefined }[]) {
  return { instances: attributes.flatMap(({ targetId }) => targetId ?? []), max: maxAttributesPerCall };
}
