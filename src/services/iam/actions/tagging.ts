import type { Handler } from '../../../protocol/api/index.ts';
import { keyOf, needed, presentRows, type IamDeps, type Kind, type Rows } from '../core.ts';
import { pageOfList, type PageInput } from '../pages.ts';
import type { Entity } from '../records/entities.ts';
import { addedTags, removedTags, shownTags } from '../tags.ts';

interface GivenTag {
  readonly Key: string;
  readonly Value: string;
}

export interface TaggedWords<Row extends Entity, Named extends object> {
  readonly kind: Kind<Row>;
  nameIn(input: Named): string;
  /** Where an input has more than a name. @throws what is wrong with it */
  find?(rows: Rows, account: string, input: Named): Row;
}

/** The three actions on the tags of a kind of entity. */
export function tagging<Row extends Entity, Named extends object>(
  { db }: IamDeps,
  words: TaggedWords<Row, Named>,
): {
  readonly add: Handler<Named & { readonly Tags: readonly GivenTag[] }, object>;
  readonly remove: Handler<Named & { readonly TagKeys: readonly string[] }, object>;
  readonly list: Handler<
    Named & PageInput,
    { readonly Tags: readonly GivenTag[]; readonly IsTruncated: boolean; readonly Marker?: string }
  >;
} {
  const { kind } = words;
  const find = (rows: Rows, account: string, input: Named): Row =>
    words.find?.(rows, account, input) ?? needed(rows, kind, account, words.nameIn(input));
  return {
    async add(input, { account }) {
      await db.transact((tx) => {
        const row = find(tx, account, input);
        tx.put(kind.spec, keyOf(kind, account, row.name), {
          ...row,
          tags: addedTags(row.tags, input.Tags),
        });
      });
      return {};
    },
    async remove(input, { account }) {
      await db.transact((tx) => {
        const row = find(tx, account, input);
        tx.put(kind.spec, keyOf(kind, account, row.name), {
          ...row,
          tags: removedTags(row.tags, input.TagKeys),
        });
      });
      return {};
    },
    list(input, { account }) {
      const { tags } = find(presentRows(db), account, input);
      const { items, rest } = pageOfList(tags, ({ key }) => key, input);
      return { Tags: shownTags(items), ...rest };
    },
  };
}
