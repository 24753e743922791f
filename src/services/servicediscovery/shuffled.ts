import type { Ids } from '../../kernel/index.ts';

/** The items in random order. */
export function shuffled<Item>(items: readonly Item[], ids: Ids): readonly Item[] {
  return items
    .map((item) => ({ item, at: ids.fraction() }))
    .sort((left, right) => left.at - right.at)
    .map(({ item }) => item);
}
