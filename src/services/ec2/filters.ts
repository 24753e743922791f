import type { Filter } from '../../protocol/generated/ec2.ts';
import { invalidParameterValue } from './errors.ts';
import type { Tagged } from './records/scope.ts';

/** For each filter name, the values a thing has; a filter keeps the thing when one of them matches. */
export type FilterFields<Item> = Readonly<Record<string, (item: Item) => readonly (string | undefined)[]>>;

/** Filters that AWS has for what nothing in Longshore has, such as IPv6: they match nothing. */
export function matchingNothing(...names: readonly string[]): Readonly<Record<string, () => readonly string[]>> {
  return Object.fromEntries(names.map((name) => [name, () => []]));
}

/**
 * Compiles a request's filters: all must match, each by any of its values, in which `*` stands for any text and `?` for one
 * character. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Filter.html
 * @throws InvalidParameterValue for a filter that `fields` does not know
 */
export function compileFilters<Item extends object>(
  filters: readonly Filter[] | undefined,
  fields: FilterFields<Item>,
): (item: Item) => boolean {
  const tests = (filters ?? []).map(({ Name, Values }) => {
    const values = Values ?? [];
    const field = fieldOf(Name, fields);
    if (field === undefined || values.length === 0)
      throw invalidParameterValue(`The filter '${Name ?? 'null'}' is invalid`);
    const patterns = values.map(compileWildcards);
    return (item: Item) => field(item).some((text) => text !== undefined && patterns.some((matches) => matches(text)));
  });
  return (item) => tests.every((test) => test(item));
}

/** The text a filter asks for literally, when it asks for just one. */
export function literalFilter(filters: readonly Filter[] | undefined, ...names: readonly string[]): string | undefined {
  const value = filters?.find(({ Name, Values }) => names.includes(Name ?? '') && Values?.length === 1)?.Values?.[0];
  return value === undefined || /[*?\\]/.test(value) ? undefined : value;
}

/** Filters by tag match nothing among things that cannot be tagged. */
function fieldOf<Item extends object>(
  name: string | undefined,
  fields: FilterFields<Item>,
): FilterFields<Item>[string] | undefined {
  if (name === undefined) return undefined;
  if (name.startsWith('tag:')) return (item) => [ownTag(tagsOf(item), name.slice('tag:'.length))];
  if (name === 'tag-key') return (item) => Object.keys(tagsOf(item));
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function tagsOf(item: object | Tagged): Tagged['tags'] {
  return 'tags' in item ? item.tags : {};
}

function ownTag(tags: Tagged['tags'], key: string): string | undefined {
  return Object.hasOwn(tags, key) ? tags[key] : undefined;
}

type Token = { readonly kind: 'char'; readonly char: string } | { readonly kind: 'one' } | { readonly kind: 'any' };

/** A backslash makes the next character stand for itself. Takes time in proportion to text × pattern. */
export function compileWildcards(pattern: string): (text: string) => boolean {
  const tokens: Token[] = [];
  const chars = Array.from(pattern);
  for (let at = 0; at < chars.length; at += 1) {
    const char = chars[at] ?? '';
    if (char === '*') tokens.push({ kind: 'any' });
    else if (char === '?') tokens.push({ kind: 'one' });
    else if (char === '\\' && at + 1 < chars.length) tokens.push({ kind: 'char', char: chars[(at += 1)] ?? '' });
    else tokens.push({ kind: 'char', char });
  }
  return (text) => matchesTokens(Array.from(text), tokens);
}

function matchesTokens(text: readonly string[], tokens: readonly Token[]): boolean {
  let at = 0;
  let token = 0;
  let star = -1;
  let starAt = 0;
  while (at < text.length) {
    const wanted = tokens[token];
    if (wanted?.kind === 'any') {
      star = token;
      starAt = at;
      token += 1;
    } else if (wanted?.kind === 'one' || (wanted?.kind === 'char' && wanted.char === text[at])) {
      at += 1;
      token += 1;
    } else if (star >= 0) {
      starAt += 1;
      at = starAt;
      token = star + 1;
    } else return false;
  }
  return tokens.slice(token).every(({ kind }) => kind === 'any');
}
