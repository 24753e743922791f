import type { ClusterAndDefinitionDeps, EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { scopeOf } from '../handlers/clusters-and-definitions-deps.ts';
import { nextToken, pagePosition } from '../paging.ts';
import type { Scope } from '../records/scope.ts';
import type { DefinitionOrder } from '../task-definitions/order.ts';

type FamilyStatus = 'ACTIVE' | 'INACTIVE' | 'ALL';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTaskDefinitionFamilies.html */
export function listTaskDefinitionFamilies({
  order,
}: ClusterAndDefinitionDeps): EcsHandler<'ListTaskDefinitionFamilies'> {
  return (input, context) => {
    const scope = scopeOf(context);
    const { familyPrefix: prefix = '', status = 'ALL' } = input;
    const list = `ListTaskDefinitionFamilies/${scope.account}/${scope.region}/${prefix}/${status}`;
    const { limit, after } = pagePosition(input, list);
    const shown: string[] = [];
    for (const family of familiesOf(order, scope, { status, from: after ?? prefix })) {
      if (!family.startsWith(prefix)) break;
      if (family === after) continue;
      if (shown.length === limit) return { families: shown, ...nextToken(list, shown.at(-1)) };
      shown.push(family);
    }
    return { families: shown };
  };
}

/** INACTIVE families are those that have revisions, but no ACTIVE one. */
function* familiesOf(
  order: DefinitionOrder,
  scope: Scope,
  { status, from }: { readonly status: FamilyStatus; readonly from: string },
): Iterable<string> {
  if (status === 'ACTIVE') return yield* order.families(scope, 'ACTIVE', from);
  const statuses = ['ACTIVE', 'INACTIVE', 'DELETE_IN_PROGRESS'] as const;
  const sources = statuses.map((each) => order.families(scope, each, from));
  for (const family of merged(sources)) {
    if (status === 'ALL' || !order.has(scope, 'ACTIVE', family)) yield family;
  }
}

/** The values of sorted sources in order, each once. */
function* merged(sources: readonly Iterable<string>[]): Iterable<string> {
  const walks = sources.map((source) => source[Symbol.iterator]());
  const heads = walks.map((walk) => walk.next());
  for (;;) {
    const values = heads.flatMap((head) => (head.done === true ? [] : [head.value]));
    if (values.length === 0) return;
    const least = values.reduce((a, b) => (a < b ? a : b));
    yield least;
    for (const [index, head] of heads.entries()) {
      const walk = walks[index];
      if (walk !== undefined && head.done !== true && head.value === least) heads[index] = walk.next();
    }
  }
}
