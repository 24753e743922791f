/** What is between two neighbours only. RFC 9110, 7.6.1. */
const hopByHop: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'proxy-connection', 'expect', 'upgrade']);

/**
 * The headers of a message for the next neighbour, as a flat list of names and values: without those between two neighbours, which `connection` may name more of.
 * @param upgrade this message asks for, or agrees to, another protocol: its headers for that stay
 */
export function forwardedHeaders(raw: readonly string[], upgrade: boolean): string[] {
  const named = new Set<string>();
  for (let at = 0; at + 1 < raw.length; at += 2)
    if (raw[at]?.toLowerCase() === 'connection')
      for (const name of (raw[at + 1] ?? '').split(',')) named.add(name.trim().toLowerCase());
  const kept: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] ?? '';
    const lower = name.toLowerCase();
    const isUpgrade = upgrade && (lower === 'upgrade' || lower === 'connection');
    if (isUpgrade || !(hopByHop.has(lower) || (named.has(lower) && lower !== 'transfer-encoding')))
      kept.push(name, raw[at + 1] ?? '');
  }
  return kept;
}

/** A request's, with the length of a body that it does not have, where another method's head would announce pieces. */
export function requestHeaders(raw: readonly string[], method: string, upgrade: boolean): string[] {
  const kept = forwardedHeaders(raw, upgrade);
  const says = (name: string): boolean => kept.some((text, at) => at % 2 === 0 && text.toLowerCase() === name);
  if (['POST', 'PUT', 'PATCH'].includes(method) && !says('content-length') && !says('transfer-encoding'))
    kept.push('Content-Length', '0');
  return kept;
}

/** An answer's: how the body is framed for the client is decided anew. */
export function answerHeaders(raw: readonly string[], upgrade: boolean): string[] {
  const kept = forwardedHeaders(raw, upgrade);
  const framed: string[] = [];
  for (let at = 0; at + 1 < kept.length; at += 2)
    if (kept[at]?.toLowerCase() !== 'transfer-encoding') framed.push(kept[at] ?? '', kept[at + 1] ?? '');
  return framed;
}

const repeatable: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE']);

/** May a request be sent again although a host may have done it? RFC 9110, 9.2.2. */
export function isRepeatable(method: string): boolean {
  return repeatable.has(method);
}
