import type { Violation } from './service.ts';

/** AWS's sentence for invalid input: `1 validation error detected: Value null at 'name' failed to satisfy constraint: …`. */
export function describeViolations(violations: readonly Violation[]): string {
  const sentences = violations.map(({ path, value, constraint }) => {
    const shown = value === undefined ? 'null' : `'${value}'`;
    return `Value ${shown} at '${path}' failed to satisfy constraint: ${constraint}`;
  });
  const noun = violations.length === 1 ? 'error' : 'errors';
  return `${violations.length} validation ${noun} detected: ${sentences.join('; ')}`;
}
