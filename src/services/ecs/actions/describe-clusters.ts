import { describedCluster } from '../clusters/described.ts';
import type { Include } from '../clusters/described.ts';
import { invalidParameter } from '../errors.ts';
import type { ClusterAndDefinitionDeps, EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { maxDescribed } from '../limits.ts';
import { clusterArn } from '../records/cluster.ts';
import { clusterNameOf, defaultCluster, findCluster, presentRows } from '../references.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeClusters.html */
export function describeClusters({ db, counts }: ClusterAndDefinitionDeps): EcsHandler<'DescribeClusters'> {
  return (input, context) => {
    const scope = scopeOf(context);
    const include: Include = new Set(input.include ?? []);
    const references = input.clusters === undefined || input.clusters.length === 0 ? [defaultCluster] : input.clusters;
    if (references.length > maxDescribed) throw invalidParameter(`clusters can have at most ${maxDescribed} items.`);
    const rows = presentRows(db);
    const found = references.map((reference) => {
      const name = clusterNameOf(scope, reference);
      return { name, row: findCluster(rows, scope, reference) };
    });
    return {
      clusters: found.flatMap(({ name, row }) =>
        row === undefined ? [] : [describedCluster(row, counts.of(scope, name), include)],
      ),
      failures: found.flatMap(({ name, row }) =>
        row === undefined ? [{ arn: clusterArn(scope, name), reason: 'MISSING' }] : [],
      ),
    };
  };
}
