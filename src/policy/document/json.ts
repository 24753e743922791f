import { policyLimits } from '../limits.ts';
import { syntaxError } from '../malformed-policy.ts';

/** A number as it is written: conditions compare texts. */
export interface JsonNumber {
  readonly number: string;
}
/** An object with its members in order, and the offsets of its braces in the text. */
export interface JsonObject {
  readonly members: ReadonlyMap<string, JsonValue>;
  readonly start: number;
  readonly end: number;
}
export type JsonValue = string | boolean | null | JsonNumber | JsonObject | readonly JsonValue[];

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && 'members' in value;
}
export function isNumber(value: JsonValue | undefined): value is JsonNumber {
  return typeof value === 'object' && value !== null && 'number' in value;
}
export function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/**
 * Reads JSON of bounded size and depth. Stricter than JSON.parse where the policy grammar is: an object may not have the same key
 * twice. Knows where objects stand, which SimulatePrincipalPolicy shows.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 * @throws MalformedPolicy
 */
export function readJson(text: string): JsonValue {
  if (text.length > policyLimits.documentCharacters) {
    throw syntaxError(
      `the document has ${text.length} characters, at most ${policyLimits.documentCharacters} are read`,
    );
  }
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

const numberPattern = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const wordPattern = /true|false|null/y;
const words: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };

class Reader {
  readonly #text: string;
  #at = 0;
  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): JsonValue {
    if (depth > policyLimits.documentDepth)
      throw syntaxError(`nested deeper than ${policyLimits.documentDepth} levels`);
    this.#space();
    const char = this.#text[this.#at];
    if (char === '{') return this.#object(depth);
    if (char === '[') return this.#list(depth);
    if (char === '"') return this.#string();
    const number = this.#take(numberPattern);
    if (number !== undefined) return { number };
    const word = this.#take(wordPattern);
    if (word === undefined) throw this.#unexpected('a value');
    return words[word] ?? null;
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length) throw this.#unexpected('the end of the document');
  }

  #object(depth: number): JsonObject {
    const start = this.#at++;
    const members = new Map<string, JsonValue>();
    this.#space();
    if (this.#skip('}')) return { members, start, end: this.#at - 1 };
    do {
      this.#space();
      if (this.#text[this.#at] !== '"') throw this.#unexpected('a name in quotation marks');
      const name = this.#string();
      if (members.has(name)) throw syntaxError(`the element "${name}" stands twice in one block`);
      this.#space();
      if (!this.#skip(':')) throw this.#unexpected('a colon');
      members.set(name, this.value(depth + 1));
      this.#space();
    } while (this.#skip(','));
    if (!this.#skip('}')) throw this.#unexpected('a comma or }');
    return { members, start, end: this.#at - 1 };
  }

  #list(depth: number): readonly JsonValue[] {
    this.#at++;
    const items: JsonValue[] = [];
    this.#space();
    if (this.#skip(']')) return items;
    do {
      items.push(this.value(depth + 1));
      this.#space();
    } while (this.#skip(','));
    if (!this.#skip(']')) throw this.#unexpected('a comma or ]');
    return items;
  }

  #string(): string {
    const start = this.#at++;
    let escaped = false;
    for (; this.#at < this.#text.length; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === 34) break;
      if (code < 32) throw this.#unexpected('a character that may stand in a string');
      if (code === 92) {
        escaped = true;
        this.#at++;
      }
    }
    if (this.#text[this.#at] !== '"') throw this.#unexpected('the end of a string');
    this.#at++;
    if (!escaped) return this.#text.slice(start + 1, this.#at - 1);
    try {
      return String(JSON.parse(this.#text.slice(start, this.#at)));
    } catch {
      throw syntaxError(`a string with an escape that JSON does not have at ${this.#where(start)}`);
    }
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.#at++;
    }
  }

  #skip(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #unexpected(wanted: string): Error {
    return syntaxError(`expected ${wanted} at ${this.#where(this.#at)}`);
  }

  #where(offset: number): string {
    const { line, column } = new Positions(this.#text).at(offset);
    return `line ${line}, column ${column}`;
  }
}

/** Where a character stands, both from 1, as IAM's Position counts. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Finds positions in a text whose lines it has counted once. */
export class Positions {
  readonly #lineStarts: number[] = [0];

  constructor(text: string) {
    for (let next = text.indexOf('\n'); next !== -1; next = text.indexOf('\n', next + 1))
      this.#lineStarts.push(next + 1);
  }

  at(offset: number): Position {
    let low = 0;
    let high = this.#lineStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (this.#lineStarts[low] ?? 0) + 1 };
  }
}
