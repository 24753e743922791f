import { InvalidPattern } from './invalid-pattern.ts';

/** Most states of one regular expression; matching takes at most this many steps a character, whatever the text. */
export const maxRegexStates = 256;

/** A regular expression of a filter pattern, the part between the percent signs. */
export interface LogRegex {
  /** Steps a character at most. */
  readonly states: number;
  /** Whether some part of the text matches. */
  test(text: string): boolean;
}

type Accepts = (code: number) => boolean;

/** One step of a chain: a set of characters, which may be left out or repeated. */
interface Step {
  readonly accepts: Accepts;
  readonly optional: boolean;
  readonly repeats: boolean;
}

interface Chain {
  readonly steps: readonly Step[];
  readonly atStart: boolean;
  readonly atEnd: boolean;
}

/**
 * Compiles the regular expressions of CloudWatch Logs: characters, classes, `. ^ $ | ? * + {n,m}` and no groups. Without groups
 * an expression is a few chains of steps, so all positions can be followed at once and no text makes matching slow.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/regex-expressions.html
 * @throws InvalidPattern
 */
export function compileRegex(source: string): LogRegex {
  const chains = new RegexParser(source).parse();
  const states = chains.reduce((sum, { steps }) => sum + steps.length, 1);
  return { states, test: (text) => chains.some((chain) => runChain(chain, text)) };
}

function runChain({ steps, atStart, atEnd }: Chain, text: string): boolean {
  let current: number[] = [];
  let next: number[] = [];
  const seenAt = new Int32Array(steps.length + 1).fill(-1);
  // Adds a state and those reached from it without a character; `at` tells rounds apart.
  const enter = (states: number[], state: number, at: number): void => {
    for (let each = state; ; each += 1) {
      if (seenAt[each] === at) return;
      seenAt[each] = at;
      states.push(each);
      if (steps[each]?.optional !== true) return;
    }
  };
  const accepted = (at: number): boolean => seenAt[steps.length] === at && (!atEnd || at === text.length);
  enter(current, 0, 0);
  for (let at = 0; at < text.length; at += 1) {
    if (accepted(at)) return true;
    const code = text.charCodeAt(at);
    next.length = 0;
    for (const state of current) {
      const step = steps[state];
      if (step === undefined || !step.accepts(code)) continue;
      enter(next, step.repeats ? state : state + 1, at + 1);
      if (step.repeats) enter(next, state + 1, at + 1);
    }
    if (!atStart) enter(next, 0, at + 1);
    [current, next] = [next, current];
    if (current.length === 0) return false;
  }
  return accepted(text.length);
}

const allowed = /^[A-Za-z0-9_#=@/;,:\- ^$?[\]{}|\\*+.]*$/;
const isDigit: Accepts = (code) => code >= 48 && code <= 57;
const isWord: Accepts = (code) =>
  isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
const isSpace: Accepts = (code) => code === 32 || (code >= 9 && code <= 13);
const classes: Readonly<Record<string, Accepts>> = {
  d: isDigit,
  w: isWord,
  s: isSpace,
  D: (code) => !isDigit(code),
  W: (code) => !isWord(code),
  S: (code) => !isSpace(code),
};

class RegexParser {
  readonly #source: string;
  #at = 0;
  #states = 0;

  constructor(source: string) {
    this.#source = source;
  }

  parse(): Chain[] {
    if (this.#source === '' || !allowed.test(this.#source)) throw new InvalidPattern();
    const chains = [this.#chain()];
    while (this.#take('|')) chains.push(this.#chain());
    if (this.#at < this.#source.length) throw new InvalidPattern();
    return chains;
  }

  #chain(): Chain {
    const steps: Step[] = [];
    const atStart = this.#take('^');
    let atEnd = false;
    while (this.#at < this.#source.length && this.#source[this.#at] !== '|') {
      if (atEnd) throw new InvalidPattern();
      if (this.#take('$')) atEnd = true;
      else steps.push(...this.#quantified(this.#atom()));
    }
    return { steps, atStart, atEnd };
  }

  #quantified(accepts: Accepts): Step[] {
    const [least, most] = this.#bounds();
    const copies = most === undefined ? Math.max(least, 1) : most;
    this.#states += copies;
    if (this.#states > maxRegexStates) {
      throw new InvalidPattern(`Invalid filter pattern: the regular expression has more than ${maxRegexStates} states`);
    }
    return Array.from({ length: copies }, (_, index) => ({
      accepts,
      optional: index >= least,
      repeats: most === undefined && index === copies - 1,
    }));
  }

  /** Least and most repetitions; no most means any number. */
  #bounds(): [number, number | undefined] {
    if (this.#take('?')) return [0, 1];
    if (this.#take('*')) return [0, undefined];
    if (this.#take('+')) return [1, undefined];
    if (!this.#take('{')) return [1, 1];
    const match = /^(\d{1,4})(,(\d{0,4}))?\}/.exec(this.#source.slice(this.#at));
    if (match === null) throw new InvalidPattern();
    this.#at += match[0].length;
    const least = Number(match[1]);
    if (match[2] === undefined) return [least, least];
    if (match[3] === '') return [least, undefined];
    const most = Number(match[3]);
    if (most < least) throw new InvalidPattern();
    return [least, most];
  }

  #atom(): Accepts {
    const char = this.#next();
    if (char === '.') return (code) => code !== 10 && code !== 13;
    if (char === '[') return this.#characterClass();
    if (char === '\\') return this.#escape();
    if ('?*+{}]^$'.includes(char)) throw new InvalidPattern();
    const only = char.charCodeAt(0);
    return (code) => code === only;
  }

  #escape(): Accepts {
    const char = this.#next();
    const named = classes[char];
    if (named !== undefined) return named;
    const only = this.#escapedCode(char);
    return (code) => code === only;
  }

  #escapedCode(char: string): number {
    if (char === 't') return 9;
    if (char === 'n') return 10;
    if (char === 'r') return 13;
    if (char !== 'x') {
      if (/[A-Za-z0-9]/.test(char)) throw new InvalidPattern();
      return char.charCodeAt(0);
    }
    const match = /^[0-9A-Fa-f]{2}/.exec(this.#source.slice(this.#at));
    if (match === null) throw new InvalidPattern();
    this.#at += 2;
    return Number.parseInt(match[0], 16);
  }

  #characterClass(): Accepts {
    const negated = this.#take('^');
    const members: Accepts[] = [];
    do {
      members.push(this.#classMember());
    } while (!this.#take(']'));
    const accepts: Accepts = (code) => members.some((member) => member(code));
    return negated ? (code) => !accepts(code) : accepts;
  }

  #classMember(): Accepts {
    const named = this.#source[this.#at] === '\\' ? classes[this.#source[this.#at + 1] ?? ''] : undefined;
    if (named !== undefined) {
      this.#at += 2;
      return named;
    }
    const from = this.#classCode();
    const isRange = this.#source[this.#at] === '-' && this.#source[this.#at + 1] !== ']';
    if (!isRange) return (code) => code === from;
    this.#at += 1;
    const to = this.#classCode();
    if (to < from) throw new InvalidPattern();
    return (code) => code >= from && code <= to;
  }

  #classCode(): number {
    const char = this.#next();
    return char === '\\' ? this.#escapedCode(this.#next()) : char.charCodeAt(0);
  }

  #next(): string {
    const char = this.#source[this.#at];
    if (char === undefined) throw new InvalidPattern();
    this.#at += 1;
    return char;
  }

  #take(char: string): boolean {
    if (this.#source[this.#at] !== char) return false;
    this.#at += 1;
    return true;
  }
}
