import { InvalidArgument } from '../../kernel/index.ts';
import type { Page, Table } from '../../store/index.ts';
import { validationError } from './errors.ts';
import { maxPageSize } from './limits.ts';

/** What every paged Describe request has. */
export interface PagedRequest {
  readonly Marker?: string | undefined;
  readonly PageSize?: number | undefined;
}

/** Longer markers are not ours and not decoded. */
const maxMarkerLength = 2_048;

/** One page of the rows under an index value. @throws ValidationError for a marker that names no place in the table */
export function tablePage<Row, Index extends string>(
  table: Table<Row, Index>,
  under: { readonly index: Index; readonly value: string },
  { Marker, PageSize }: PagedRequest,
): Page<Row> {
  if (Marker !== undefined && Marker.length > maxMarkerLength) throw invalidMarker(Marker);
  try {
    return table.page(under.index, under.value, {
      limit: PageSize ?? maxPageSize,
      ...(Marker === undefined || Marker === '' ? {} : { after: Marker }),
    });
  } catch (error) {
    if (error instanceof InvalidArgument) throw invalidMarker(Marker ?? '');
    throw error;
  }
}

/** One page of a bounded list in memory; a marker is the id of the last thing of the page before. */
export function listPage<Item>(
  items: readonly Item[],
  idOf: (item: Item) => string,
  { Marker, PageSize }: PagedRequest,
): { readonly items: readonly Item[]; readonly next: { readonly NextMarker?: string } } {
  const hasMarker = Marker !== undefined && Marker !== '';
  const start = hasMarker ? items.findIndex((item) => idOf(item) === Marker) + 1 : 0;
  if (hasMarker && start === 0) throw invalidMarker(Marker);
  const page = items.slice(start, start + (PageSize ?? maxPageSize));
  const last = page.at(-1);
  const hasMore = last !== undefined && start + page.length < items.length;
  return { items: page, next: hasMore ? { NextMarker: idOf(last) } : {} };
}

/** The NextMarker member of an answer: absent on the last page. */
export function nextMarker(next: string | undefined): { readonly NextMarker?: string } {
  return next === undefined ? {} : { NextMarker: next };
}

function invalidMarker(marker: string): Error {
  return validationError(`'${marker.slice(0, 100)}' is not a valid marker`);
}
