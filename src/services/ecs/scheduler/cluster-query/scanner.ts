import { InvalidArgument } from '../../../../kernel/index.ts';

const whitespace = /\s/;
const wordCharacter = /[A-Za-z0-9_:./\\-]/;

/** Reads a query from left to right. Where an argument ends depends on the operator before it, so the parser asks for what it expects. */
export class Scanner {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** An error that says where reading stopped and what stands there. */
  error(expected: string): InvalidArgument {
    this.#skipSpace();
    const found = this.#text.slice(this.#position, this.#position + 40);
    return new InvalidArgument(
      `Invalid cluster query expression at character ${this.#position + 1}: expected ${expected}, found ${found === '' ? 'the end' : JSON.stringify(found)}`,
    );
  }

  get atEnd(): boolean {
    this.#skipSpace();
    return this.#position >= this.#text.length;
  }

  /** Takes `symbol` when it comes next. */
  takeSymbol(symbol: string): boolean {
    this.#skipSpace();
    if (!this.#text.startsWith(symbol, this.#position)) return false;
    this.#position += symbol.length;
    return true;
  }

  /** Takes `word` when it comes next and ends there. */
  takeWord(word: string): boolean {
    this.#skipSpace();
    const end = this.#position + word.length;
    if (!this.#text.startsWith(word, this.#position) || wordCharacter.test(this.#text.charAt(end))) return false;
    this.#position = end;
    return true;
  }

  /** The name of a subject: letters, digits and `_ : . / \ -`; empty when none comes next. */
  subject(): string {
    this.#skipSpace();
    const start = this.#position;
    while (wordCharacter.test(this.#text.charAt(this.#position))) this.#position++;
    return this.#text.slice(start, this.#position);
  }

  /** A literal: quoted, or up to a space, parenthesis, bracket, comma or boolean operator. */
  literal(): string {
    return this.#quoted() ?? this.#until(/[\s()[\],]/);
  }

  /** A pattern: quoted, or up to a space, parenthesis or boolean operator. */
  pattern(): string {
    return this.#quoted() ?? this.#until(/[\s()]/);
  }

  #until(end: RegExp): string {
    const start = this.#position;
    while (this.#position < this.#text.length && !end.test(this.#text.charAt(this.#position))) {
      if (this.#text.startsWith('&&', this.#position) || this.#text.startsWith('||', this.#position)) break;
      this.#position++;
    }
    if (this.#position === start) throw this.error('a value');
    return this.#text.slice(start, this.#position);
  }

  #quoted(): string | undefined {
    this.#skipSpace();
    const quote = this.#text.charAt(this.#position);
    if (quote !== '"' && quote !== "'") return undefined;
    const end = this.#text.indexOf(quote, this.#position + 1);
    if (end < 0) throw this.error('a closing quote');
    const value = this.#text.slice(this.#position + 1, end);
    this.#position = end + 1;
    return value;
  }

  #skipSpace(): void {
    while (whitespace.test(this.#text.charAt(this.#position))) this.#position++;
  }
}
