const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8');

/** UTF-8 bytes of a string. */
export function toBytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The string that UTF-8 bytes spell; malformed sequences become U+FFFD. */
export function toText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
