import { word } from './words.ts';

/** How a wildcard pattern is asked of HAProxy: the match and its word, after the fetch and its flags. */
export function wildcardMatch(pattern: string): string {
  const first = pattern.search(/[*?]/);
  if (first < 0) return `-m str -- ${word(pattern)}`;
  if (first === pattern.length - 1 && pattern.endsWith('*') && first > 0)
    return `-m beg -- ${word(pattern.slice(0, -1))}`;
  return `-m reg -- ${word(`^${expression(pattern, '.*', '.')}$`)}`;
}

/** A test of the whole query for a pair; both sides of a byte count, plain and percent-encoded. Asked without regard to case. */
export function queryMatch({ key, value }: { readonly key?: string; readonly value: string }): string {
  const name = key === undefined ? '[^&=]*' : encoded(key, '[^&=]*', '(?:%[0-9a-f]{2}|[^&=%])');
  const rest = encoded(value, '[^&]*', '(?:%[0-9a-f]{2}|[^&%])');
  // A pair without `=` has the empty value.
  const equals = /^\**$/.test(value) ? `(?:=${rest})?` : `=${rest}`;
  return `-m reg -- ${word(`(?:^|&)${name}${equals}(?:&|$)`)}`;
}

/** A Perl-compatible expression for a pattern: literals byte by byte, so that none of them means anything. */
function expression(pattern: string, any: string, one: string): string {
  return Array.from(pattern)
    .map((c) => (c === '*' ? any : c === '?' ? one : bytesOf(c).map(byteExpression).join('')))
    .join('');
}

function encoded(pattern: string, any: string, one: string): string {
  return Array.from(pattern)
    .map((c) =>
      c === '*'
        ? any
        : c === '?'
          ? one
          : bytesOf(c)
              .map((byte) => `(?:${byteExpression(byte)}|%${hex(byte)})`)
              .join(''),
    )
    .join('');
}

function byteExpression(byte: number): string {
  const c = String.fromCharCode(byte);
  return /[A-Za-z0-9/]/.test(c) ? c : `\\x${hex(byte)}`;
}

function bytesOf(text: string): readonly number[] {
  return [...Buffer.from(text, 'utf8')];
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
