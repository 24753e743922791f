import { ApiError, describeViolations } from '../../protocol/api/index.ts';
import type { Violation } from '../../protocol/api/index.ts';

export function validationException(message: string): ApiError {
  return new ApiError('ValidationException', message);
}

export function invalidInput(violations: readonly Violation[]): ApiError {
  return validationException(describeViolations(violations));
}

/** What AWS's CloudTrail has and Longshore does not have; `what` begins with a capital and has no full stop. */
export function notImplemented(what: string): ApiError {
  return new ApiError('UnsupportedOperationException', `${what} is not implemented by Longshore`);
}

export function trailNotFound(name: string, account: string): ApiError {
  return new ApiError('TrailNotFoundException', `Unknown trail: ${name} for the user: ${account}`);
}
