import type { CreateClusterRequest } from '../../../protocol/generated/ecs.ts';
import { effectiveSetting } from '../account-settings/settings.ts';
import { checkedTags } from '../attributes-and-tags/tags.ts';
import { checkedProviders, checkedStrategy } from '../clusters/capacity.ts';
import { describedCluster, allButStatistics } from '../clusters/described.ts';
import { checkedConfiguration, mergedSettings } from '../clusters/settings.ts';
import { conflict, invalidParameter } from '../errors.ts';
import type { ClusterAndDefinitionDeps, EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { fingerprint } from '../idempotency.ts';
import { clusterKey, clusters } from '../records/cluster.ts';
import type { ClusterRecord } from '../records/cluster.ts';
import type { Scope } from '../records/scope.ts';
import { defaultCluster, clusterNameOf } from '../references.ts';
import { defaultNamespace } from '../service-connect/cluster-defaults.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html */
export function createCluster({ db, counts, namespaces }: ClusterAndDefinitionDeps): EcsHandler<'CreateCluster'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    if (input.clusterName?.startsWith('arn:')) throw invalidParameter('Cluster name cannot be an ARN');
    const name = clusterNameOf(scope, input.clusterName ?? defaultCluster);
    const checked = checkedInput(input);
    const { result } = await db.transact((tx) => {
      const defaults = input.serviceConnectDefaults;
      const given: Given = {
        ...checked,
        ...(defaults === undefined ? {} : defaultNamespace(tx, namespaces, scope, defaults)),
      };
      const present = tx.get(clusters, clusterKey(scope, name));
      if (present?.status === 'ACTIVE') return sameCluster(present, given);
      if (present?.status === 'DEPROVISIONING') throw conflict(`Cluster ${name} is being deleted. Try again later.`);
      const insights = effectiveSetting(tx, { scope, principalArn: context.caller.arn, name: 'containerInsights' });
      const row = newCluster({ scope, name, insights, nowMs: context.receivedMs }, given);
      tx.put(clusters, clusterKey(scope, name), row);
      return row;
    });
    return { cluster: describedCluster(result, counts.of(scope, name), allButStatistics) };
  };
}

/** The parts of a request that were given, checked. */
type Given = Partial<
  Pick<
    ClusterRecord,
    | 'settings'
    | 'configuration'
    | 'capacityProviders'
    | 'defaultCapacityProviderStrategy'
    | 'serviceConnectNamespace'
    | 'tags'
  >
>;

function checkedInput(input: CreateClusterRequest): Given {
  const providers = checkedProviders(input.capacityProviders ?? []);
  const strategy = checkedStrategy(input.defaultCapacityProviderStrategy ?? [], providers);
  return {
    ...(input.settings === undefined ? {} : { settings: mergedSettings([], input.settings) }),
    ...(input.configuration === undefined ? {} : { configuration: checkedConfiguration(input.configuration) }),
    ...(input.capacityProviders === undefined ? {} : { capacityProviders: providers }),
    ...(input.defaultCapacityProviderStrategy === undefined ? {} : { defaultCapacityProviderStrategy: strategy }),
    ...(input.tags === undefined ? {} : { tags: checkedTags(input.tags) }),
  };
}

function newCluster(
  of: { readonly scope: Scope; readonly name: string; readonly insights: string; readonly nowMs: number },
  given: Given,
): ClusterRecord {
  return {
    ...of.scope,
    name: of.name,
    status: 'ACTIVE',
    createdAtMs: of.nowMs,
    capacityProviders: [],
    defaultCapacityProviderStrategy: [],
    tags: [],
    ...given,
    settings: mergedSettings([{ name: 'containerInsights', value: of.insights }], asSettings(given)),
  };
}

function asSettings({ settings = [] }: Given): readonly { name: 'containerInsights'; value: string }[] {
  return settings.map(({ value }) => ({ name: 'containerInsights', value }));
}

/** A cluster may be created again as it is; a request that says otherwise is refused rather than ignored. */
function sameCluster(present: ClusterRecord, given: Given): ClusterRecord {
  for (const [member, value] of Object.entries(given)) {
    const kept = present[member as keyof Given] ?? {};
    if (fingerprint({ value }) !== fingerprint({ value: kept })) {
      throw invalidParameter(
        'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
      );
    }
  }
  return present;
}
