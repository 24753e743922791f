import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';

/** A request of HTTP/2 as the head of HTTP/1.1 that says the same, so that one parser judges both. */
export function headTextOf(headers: IncomingHttpHeaders, hasBody: boolean): string {
  const method = headers[':method'] ?? '';
  const path = headers[':path'] ?? '';
  const host = headers[':authority'] ?? headers['host'] ?? '';
  let text = `${method} ${path} HTTP/1.1\r\nhost: ${host}`;
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(':') || name === 'host' || value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) text += `\r\n${name}: ${one}`;
  }
  return hasBody && headers['content-length'] === undefined ? `${text}\r\ntransfer-encoding: chunked` : text;
}

/** Of one connection: HTTP/2 has none of them, and Node throws where it is given one. */
const ofHttp1: ReadonlySet<string> = new Set([
  'transfer-encoding',
  'connection',
  'keep-alive',
  'proxy-connection',
  'upgrade',
  'te',
  'http2-settings',
]);

/**
 * Header lines as HTTP/2 has them: names in lower case, no headers of one connection. What comes more than once is joined (RFC 9110, 5.2), but for
 * Set-Cookie, which cannot be: Node throws for two lines of what it thinks may come once.
 */
export function headersOfLines(lines: string): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const line of lines.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const name = line.slice(0, colon).toLowerCase();
    if (ofHttp1.has(name)) continue;
    const value = line.slice(colon + 1).trim();
    const before = headers[name];
    if (name === 'set-cookie') headers[name] = [before ?? [], value].flat();
    else headers[name] = before === undefined ? value : `${String(before)}, ${value}`;
  }
  return headers;
}

/** The headers of a message, or its trailers, without pseudo-headers and those of one connection. */
export function plainHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(':') && !ofHttp1.has(name)));
}

const framing: ReadonlySet<string> = new Set(['content-length', 'host', 'trailer']);

/** Trailers as the lines that follow the last chunk; what says where a message goes or ends is none of them. */
export function trailerLines(trailers: IncomingHttpHeaders | undefined): string {
  return Object.entries(plainHeaders(trailers ?? {}))
    .filter(([name]) => !framing.has(name))
    .flatMap(([name, value]) => [value ?? []].flat().map((one) => `${name}: ${one}\r\n`))
    .join('');
}
