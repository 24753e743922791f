/** 1 for characters of a token (RFC 9110, 5.6.2), by code. */
const tokenCharacters: Uint8Array = new Uint8Array(256);
for (const character of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
  tokenCharacters[character.charCodeAt(0)] = 1;

/** Whether a non-empty part of a text is a token. */
export function isToken(text: string, start: number, end: number): boolean {
  if (end <= start) return false;
  for (let i = start; i < end; i += 1) if (tokenCharacters[text.charCodeAt(i)] !== 1) return false;
  return true;
}

/** Control characters, and carriage returns and line feeds that are not a line's end: nothing that two parsers could read differently. */
const forbidden = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n/; // oxlint-disable-line no-control-regex

export function hasForbiddenCharacters(head: string): boolean {
  return forbidden.test(head);
}

/** The value of a header line without the white space around it. */
export function fieldValue(text: string, start: number, end: number): string {
  let from = start;
  let to = end;
  while (from < to && isBlank(text.charCodeAt(from))) from += 1;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to -= 1;
  return text.slice(from, to);
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}

/** A length as digits only; undefined for anything else, and for what cannot be counted exactly. */
export function parseLength(text: string): number | undefined {
  if (text.length === 0 || text.length > 15) return undefined;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return undefined;
  }
  return Number(text);
}

/** Finds which of some names a part of a text is, without regard to case; 0: none of them. */
export class NameTable<K extends number> {
  readonly #byLength: (readonly { readonly first: number; readonly name: string; readonly kind: K }[])[] = [];

  constructor(names: Readonly<Record<string, K>>) {
    for (const [name, kind] of Object.entries(names)) {
      const others = this.#byLength[name.length] ?? [];
      this.#byLength[name.length] = [...others, { first: name.charCodeAt(0), name, kind }];
    }
  }

  find(text: string, start: number, end: number): K | 0 {
    const candidates = this.#byLength[end - start];
    if (candidates === undefined) return 0;
    const first = text.charCodeAt(start) | 0x20;
    for (const candidate of candidates) {
      if (candidate.first === first && text.slice(start, end).toLowerCase() === candidate.name) return candidate.kind;
    }
    return 0;
  }
}
