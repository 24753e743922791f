import type { Violation } from './service.ts';

/** AWS's sentence for invalid input: `1 validation error detected: Value null at 'name' failed to satisfy constraint: …`. */
export function describeViolations(violations: readonly Violation[]): string {
  const sentences = violations.map(({ path, value, constraint, kind }) => {
    const absent = kind === 'missing' || kind === 'null';
    const shown = absent ? 'Value null' : value === undefined ? 'Value' : `Value '${value}'`;
    return `${shown} at '${path}' failed to satisfy constraint: ${constraint}`;
  });
  const noun = violations.length === 1 ? 'error' : 'errors';
  return `${violations.length} validation ${noun} detected: ${sentences.join('; ')}`;
}
