import { scopeOf, type EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { listedPage, nextToken, pagePosition } from '../paging.ts';
import { serviceArn, services } from '../records/service.ts';
import { activeCluster, presentRows } from '../references.ts';
import type { ServiceDeps } from '../services/deps.ts';

/** Ten a page unless asked otherwise, as on AWS. */
const defaultPageSize = 10;

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServices.html */
export function listServices({ db }: ServiceDeps): EcsHandler<'ListServices'> {
  return (input, context) => {
    const scope = scopeOf(context);
    const cluster = activeCluster(presentRows(db), scope, input.cluster);
    const { launchType, schedulingStrategy } = input;
    const home = `${scope.account}/${scope.region}/${cluster.name}`;
    const under =
      launchType === undefined
        ? schedulingStrategy === undefined
          ? ({ index: 'cluster', value: home } as const)
          : ({ index: 'clusterScheduling', value: `${home}/${schedulingStrategy}` } as const)
        : schedulingStrategy === undefined
          ? ({ index: 'clusterLaunch', value: `${home}/${launchType}` } as const)
          : ({ index: 'clusterLaunchScheduling', value: `${home}/${launchType}/${schedulingStrategy}` } as const);
    const list = `ListServices/${under.index}/${under.value}`;
    const position = pagePosition({ maxResults: defaultPageSize, ...input }, list);
    const page = listedPage(db.table(services), under, position);
    return {
      serviceArns: page.rows.map(({ row }) => serviceArn(row, row.cluster, row.name)),
      ...nextToken(list, page.next),
    };
  };
}
