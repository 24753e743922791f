import { InvalidPattern } from './invalid-pattern.ts';
import type { LogFilter } from './filter.ts';
import { Scanner } from './scanner.ts';

interface Term {
  readonly sign: '' | '?' | '-';
  matches(message: string): boolean;
}

/**
 * Terms for text: `ERROR`, `"exact phrase"`, `%regex%`, each with `-` before it to exclude or `?` to accept any of several.
 * Optional terms beside others count for nothing, as AWS has it.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export function compileTerms(pattern: string): LogFilter {
  const scanner = new Scanner(pattern);
  const terms: Term[] = [];
  for (scanner.skipSpaces(); !scanner.done; scanner.skipSpaces()) terms.push(readTerm(scanner));
  const required = terms.filter(({ sign }) => sign === '');
  const excluded = terms.filter(({ sign }) => sign === '-');
  const optional = required.length + excluded.length === 0 ? terms : [];
  return {
    cost: terms.length + scanner.regexStates,
    matches: (message) =>
      required.every((term) => term.matches(message)) &&
      !excluded.some((term) => term.matches(message)) &&
      (optional.length === 0 || optional.some((term) => term.matches(message))),
  };
}

function readTerm(scanner: Scanner): Term {
  const sign = (scanner.match(/[?-]/y) ?? '') as Term['sign'];
  if (scanner.startsWith('%')) {
    const regex = scanner.regex();
    return { sign, matches: (message) => regex.test(message) };
  }
  const text = scanner.startsWith('"') ? scanner.quoted() : readBareTerm(scanner, sign);
  if (text === '') throw new InvalidPattern(`Invalid character(s) in term '""'`);
  return { sign, matches: (message) => message.includes(text) };
}

function readBareTerm(scanner: Scanner, sign: string): string {
  const text = scanner.match(/[^\s]*/y) ?? '';
  if (!/^[\p{L}\p{N}_]+$/u.test(text)) throw new InvalidPattern(`Invalid character(s) in term '${sign}${text}'`);
  return text;
}
