import { serviceNotFound, invalidParameter } from '../errors.ts';
import { scopeOf, type EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { nextToken, pagePosition } from '../paging.ts';
import { serviceDeployments, type ServiceDeploymentRecord } from '../records/service-deployment.ts';
import { ofService } from '../records/service-revision.ts';
import { ownedBy } from '../records/service.ts';
import { activeCluster, presentRows } from '../references.ts';
import type { ServiceDeps } from '../services/deps.ts';
import { briefDeployment } from '../services/described-deployment.ts';
import { findService } from '../services/find-service.ts';

/**
 * Newest first. A service keeps a bounded number of ended deployments, so the whole list of one service may be looked at.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServiceDeployments.html
 */
export function listServiceDeployments({ db }: ServiceDeps): EcsHandler<'ListServiceDeployments'> {
  return (input, context) => {
    const scope = scopeOf(context);
    const cluster = activeCluster(presentRows(db), scope, input.cluster);
    const service = findService(presentRows(db), scope, cluster.name, input.service);
    if (service === undefined) throw serviceNotFound();
    const { after, before } = input.createdAt ?? {};
    if (after !== undefined && before !== undefined && after > before)
      throw invalidParameter('createdAt.after must be before createdAt.before.');
    const of = ofService(ownedBy(service));
    const list = `ListServiceDeployments/${of}/${JSON.stringify([input.status, after, before])}`;
    const position = pagePosition(input, list);
    const table = db.table(serviceDeployments);
    const wanted = (row: ServiceDeploymentRecord): boolean =>
      (input.status === undefined || input.status.length === 0 || input.status.includes(row.status)) &&
      (after === undefined || row.createdAtMs >= after) &&
      (before === undefined || row.createdAtMs <= before);
    const rows = [...table.keys('service', of)]
      .reverse()
      .flatMap((key) => table.get(key)?.row ?? [])
      .filter(wanted);
    const start = position.after === undefined ? 0 : rows.findIndex((row) => row.id === position.after) + 1;
    const page = rows.slice(start, start + position.limit);
    const more = start + position.limit < rows.length;
    return { serviceDeployments: page.map(briefDeployment), ...nextToken(list, more ? page.at(-1)?.id : undefined) };
  };
}
