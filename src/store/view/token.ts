import { InvalidArgument, toBytes, toText } from '../../kernel/index.ts';
import type { Revision } from '../store.ts';

/** A place in the order of a list: behind the row that was created by this revision under this key, whether it still exists or not. */
export interface Position {
  readonly createRevision: Revision;
  readonly key: string;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const maxTokenLength = 8192;

/** Text that a client may hold and hand back: base64url of `createRevision:key`. */
export function encodeToken(position: Position): string {
  const bytes = toBytes(`${position.createRevision}:${position.key}`);
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const bits = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    const digits = Math.min(bytes.length - at, 3) + 1;
    for (let digit = 0; digit < digits; digit += 1) text += alphabet.charAt((bits >>> (18 - 6 * digit)) & 63);
  }
  return text;
}

/** @throws InvalidArgument when the text is not a token */
export function decodeToken(token: string): Position {
  const text = toText(decodeBase64(token));
  const match = /^([1-9][0-9]{0,15}):(.+)$/s.exec(text);
  const position = { createRevision: Number(match?.[1]), key: match?.[2] ?? '' };
  // Encoding again refuses every second spelling: spare bits, malformed UTF-8.
  if (match === null || encodeToken(position) !== token) throw malformed(token);
  return position;
}

function decodeBase64(token: string): Uint8Array {
  if (token.length > maxTokenLength) throw malformed(token);
  const bytes = new Uint8Array(Math.floor((token.length * 3) / 4));
  let bits = 0;
  for (let at = 0, filled = 0; at < token.length; at += 1) {
    const digit = alphabet.indexOf(token.charAt(at));
    if (digit < 0) throw malformed(token);
    bits = ((bits << 6) | digit) & 0xffff;
    const spare = ((at + 1) * 6) % 8;
    if (spare < 6) bytes[filled++] = (bits >>> spare) & 0xff;
  }
  return bytes;
}

function malformed(token: string): InvalidArgument {
  return new InvalidArgument(`"${token.slice(0, 64)}" is not a token of a page`);
}
