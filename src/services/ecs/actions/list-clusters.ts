import type { ClusterAndDefinitionDeps, EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { listedPage, nextToken, pagePosition } from '../paging.ts';
import { clusterArn, clusters } from '../records/cluster.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListClusters.html */
export function listClusters({ db }: ClusterAndDefinitionDeps): EcsHandler<'ListClusters'> {
  return (input, context) => {
    const { account, region } = scopeOf(context);
    const list = `ListClusters/${account}/${region}`;
    const under = { index: 'scope', value: `${account}/${region}` } as const;
    const page = listedPage(db.table(clusters), under, pagePosition(input, list));
    return {
      clusterArns: page.rows.map(({ row }) => clusterArn(row, row.name)),
      ...nextToken(list, page.next),
    };
  };
}
