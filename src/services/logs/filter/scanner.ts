import { InvalidPattern } from './invalid-pattern.ts';
import { compileRegex } from './regex.ts';
import type { LogRegex } from './regex.ts';

/** At most this many regular expressions in one pattern, as AWS allows. */
const maxRegexes = 2;

/** Reads a filter pattern from left to right. */
export class Scanner {
  readonly #text: string;
  #at = 0;
  #regexes = 0;
  #states = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get done(): boolean {
    return this.#at >= this.#text.length;
  }
  /** Steps a character that the regular expressions read so far may take. */
  get regexStates(): number {
    return this.#states;
  }

  skipSpaces(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at += 1;
  }

  startsWith(text: string): boolean {
    return this.#text.startsWith(text, this.#at);
  }

  /** Skips spaces, then the text if it stands there. */
  take(text: string): boolean {
    this.skipSpaces();
    if (!this.startsWith(text)) return false;
    this.#at += text.length;
    return true;
  }

  /** @throws InvalidPattern when the text does not come next */
  expect(text: string): void {
    if (!this.take(text)) throw new InvalidPattern();
  }

  /** Takes what the sticky expression matches here; undefined when it does not. */
  match(sticky: RegExp): string | undefined {
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  /** Takes a text in double quotes, where a backslash keeps the next character. */
  quoted(): string {
    const raw = this.match(/"(?:[^"\\]|\\.)*"/sy);
    if (raw === undefined) throw new InvalidPattern();
    return raw.slice(1, -1).replace(/\\(.)/gs, '$1');
  }

  /** Takes a regular expression between percent signs. */
  regex(): LogRegex {
    const raw = this.match(/%(?:[^%\\]|\\.)+%/sy);
    this.#regexes += 1;
    if (raw === undefined || this.#regexes > maxRegexes) throw new InvalidPattern();
    const regex = compileRegex(raw.slice(1, -1));
    this.#states += regex.states;
    return regex;
  }
}
