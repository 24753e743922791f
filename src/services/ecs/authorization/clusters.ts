import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { maxCapacityProvidersPerCluster, maxDescribed } from '../limits.ts';
import { defaultCluster, type Rows } from '../references.ts';
import { ask, askAny, askEach, askTagging, givenTags, type EcsAuthorization } from './ask.ts';
import { askedCluster, askedProvider } from './resources.ts';

/** Clusters and their capacity providers. */
export function clusterQuestions(rows: Rows) {
  return {
    CreateCluster: (input, context) => {
      const scope = scopeOf(context);
      const { arn } = askedCluster(scope, input.clusterName);
      const tags = givenTags(input.tags);
      const keys = {
        'ecs:capacity-provider': (input.capacityProviders ?? []).map((name) => askedProvider(scope, name)),
        'ecs:fargate-ephemeral-storage-kms-key':
          input.configuration?.managedStorageConfiguration?.fargateEphemeralStorageKmsKeyId,
      };
      return [
        ask(rows, 'CreateCluster', arn, { keys, requestTags: tags }),
        ...askTagging(rows, context, { by: 'CreateCluster', resource: arn, tags }),
      ];
    },
    DeleteCluster: (input, context) => [ask(rows, 'DeleteCluster', askedCluster(scopeOf(context), input.cluster).arn)],
    DescribeCapacityProviders: (input, context) =>
      askEach(input.capacityProviders, { max: maxDescribed, action: 'DescribeCapacityProviders' }, (provider) =>
        ask(rows, 'DescribeCapacityProviders', askedProvider(scopeOf(context), provider)),
      ),
    DescribeClusters: (input, context) => {
      const named = (input.clusters ?? []).length === 0 ? [defaultCluster] : input.clusters;
      return askEach(named, { max: maxDescribed, action: 'DescribeClusters' }, (reference) =>
        ask(rows, 'DescribeClusters', askedCluster(scopeOf(context), reference).arn),
      );
    },
    ListClusters: () => [askAny('ListClusters')],
    PutClusterCapacityProviders: (input, context) => {
      const scope = scopeOf(context);
      const providers = input.capacityProviders.slice(0, maxCapacityProvidersPerCluster);
      const keys = { 'ecs:capacity-provider': providers.map((name) => askedProvider(scope, name)) };
      return [ask(rows, 'PutClusterCapacityProviders', askedCluster(scope, input.cluster).arn, { keys })];
    },
    UpdateCluster: (input, context) => {
      const keys = {
        'ecs:fargate-ephemeral-storage-kms-key':
          input.configuration?.managedStorageConfiguration?.fargateEphemeralStorageKmsKeyId,
      };
      return [ask(rows, 'UpdateCluster', askedCluster(scopeOf(context), input.cluster).arn, { keys })];
    },
    UpdateClusterSettings: (input, context) => [
      ask(rows, 'UpdateClusterSettings', askedCluster(scopeOf(context), input.cluster).arn),
    ],
  } satisfies EcsAuthorization;
}
