/** About one connection, not about the message. https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
const ofConnection = new Set(['connection', 'keep-alive', 'proxy-connection', 'upgrade']);

/** Names and values in turn, without those that are the connection's. */
export function endToEnd(raw: readonly string[]): readonly string[] {
  return without(raw, (name) => ofConnection.has(name));
}

/** @param leavesOut is asked with the name in small letters */
function without(raw: readonly string[], leavesOut: (name: string) => boolean): readonly string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [name = '', value = ''] = [raw[at], raw[at + 1]];
    if (!leavesOut(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}
