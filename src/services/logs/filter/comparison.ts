import { InvalidPattern } from './invalid-pattern.ts';
import type { LogRegex } from './regex.ts';
import type { Scanner } from './scanner.ts';

const operators = ['!=', '<=', '>=', '=', '<', '>'] as const;
type Operator = (typeof operators)[number];

/** Whether a value of a log event, found by a selector or a field name, meets a condition. */
export type Comparison = (value: string | number) => boolean;

/** Reads `= "text"`, `!= 12*`, `>= 400`, `= %regex%`; undefined when no operator comes next. */
export function readComparison(scanner: Scanner): Comparison | undefined {
  const operator = operators.find((each) => scanner.take(each));
  if (operator === undefined) return undefined;
  scanner.skipSpaces();
  if (scanner.startsWith('%')) return compareRegex(operator, scanner.regex());
  if (scanner.startsWith('"')) return compareText(operator, scanner.quoted());
  const bare = scanner.match(/[\w.*\-+:/@#]+/y);
  if (bare === undefined) throw new InvalidPattern();
  const number = numberOf(bare);
  return number === undefined ? compareText(operator, bare) : compareNumber(operator, number, bare);
}

function compareRegex(operator: Operator, regex: LogRegex): Comparison {
  if (operator === '=') return (value) => regex.test(String(value));
  if (operator === '!=') return (value) => !regex.test(String(value));
  throw new InvalidPattern();
}

function compareText(operator: Operator, pattern: string): Comparison {
  const parts = pattern.split('*');
  if (operator === '=') return (value) => matchesWildcards(String(value), parts);
  if (operator === '!=') return (value) => !matchesWildcards(String(value), parts);
  throw new InvalidPattern();
}

function compareNumber(operator: Operator, wanted: number, text: string): Comparison {
  const holds: Readonly<Record<Operator, (value: number) => boolean>> = {
    '=': (value) => value === wanted,
    '!=': (value) => value !== wanted,
    '<': (value) => value < wanted,
    '<=': (value) => value <= wanted,
    '>': (value) => value > wanted,
    '>=': (value) => value >= wanted,
  };
  return (value) => {
    const number = typeof value === 'number' ? value : numberOf(value);
    if (number !== undefined) return holds[operator](number);
    return operator === '!=' && value !== text;
  };
}

/** The number a text spells, such as `12`, `-1.5` or `3e7`. */
export function numberOf(text: string): number | undefined {
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : undefined;
}

/** Whether a text is the parts in order with anything between them; time grows with the text only. */
function matchesWildcards(text: string, parts: readonly string[]): boolean {
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
