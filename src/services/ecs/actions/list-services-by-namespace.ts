import { namespaceNotFound, invalidParameter } from '../errors.ts';
import { scopeOf, type EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { listedPage, nextToken, pagePosition } from '../paging.ts';
import { inNamespace, serviceArn, services } from '../records/service.ts';
import type { ServiceDeps } from '../services/deps.ts';

/** Ten a page unless asked otherwise, as on AWS. */
const defaultPageSize = 10;

/**
 * Services of all clusters whose Service Connect is in a namespace, by its name or ARN.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServicesByNamespace.html
 */
export function listServicesByNamespace({ db, namespaces }: ServiceDeps): EcsHandler<'ListServicesByNamespace'> {
  return (input, context) => {
    if (input.namespace === '') throw invalidParameter('Namespace cannot be empty.');
    const scope = scopeOf(context);
    const namespace = namespaces.find(scope, input.namespace);
    if (namespace === undefined) throw namespaceNotFound(input.namespace);
    const list = `ListServicesByNamespace/${namespace.arn}`;
    const position = pagePosition({ maxResults: defaultPageSize, ...input }, list);
    const page = listedPage(
      db.table(services),
      { index: 'namespace', value: inNamespace(scope, namespace.arn) },
      position,
    );
    return {
      serviceArns: page.rows.map(({ row }) => serviceArn(row, row.cluster, row.name)),
      ...nextToken(list, page.next),
    };
  };
}
