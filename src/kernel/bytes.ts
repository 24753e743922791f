const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8');

/** UTF-8 bytes of a string. */
export function toBytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Writes the UTF-8 bytes of a string. @returns how many; undefined when they do not fit, and then anything may stand there */
export function writeBytes(text: string, into: Uint8Array): number | undefined {
  const { read, written } = encoder.encodeInto(text, into);
  return read === text.length ? written : undefined;
}

/** The string that UTF-8 bytes spell; malformed sequences become U+FFFD. */
export function toText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
