import { builtInProviders, describedProvider, isBuiltIn, providerName } from '../clusters/capacity.ts';
import type { ClusterAndDefinitionDeps, EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { nextToken, pagePosition } from '../paging.ts';
import { activeCluster, presentRows } from '../references.ts';

const maxProvidersPerPage = 10;

/**
 * The built-in providers, and MISSING for any other: Longshore has no Auto Scaling groups and no Managed Instances yet.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeCapacityProviders.html
 */
export function describeCapacityProviders({ db }: ClusterAndDefinitionDeps): EcsHandler<'DescribeCapacityProviders'> {
  return (input, context) => {
    const scope = scopeOf(context);
    const cluster = input.cluster === undefined ? undefined : activeCluster(presentRows(db), scope, input.cluster);
    const asked = (input.capacityProviders ?? []).map(providerName);
    const present = builtInProviders
      .filter((name) => cluster === undefined || cluster.capacityProviders.includes(name))
      .filter((name) => asked.length === 0 || asked.includes(name));
    const list = `DescribeCapacityProviders/${scope.account}/${scope.region}/${asked.join()}/${cluster?.name ?? ''}`;
    const { limit, after = '0' } = pagePosition(input, list, maxProvidersPerPage);
    const start = Number(after) || 0;
    const end = start + limit;
    return {
      capacityProviders: present.slice(start, end).map((name) => describedProvider(scope, name)),
      failures: asked
        .filter((name) => !isBuiltIn(name) || !present.includes(name))
        .map((name) => ({
          arn: `arn:aws:ecs:${scope.region}:${scope.account}:capacity-provider/${name}`,
          reason: 'MISSING',
        })),
      ...nextToken(list, end < present.length ? String(end) : undefined),
    };
  };
}
