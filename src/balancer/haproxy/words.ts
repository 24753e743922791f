/**
 * Text as one word of an HAProxy configuration. Every byte that is not plainly harmless is written as `\xHH`, which HAProxy turns back after it has
 * split the line: nothing in a text can end the word, the line, or begin a comment, a quotation or a variable.
 *
 * @throws Error for NUL, which HAProxy's strings cannot hold
 */
export function word(text: string): string {
  let out = '';
  for (const byte of Buffer.from(text, 'utf8')) {
    if (byte === 0) throw new Error(`a NUL cannot be written into an HAProxy configuration: ${JSON.stringify(text)}`);
    out += isPlain(byte) ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return out === '' ? '""' : out;
}

/** The same where HAProxy expands `%[…]`: a text stays what it is. Pieces may be put side by side; an empty one is nothing. */
export function literal(text: string): string {
  return text === '' ? '' : word(text.replaceAll('%', '%%'));
}

function isPlain(byte: number): boolean {
  return (
    (byte >= 48 && byte <= 57) ||
    (byte >= 65 && byte <= 90) ||
    (byte >= 97 && byte <= 122) ||
    byte === 46 ||
    byte === 47
  );
}
