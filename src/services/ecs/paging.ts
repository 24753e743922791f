import { InvalidArgument, toBytes, toText } from '../../kernel/index.ts';
import type { Page, Table } from '../../store/index.ts';
import { invalidParameter } from './errors.ts';
import { maxPageSize, maxPageTokenLength } from './limits.ts';

/** What every List request has. */
export interface PagedRequest {
  readonly maxResults?: number | undefined;
  readonly nextToken?: string | undefined;
}

/** How far a list has come: pass `limit` and `after` to Table.page, and wrap its `next` with `nextToken`. */
export interface PagePosition {
  readonly limit: number;
  readonly after?: string;
}

/**
 * Reads maxResults and nextToken of a List request. `list` names the action and everything the list depends on (filters,
 * cluster), so that a token cannot be carried from one list to another.
 * @throws InvalidParameterException for a maxResults outside 1..max and for a token this list did not give out
 */
export function pagePosition(request: PagedRequest, list: string, max: number = maxPageSize): PagePosition {
  const limit = request.maxResults ?? max;
  if (!Number.isInteger(limit) || limit < 1 || limit > max) {
    throw invalidParameter(`maxResults should be between 1 and ${max}, but was ${limit}`);
  }
  if (request.nextToken === undefined || request.nextToken === '') return { limit };
  const after = unwrap(request.nextToken, list);
  if (after === undefined) throw invalidParameter('Invalid token.');
  return { limit, after };
}

/**
 * One page of the rows under an index value, as a List request asks for it; wrap its `next` with `nextToken`.
 * @throws InvalidParameterException as pagePosition, and for a token that names no place in a table
 */
export function listedPage<Row, Index extends string>(
  table: Table<Row, Index>,
  under: { readonly index: Index; readonly value: string },
  position: PagePosition,
): Page<Row> {
  try {
    return table.page(under.index, under.value, position);
  } catch (error) {
    if (error instanceof InvalidArgument) throw invalidParameter('Invalid token.');
    throw error;
  }
}

/** The nextToken member of an answer: absent on the last page. Spread it into the output. */
export function nextToken(list: string, next: string | undefined): { readonly nextToken?: string } {
  return next === undefined ? {} : { nextToken: toHex(`${checksum(list)}:${next}`) };
}

function unwrap(token: string, list: string): string | undefined {
  if (token.length > maxPageTokenLength || !/^(?:[0-9a-f]{2})+$/.test(token)) return undefined;
  const text = fromHex(token);
  const colon = text.indexOf(':');
  return colon > 0 && text.slice(0, colon) === checksum(list) ? text.slice(colon + 1) : undefined;
}

const hexOfByte: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function toHex(text: string): string {
  let hex = '';
  for (const byte of toBytes(text)) hex += hexOfByte[byte];
  return hex;
}

function fromHex(hex: string): string {
  return toText(Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));
}

/** FNV-1a over the UTF-8 bytes: short, and different for different lists; it keeps mistakes out, not attackers. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of toBytes(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16);
}
