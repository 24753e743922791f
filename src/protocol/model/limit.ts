import type { Limits } from '../api/index.ts';

/** A limit of a member, ready to check. */
export interface Limit {
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  readonly pattern: RegExp | undefined;
  /** The pattern as the service words it. */
  readonly patternText: string | undefined;
}

/** @throws SyntaxError when the pattern is no regular expression */
export function compileLimit([minimum, maximum, patternText]: Limits[string]): Limit {
  const pattern = patternText === undefined ? undefined : wholeMatch(patternText);
  return { minimum, maximum, pattern, patternText };
}

/** AWS's patterns are Java's: `\p{L}` needs the u flag, and the u flag refuses escapes such as `\-`. */
function wholeMatch(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`, /\\p\{/.test(pattern) ? 'u' : '');
}

/** AWS's sentences for every bound of a limit, in AWS's order. `size` says of what: `length` or `value`. */
export function constraintsOf(limit: Limit, size: 'length' | 'value'): string[] {
  const sentences: string[] = [];
  if (limit.maximum !== undefined) sentences.push(`Member must have ${size} less than or equal to ${limit.maximum}`);
  if (limit.minimum !== undefined) sentences.push(`Member must have ${size} greater than or equal to ${limit.minimum}`);
  if (limit.patternText !== undefined) {
    sentences.push(`Member must satisfy regular expression pattern: ${limit.patternText}`);
  }
  return sentences;
}
