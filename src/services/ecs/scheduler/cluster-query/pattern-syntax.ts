import { InvalidArgument } from '../../../../kernel/index.ts';
import { maxPatternDepth, maxPatternSteps } from './limits.ts';

/** Whether a code point is one of a class of characters. */
export type CharacterClass = (codePoint: number) => boolean;

/** A pattern as read. */
export type PatternNode =
  | { readonly kind: 'character'; readonly accepts: CharacterClass }
  | { readonly kind: 'start' }
  | { readonly kind: 'end' }
  | { readonly kind: 'sequence'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly part: PatternNode; readonly min: number; readonly max: number };

const newline = (code: number): boolean =>
  code === 10 || code === 13 || code === 0x85 || code === 0x2028 || code === 0x2029;
const digit: CharacterClass = (code) => code >= 48 && code <= 57;
const word: CharacterClass = (code) =>
  digit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
const space: CharacterClass = (code) => code === 32 || (code >= 9 && code <= 13);
const not =
  (accepts: CharacterClass): CharacterClass =>
  (code) =>
    !accepts(code);
const exactly =
  (wanted: number): CharacterClass =>
  (code) =>
    code === wanted;

const namedClasses: Readonly<Record<string, CharacterClass>> = {
  d: digit,
  D: not(digit),
  w: word,
  W: not(word),
  s: space,
  S: not(space),
};
const controls: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, f: 12 };

/**
 * Reads the part of java.util.regex that needs no backtracking: characters, `.`, classes, groups, `|`, `* + ? {n,m}`, `^`, `$`.
 * @throws InvalidArgument for anything else, back references and look-around among it
 */
export function readPattern(text: string): PatternNode {
  const reader = new PatternReader(text);
  const node = reader.choice(0);
  if (!reader.atEnd) throw reader.error('nothing opens this ")"');
  return node;
}

class PatternReader {
  readonly #text: string;
  readonly #characters: readonly string[];
  #position = 0;

  constructor(text: string) {
    this.#text = text;
    this.#characters = Array.from(text);
  }

  get atEnd(): boolean {
    return this.#position >= this.#characters.length;
  }

  error(problem: string): InvalidArgument {
    return new InvalidArgument(
      `The pattern ${JSON.stringify(this.#text.slice(0, 100))} is not valid at character ${this.#position + 1}: ${problem}`,
    );
  }

  choice(depth: number): PatternNode {
    if (depth > maxPatternDepth) throw this.error(`groups are more than ${maxPatternDepth} deep`);
    const parts = [this.#sequence(depth)];
    while (this.#take('|')) parts.push(this.#sequence(depth));
    return parts.length === 1 ? (parts[0] as PatternNode) : { kind: 'choice', parts };
  }

  #sequence(depth: number): PatternNode {
    const parts: PatternNode[] = [];
    while (!this.atEnd && this.#peek !== '|' && this.#peek !== ')') parts.push(this.#repeated(depth));
    return { kind: 'sequence', parts };
  }

  #repeated(depth: number): PatternNode {
    const part = this.#atom(depth);
    const bounds = this.#bounds();
    if (bounds === undefined) return part;
    if (bounds.min > maxPatternSteps || (bounds.max !== Infinity && bounds.max > maxPatternSteps))
      throw this.error(`more than ${maxPatternSteps} repetitions`);
    if (bounds.max < bounds.min) throw this.error('the upper bound of the repetition is below the lower');
    this.#take('?'); // Reluctant: finds other submatches, yet accepts the same texts.
    if (this.#peek === '*' || this.#peek === '+' || this.#peek === '{' || this.#peek === '?')
      throw this.error('possessive and repeated quantifiers are not implemented by Longshore');
    return { kind: 'repeat', part, ...bounds };
  }

  #bounds(): { readonly min: number; readonly max: number } | undefined {
    if (this.#take('*')) return { min: 0, max: Infinity };
    if (this.#take('+')) return { min: 1, max: Infinity };
    if (this.#take('?')) return { min: 0, max: 1 };
    if (!this.#take('{')) return undefined;
    const min = this.#integer();
    const max = this.#take(',') ? (this.#peek === '}' ? Infinity : this.#integer()) : min;
    if (!this.#take('}')) throw this.error('expected "}"');
    return { min, max };
  }

  #integer(): number {
    let digits = '';
    while (this.#peek !== undefined && /^[0-9]$/.test(this.#peek) && digits.length < 4) digits += this.#next();
    if (digits === '') throw this.error('expected a number');
    return Number(digits);
  }

  #atom(depth: number): PatternNode {
    const character = this.#next();
    switch (character) {
      case '(':
        return this.#group(depth);
      case '[':
        return { kind: 'character', accepts: this.#bracket() };
      case '.':
        return { kind: 'character', accepts: not(newline) };
      case '^':
        return { kind: 'start' };
      case '$':
        return { kind: 'end' };
      case '\\':
        return { kind: 'character', accepts: this.#escape() };
      case '*':
      case '+':
      case '?':
      case '{':
        this.#position--;
        throw this.error(`nothing to repeat before "${character}"`);
      default:
        return { kind: 'character', accepts: exactly(character.codePointAt(0) as number) };
    }
  }

  #group(depth: number): PatternNode {
    if (this.#take('?') && !this.#take(':'))
      throw this.error('look-around, flags and named groups are not implemented by Longshore');
    const inside = this.choice(depth + 1);
    if (!this.#take(')')) throw this.error('expected ")"');
    return inside;
  }

  #escape(): CharacterClass {
    const character = this.#next();
    const named = Object.hasOwn(namedClasses, character) ? namedClasses[character] : undefined;
    return named ?? exactly(this.#escaped(character));
  }

  /** The character that an escape other than a class stands for. */
  #escaped(character: string): number {
    if (Object.hasOwn(controls, character)) return controls[character] as number;
    if (/^[A-Za-z0-9]$/.test(character)) {
      this.#position--;
      throw this.error(`"\\${character}" is not implemented by Longshore`);
    }
    return character.codePointAt(0) as number;
  }

  #bracket(): CharacterClass {
    const negated = this.#take('^');
    const members: CharacterClass[] = [];
    do members.push(this.#member());
    while (!this.#take(']'));
    const any: CharacterClass = (code) => members.some((accepts) => accepts(code));
    return negated ? not(any) : any;
  }

  #member(): CharacterClass {
    const first = this.#next();
    if (first === '[' || (first === '&' && this.#peek === '&'))
      throw this.error('nested and intersected classes are not implemented by Longshore');
    if (first === '\\' && this.#peek !== undefined && Object.hasOwn(namedClasses, this.#peek)) return this.#escape();
    const from = this.#endpoint(first);
    if (this.#peek !== '-' || this.#characters[this.#position + 1] === ']') return exactly(from);
    this.#next();
    const to = this.#endpoint(this.#next());
    if (to < from) throw this.error('the range runs backwards');
    return (code) => code >= from && code <= to;
  }

  #endpoint(character: string): number {
    if (character === '[') throw this.error('nested classes are not implemented by Longshore');
    return character === '\\' ? this.#escaped(this.#next()) : (character.codePointAt(0) as number);
  }

  get #peek(): string | undefined {
    return this.#characters[this.#position];
  }

  #take(character: string): boolean {
    if (this.#peek !== character) return false;
    this.#position++;
    return true;
  }

  #next(): string {
    const character = this.#characters[this.#position];
    if (character === undefined) throw this.error('it ends too early');
    this.#position++;
    return character;
  }
}
