import type { ApiError } from '../../protocol/api/index.ts';
import type { Filter } from '../../protocol/generated/ec2.ts';
import { invalidCombination, invalidParameterValue, notFound } from './errors.ts';
import type { Kind } from './errors.ts';
import { compileFilters } from './filters.ts';
import type { FilterFields } from './filters.ts';

/** The members all Describe actions share. */
export interface DescribeInput {
  readonly Filters?: readonly Filter[] | undefined;
  readonly NextToken?: string | undefined;
  readonly MaxResults?: number | undefined;
}

/** Most things in one answer. */
const maxResults = 1_000;
const minResults = 5;

/** Checks a page's size. @throws InvalidParameterValue, InvalidParameterCombination when ids are given too */
export function pageSize(input: DescribeInput, ids: readonly string[] | undefined, most = maxResults): number {
  const { MaxResults } = input;
  if (MaxResults === undefined) return most;
  if (MaxResults < minResults || MaxResults > most) {
    throw invalidParameterValue(
      `Value ( ${MaxResults} ) for parameter maxResults is invalid. Expecting a value between ${minResults} and ${most}.`,
    );
  }
  if (ids !== undefined && ids.length > 0) {
    throw invalidCombination('The parameter MaxResults cannot be used with a list of ids in the same request');
  }
  return MaxResults;
}

/**
 * Chooses the things an answer shows: by ids, all of which must exist, then by filters, then the page. For kinds of which an
 * account has few. In pages they are in the order of their ids.
 */
export function chooseFew<Item extends object>(
  input: DescribeInput,
  options: {
    readonly items: readonly Item[];
    /** What to say of an id that is not there. */
    readonly kind: Kind | ((id: string) => ApiError);
    readonly ids: readonly string[] | undefined;
    readonly idOf: (item: Item) => string;
    readonly fields: FilterFields<Item>;
    readonly maxResults?: number;
  },
): { readonly items: readonly Item[]; readonly next: { readonly NextToken?: string } } {
  const { items, kind, ids = [], idOf, fields } = options;
  const size = pageSize(input, ids, options.maxResults);
  const missing = ids.find((id) => !items.some((item) => idOf(item) === id));
  if (missing !== undefined) throw typeof kind === 'string' ? notFound(kind, missing) : kind(missing);
  const matches = compileFilters(input.Filters, fields);
  const found = items.filter((item) => (ids.length === 0 || ids.includes(idOf(item))) && matches(item));
  const after = input.NextToken === undefined ? undefined : readToken(input.NextToken);
  if (after === undefined && found.length <= size) return { items: found, next: {} };
  const rest = found
    .map((item) => ({ item, id: idOf(item) }))
    .filter(({ id }) => after === undefined || id > after)
    .sort((one, other) => (one.id < other.id ? -1 : 1));
  const page = rest.slice(0, size);
  const last = page.at(-1);
  return {
    items: page.map(({ item }) => item),
    next: page.length < rest.length && last !== undefined ? { NextToken: tokenOf(last.id) } : {},
  };
}

/** Pages go by ids, so a page follows also when what the one before ended with is gone: people delete what they list. */
const tokenStart = 'after:';

function tokenOf(id: string): string {
  return `${tokenStart}${id}`;
}

/** @throws InvalidParameterValue */
function readToken(token: string): string {
  if (!token.startsWith(tokenStart)) throw invalidParameterValue(`The token '${token}' is invalid`);
  return token.slice(tokenStart.length);
}
