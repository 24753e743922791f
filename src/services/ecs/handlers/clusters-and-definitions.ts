import type { Handlers } from '../../../protocol/api/index.ts';
import type { Operations } from '../../../protocol/generated/ecs.ts';
import type { Database } from '../../../store/index.ts';
import { createCluster } from '../actions/create-cluster.ts';
import { deleteAccountSetting } from '../actions/delete-account-setting.ts';
import { deleteAttributes } from '../actions/delete-attributes.ts';
import { deleteCluster } from '../actions/delete-cluster.ts';
import { deleteTaskDefinitions } from '../actions/delete-task-definitions.ts';
import { deregisterTaskDefinition } from '../actions/deregister-task-definition.ts';
import { describeCapacityProviders } from '../actions/describe-capacity-providers.ts';
import { describeClusters } from '../actions/describe-clusters.ts';
import { describeTaskDefinition } from '../actions/describe-task-definition.ts';
import { listAccountSettings } from '../actions/list-account-settings.ts';
import { listAttributes } from '../actions/list-attributes.ts';
import { listClusters } from '../actions/list-clusters.ts';
import { listTagsForResource } from '../actions/list-tags-for-resource.ts';
import { listTaskDefinitionFamilies } from '../actions/list-task-definition-families.ts';
import { listTaskDefinitions } from '../actions/list-task-definitions.ts';
import { putAccountSettingDefault } from '../actions/put-account-setting-default.ts';
import { putAccountSetting } from '../actions/put-account-setting.ts';
import { putAttributes } from '../actions/put-attributes.ts';
import { putClusterCapacityProviders } from '../actions/put-cluster-capacity-providers.ts';
import { registerTaskDefinition } from '../actions/register-task-definition.ts';
import { tagResource } from '../actions/tag-resource.ts';
import { untagResource } from '../actions/untag-resource.ts';
import { updateClusterSettings } from '../actions/update-cluster-settings.ts';
import { updateCluster } from '../actions/update-cluster.ts';
import type { ClusterCounts } from '../clusters/counts.ts';
import type { ConnectNamespaces } from '../ports.ts';
import { DefinitionOrder } from '../task-definitions/order.ts';
import { Registrations } from '../task-definitions/registrations.ts';
import type { ExpressionCheck } from '../task-definitions/task-rules.ts';

/** What the rest of ECS gives these actions. */
export interface ClustersAndDefinitionsNeeds {
  readonly db: Database;
  /** Counts of tasks and container instances, by index. */
  readonly counts: ClusterCounts;
  readonly namespaces: ConnectNamespaces;
  /** Finds what is wrong with an expression of the cluster query language; undefined when it is well formed. */
  readonly expressionProblem: ExpressionCheck;
}

/** The handlers of clusters, task definitions, attributes, tags and account settings. One line an action. */
export function clustersAndDefinitions(needs: ClustersAndDefinitionsNeeds) {
  const deps = { ...needs, order: new DefinitionOrder(needs.db), registrations: new Registrations(needs.db) };
  return {
    CreateCluster: createCluster(deps),
    DeleteAccountSetting: deleteAccountSetting(deps),
    DeleteAttributes: deleteAttributes(deps),
    DeleteCluster: deleteCluster(deps),
    DeleteTaskDefinitions: deleteTaskDefinitions(deps),
    DeregisterTaskDefinition: deregisterTaskDefinition(deps),
    DescribeCapacityProviders: describeCapacityProviders(deps),
    DescribeClusters: describeClusters(deps),
    DescribeTaskDefinition: describeTaskDefinition(deps),
    ListAccountSettings: listAccountSettings(deps),
    ListAttributes: listAttributes(deps),
    ListClusters: listClusters(deps),
    ListTagsForResource: listTagsForResource(deps),
    ListTaskDefinitionFamilies: listTaskDefinitionFamilies(deps),
    ListTaskDefinitions: listTaskDefinitions(deps),
    PutAccountSetting: putAccountSetting(deps),
    PutAccountSettingDefault: putAccountSettingDefault(deps),
    PutAttributes: putAttributes(deps),
    PutClusterCapacityProviders: putClusterCapacityProviders(deps),
    RegisterTaskDefinition: registerTaskDefinition(deps),
    TagResource: tagResource(deps),
    UntagResource: untagResource(deps),
    UpdateCluster: updateCluster(deps),
    UpdateClusterSettings: updateClusterSettings(deps),
  } satisfies Handlers<Operations>;
}
