import { ApiError, describeViolations } from '../../protocol/api/index.ts';
import type { Violation } from '../../protocol/api/index.ts';

export function validationError(message: string): ApiError {
  return new ApiError('ValidationError', message);
}

export function accessDenied(message: string): ApiError {
  return new ApiError('AccessDenied', message, { status: 403 });
}

/** What AWS's STS has and Longshore does not have yet. */
export function notImplemented(what: string): ApiError {
  return validationError(`${what} is not implemented by Longshore`);
}

export function invalidMembers(violations: readonly Violation[]): ApiError {
  return validationError(
    describeViolations(
      violations.map((violation) => ({
        ...violation,
        path: violation.path.slice(0, 1).toLowerCase() + violation.path.slice(1),
      })),
    ),
  );
}
