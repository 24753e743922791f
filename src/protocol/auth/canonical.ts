// Canonical requests of Signature Version 4:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

/** The parts of a request that a signature covers. */
export interface SignedParts {
  readonly method: string;
  /** As on the wire. */
  readonly path: string;
  /** As on the wire, without `?`. */
  readonly query: string;
  /** Lower-case names, sorted, as SignedHeaders lists them. */
  readonly signedHeaders: readonly string[];
  /** Value of a header; equal names joined with commas. */
  readonly header: (name: string) => string;
  /** SHA-256 of the body as sent, lower-case hexadecimal. */
  readonly bodyHash: string;
}

/**
 * The canonical requests a client may have meant, most likely first. Clients differ in whether the path is encoded once
 * more, and in whether a `+` in the query is a space (the ECS agent's form encoding, signed as `%20`) or a plus sign.
 */
export function* canonicalRequests(parts: SignedParts): Generator<string> {
  const { method, path, query } = parts;
  const tail = headerLines(parts);
  const usualPath = encodePath(path);
  const usualQuery = canonicalQuery(query, ' ');
  yield `${method}\n${usualPath}\n${usualQuery}\n${tail}`;
  const seen = new Set([`${usualPath}\n${usualQuery}`]);
  for (const otherPath of [usualPath, path, encodePath(normalisePath(path))]) {
    for (const otherQuery of [usualQuery, canonicalQuery(query, '+')]) {
      const line = `${otherPath}\n${otherQuery}`;
      if (seen.has(line)) continue;
      seen.add(line);
      yield `${method}\n${line}\n${tail}`;
    }
  }
}

function headerLines({ signedHeaders, header, bodyHash }: SignedParts): string {
  let lines = '';
  for (const name of signedHeaders) lines += `${name}:${collapse(header(name))}\n`;
  return `${lines}\n${signedHeaders.join(';')}\n${bodyHash}`;
}

function collapse(value: string): string {
  const trimmed = value.trim();
  return trimmed.includes('  ') ? trimmed.replaceAll(/ +/g, ' ') : trimmed;
}

/** Each segment of a path that is already encoded, encoded once more. */
function encodePath(path: string): string {
  return path === '/' ? path : path.split('/').map(encode).join('/');
}

/** Some clients take out empty and dot segments before they sign. */
function normalisePath(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  return `/${kept.join('/')}${path.endsWith('/') && kept.length > 0 ? '/' : ''}`;
}

/** Names and values decoded, encoded by AWS's rules and sorted; without the signature itself. */
function canonicalQuery(query: string, plus: ' ' | '+'): string {
  if (query === '') return '';
  const pairs: [string, string][] = [];
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = encode(decode(equals === -1 ? pair : pair.slice(0, equals), plus));
    if (name !== 'X-Amz-Signature') {
      pairs.push([name, encode(decode(equals === -1 ? '' : pair.slice(equals + 1), plus))]);
    }
  }
  return pairs
    .toSorted(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The text itself when it is no percent-encoding. */
export function decode(text: string, plus: ' ' | '+'): string {
  const spaced = plus === ' ' ? text.replaceAll('+', ' ') : text;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

/** RFC 3986: everything but letters, digits, `-`, `.`, `_` and `~`. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
