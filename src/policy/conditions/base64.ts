const pattern = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The bytes that base64 stands for, in hexadecimal, so that they compare; undefined when the text is no base64. */
export function readBase64(text: string): string | undefined {
  if (!pattern.test(text)) return undefined;
  let bits = 0;
  let held = 0;
  let hex = '';
  for (const char of text) {
    if (char === '=') break;
    held = ((held << 6) | alphabet.indexOf(char)) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    hex += ((held >> bits) & 255).toString(16).padStart(2, '0');
  }
  return hex;
}
