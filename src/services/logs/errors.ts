import { ApiError, describeViolations } from '../../protocol/api/index.ts';
import type { Violation } from '../../protocol/api/index.ts';

// Errors of CloudWatch Logs, worded as AWS words them.

export function groupNotFound(): ApiError {
  return new ApiError('ResourceNotFoundException', 'The specified log group does not exist.');
}

export function streamNotFound(): ApiError {
  return new ApiError('ResourceNotFoundException', 'The specified log stream does not exist.');
}

export function resourceNotFound(): ApiError {
  return new ApiError('ResourceNotFoundException', 'The specified resource does not exist.');
}

export function groupExists(): ApiError {
  return new ApiError('ResourceAlreadyExistsException', 'The specified log group already exists');
}

export function streamExists(): ApiError {
  return new ApiError('ResourceAlreadyExistsException', 'The specified log stream already exists');
}

export function invalidParameter(message: string): ApiError {
  return new ApiError('InvalidParameterException', message);
}

export function invalidToken(): ApiError {
  return invalidParameter('The specified nextToken is invalid.');
}

/** For what AWS has and Longshore has not. */
export function notImplemented(what: string): ApiError {
  return invalidParameter(`${what} is not implemented by Longshore`);
}

/** One constraint violation as the validation framework of these services words it. */
export function invalidValue(path: string, value: string, constraint: string): ApiError {
  return invalidInput([{ path, value, constraint, kind: 'range' }]);
}

export function invalidInput(violations: readonly Violation[]): ApiError {
  return invalidParameter(describeViolations(violations));
}
