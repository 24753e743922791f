import { compileFields } from './fields.ts';
import { InvalidPattern } from './invalid-pattern.ts';
import { compileJson } from './json.ts';
import { compileTerms } from './terms.ts';

/** A compiled filter pattern. */
export interface LogFilter {
  /** Steps a character of a message at most, about; callers bound their work by it. */
  readonly cost: number;
  /** Never throws, and takes time in proportion to the message. */
  matches(message: string): boolean;
}

/**
 * Compiles the filter pattern of FilterLogEvents and StartLiveTail. The empty pattern matches everything.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 * @throws InvalidPattern
 */
export function compileFilter(pattern: string): LogFilter {
  const trimmed = pattern.trim();
  if (trimmed.startsWith('{')) {
    if (!trimmed.endsWith('}')) throw new InvalidPattern("If a filter pattern starts with '{' it must end with '}'");
    return compileJson(trimmed);
  }
  if (trimmed.startsWith('[')) {
    if (!trimmed.endsWith(']')) throw new InvalidPattern("If a filter pattern starts with '[' it must end with ']'");
    return compileFields(trimmed);
  }
  return compileTerms(trimmed);
}
