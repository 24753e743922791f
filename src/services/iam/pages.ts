import { InvalidArgument } from '../../kernel/index.ts';
import type { Database, Page, TableSpec } from '../../store/index.ts';
import type { Kind } from './core.ts';
import { validationError } from './errors.ts';
import { defaultPageSize } from './limits.ts';
import type { Entity } from './records/entities.ts';

export interface PageInput {
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
  readonly PathPrefix?: string | undefined;
}

export interface Listed<Item> {
  readonly items: readonly Item[];
  /** `IsTruncated` and `Marker` of the answer. */
  readonly rest: { readonly IsTruncated: boolean; readonly Marker?: string };
}

/** A page of an account's entities of a kind. A path prefix chooses among the rows of a page, so that one may have none and still be followed by another. */
export function pageOf<Row extends Entity>(
  db: Database,
  kind: Kind<Row>,
  account: string,
  { Marker, MaxItems = defaultPageSize, PathPrefix = '/' }: PageInput,
): Listed<Row> {
  let page: Page<Row>;
  try {
    page = db.table(kind.spec).page('account', account, {
      limit: MaxItems,
      ...(Marker === undefined ? {} : { after: Marker }),
    });
  } catch (error) {
    if (error instanceof InvalidArgument) throw validationError('Invalid Marker.');
    throw error;
  }
  return {
    items: page.rows.map(({ row }) => row).filter(({ path }) => path.startsWith(PathPrefix)),
    rest: page.next === undefined ? { IsTruncated: false } : { IsTruncated: true, Marker: page.next },
  };
}

/** A page of a list that is at hand. The marker is the name of the last item shown. */
export function pageOfList<Item>(
  all: readonly Item[],
  nameOf: (item: Item) => string,
  { Marker, MaxItems = defaultPageSize }: PageInput,
): Listed<Item> {
  const before = Marker === undefined ? -1 : all.findIndex((item) => nameOf(item) === Marker);
  if (Marker !== undefined && before === -1) throw validationError('Invalid Marker.');
  const items = all.slice(before + 1, before + 1 + MaxItems);
  const last = items.at(-1);
  const more = before + 1 + items.length < all.length && last !== undefined;
  return { items, rest: more ? { IsTruncated: true, Marker: nameOf(last) } : { IsTruncated: false } };
}

/** All rows with a value in an index, for lists that quotas bound. */
export function rowsWith<Row, Index extends string>(
  db: Database,
  spec: TableSpec<Row, Index>,
  index: Index,
  value: string,
): Row[] {
  return [...db.table(spec).keys(index, value)].flatMap((key) => db.get(spec, key)?.row ?? []);
}
