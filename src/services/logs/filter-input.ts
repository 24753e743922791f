import { invalidParameter } from './errors.ts';
import { InvalidPattern } from './filter/invalid-pattern.ts';
import { compileFilter } from './filter/log-filter.ts';
import type { LogFilter } from './filter/filter.ts';

/** Compiles a pattern of a request. @throws InvalidParameterException */
export function compileClientFilter(pattern: string | undefined): LogFilter {
  try {
    return compileFilter(pattern ?? '');
  } catch (error) {
    if (error instanceof InvalidPattern) throw invalidParameter(error.message);
    throw error;
  }
}
