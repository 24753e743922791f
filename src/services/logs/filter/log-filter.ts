import { compileFields } from './fields.ts';
import type { LogFilter } from './filter.ts';
import { InvalidPattern } from './invalid-pattern.ts';
import { compileJson } from './json.ts';
import { compileTerms } from './terms.ts';

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
