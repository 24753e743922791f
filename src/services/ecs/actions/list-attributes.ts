import type { Table } from '../../../store/index.ts';
import { describedAttribute } from '../attributes-and-tags/attribute-targets.ts';
import type { DescribedAttribute } from '../attributes-and-tags/attribute-targets.ts';
import { invalidParameter } from '../errors.ts';
import type { ClusterAndDefinitionDeps, EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { listedPage, nextToken, pagePosition } from '../paging.ts';
import { containerInstances } from '../records/container-instance.ts';
import type { ContainerInstanceRecord } from '../records/container-instance.ts';
import { activeCluster, presentRows } from '../references.ts';

/** Container instances read for one page. A page may hold fewer attributes than asked for, even none, and still have a next. */
const maxInstancesPerPage = 100;

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListAttributes.html */
export function listAttributes({ db }: ClusterAndDefinitionDeps): EcsHandler<'ListAttributes'> {
  return (input, context) => {
    const scope = scopeOf(context);
    const { attributeName: name, attributeValue: value } = input;
    if (value !== undefined && name === undefined) {
      throw invalidParameter('attributeName must be specified when attributeValue is specified.');
    }
    const cluster = activeCluster(presentRows(db), scope, input.cluster).name;
    const home = `${scope.account}/${scope.region}/${cluster}`;
    const list = `ListAttributes/${home}/${name ?? ''}/${value ?? ''}`;
    const { limit, after = '0:' } = pagePosition(input, list);
    const walk = attributesFrom(
      db.table(containerInstances),
      { home, after, limit },
      (attribute) =>
        (name === undefined || attribute.name === name) && (value === undefined || attribute.value === value),
    );
    return { attributes: walk.attributes, ...nextToken(list, walk.next) };
  };
}

/**
 * Attributes of the instances of a cluster, in order of the instances. The cursor is `skip:after`: the instance after the
 * place `after` in the index, and how many of its matching attributes were shown already.
 */
function attributesFrom(
  table: Table<ContainerInstanceRecord, 'cluster' | 'clusterStatus'>,
  from: { readonly home: string; readonly after: string; readonly limit: number },
  matches: (attribute: { readonly name: string; readonly value?: string }) => boolean,
): { readonly attributes: readonly DescribedAttribute[]; readonly next?: string } {
  const colon = from.after.indexOf(':');
  let skip = Number(from.after.slice(0, Math.max(colon, 0))) || 0;
  let place = from.after.slice(colon + 1);
  const attributes: DescribedAttribute[] = [];
  for (let read = 0; read < maxInstancesPerPage; read++) {
    const under = { index: 'cluster', value: from.home } as const;
    const page = listedPage(table, under, { limit: 1, ...(place === '' ? {} : { after: place }) });
    const row = page.rows[0]?.row;
    const matching = row === undefined ? [] : row.attributes.filter(matches).slice(skip);
    const room = from.limit - attributes.length;
    if (row !== undefined) attributes.push(...matching.slice(0, room).map((each) => describedAttribute(row, each)));
    if (matching.length > room) return { attributes, next: `${skip + room}:${place}` };
    if (page.next === undefined) return { attributes };
    place = page.next;
    skip = 0;
  }
  return { attributes, next: `0:${place}` };
}
