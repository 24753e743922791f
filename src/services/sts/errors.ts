import { ApiError } from '../../protocol/api/index.ts';
import type { Violation } from '../../protocol/api/index.ts';

/** Invalid input as the query services word it. */
export function invalidInput(violations: readonly Violation[]): ApiError {
  const sentences = violations.map(({ path, value, constraint }) => {
    const shown = value === undefined ? 'null' : `'${value}'`;
    return `Value ${shown} at '${path}' failed to satisfy constraint: ${constraint}`;
  });
  const count = `${violations.length} validation error${violations.length === 1 ? '' : 's'} detected`;
  return new ApiError('ValidationError', `${count}: ${sentences.join('; ')}`);
}
