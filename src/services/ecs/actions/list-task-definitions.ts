import type { ClusterAndDefinitionDeps, EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { invalidParameter } from '../errors.ts';
import { nextToken, pagePosition } from '../paging.ts';
import { taskDefinitionArn } from '../records/task-definition.ts';
import type { RevisionName } from '../task-definitions/order.ts';

/**
 * Revisions by family name, then number. `familyPrefix` is the whole name of a family, whatever it is called.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTaskDefinitions.html
 */
export function listTaskDefinitions({ order }: ClusterAndDefinitionDeps): EcsHandler<'ListTaskDefinitions'> {
  return (input, context) => {
    const scope = scopeOf(context);
    const { familyPrefix: family, status = 'ACTIVE', sort = 'ASC' } = input;
    const list = `ListTaskDefinitions/${scope.account}/${scope.region}/${family ?? ''}/${status}/${sort}`;
    const { limit, after } = pagePosition(input, list);
    const walk = order.revisions(scope, status, {
      descending: sort === 'DESC',
      ...(family === undefined ? {} : { family }),
      ...(after === undefined ? {} : { after: readCursor(after) }),
    });
    const shown: RevisionName[] = [];
    for (const name of walk) {
      if (shown.length === limit) {
        const last = shown.at(-1);
        return { taskDefinitionArns: arns(shown), ...nextToken(list, last && `${last.family}:${last.revision}`) };
      }
      shown.push(name);
    }
    return { taskDefinitionArns: arns(shown) };

    function arns(names: readonly RevisionName[]): readonly string[] {
      return names.map((name) => taskDefinitionArn(scope, name.family, name.revision));
    }
  };
}

function readCursor(cursor: string): RevisionName {
  const [, family, revision] = /^([^:]+):(\d+)$/.exec(cursor) ?? [];
  if (family === undefined) throw invalidParameter('Invalid token.');
  return { family, revision: Number(revision) };
}
