import type { RequestContext } from '../../../protocol/api/index.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { maxAttributesPerCall, maxDescribed } from '../limits.ts';
import type { Rows } from '../references.ts';
import { ask, askEach, type EcsAuthorization } from './ask.ts';
import { askedCluster, askedInstance } from './resources.ts';

/** Container instances and their attributes. */
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
    ListAttributes: (input, context) => [
      ask(rows, 'ListAttributes', askedCluster(scopeOf(context), input.cluster).arn),
    ],
    ListContainerInstances: (input, context) => [
      ask(rows, 'ListContainerInstances', askedCluster(scopeOf(context), input.cluster).arn),
    ],
    PutAttributes: (input, context) => onInstances('PutAttributes', input, { ...targets(input.attributes), context }),
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
