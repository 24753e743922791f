import { InvalidArgument } from '../../../kernel/index.ts';
import { invalidParameter } from '../errors.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { listedPage, nextToken, pagePosition } from '../paging.ts';
import { containerInstanceArn, containerInstances } from '../records/container-instance.ts';
import { activeCluster, presentRows } from '../references.ts';
import { readClusterQuery, type ClusterQuery } from '../scheduler/cluster-query/query.ts';
import type { EcsHandler, TaskDeps } from '../tasks/deps.ts';

/** Rows looked at for one page of a filtered list; past it the page ends early and the next token goes on. */
const maxRead = 1_000;
/** The same for a filter with patterns: the costliest one takes about 0.1 ms an instance, and a page must not hold up other requests. */
const maxReadWithPatterns = 200;
const patternOperator = /[=!]~|matches/i;

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListContainerInstances.html */
export function listContainerInstances({ db, ledger }: TaskDeps): EcsHandler<'ListContainerInstances'> {
  return (input, context) => {
    const scope = scopeOf(context);
    const cluster = activeCluster(presentRows(db), scope, input.cluster);
    const query = input.filter === undefined || input.filter === '' ? undefined : readQuery(input.filter);
    const home = `${scope.account}/${scope.region}/${cluster.name}`;
    const under =
      input.status === undefined
        ? ({ index: 'cluster', value: home } as const)
        : ({ index: 'clusterStatus', value: `${home}/${input.status}` } as const);
    const list = `ListContainerInstances:${under.value}:${input.filter ?? ''}`;
    const position = pagePosition(input, list);
    const most = patternOperator.test(input.filter ?? '') ? maxReadWithPatterns : maxRead;
    const arns: string[] = [];
    let after = position.after;
    for (let read = 0; ;) {
      const page = listedPage(db.table(containerInstances), under, {
        limit: Math.min(position.limit - arns.length, most - read),
        ...(after === undefined ? {} : { after }),
      });
      read += page.rows.length;
      for (const { key, row } of page.rows) {
        const facts = ledger.facts(key);
        if (query === undefined || (facts !== undefined && query.matches(facts)))
          arns.push(containerInstanceArn(row, row.cluster, row.id));
      }
      after = page.next;
      if (after === undefined || arns.length >= position.limit || read >= most) break;
    }
    return { containerInstanceArns: arns, ...nextToken(list, after) };
  };
}

function readQuery(text: string): ClusterQuery {
  try {
    return readClusterQuery(text);
  } catch (error) {
    if (error instanceof InvalidArgument) throw invalidParameter(error.message);
    throw error;
  }
}
