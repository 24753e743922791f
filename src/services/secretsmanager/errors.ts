import { ApiError, describeViolations, type Violation } from '../../protocol/api/index.ts';

export function invalidParameter(message: string): ApiError {
  return new ApiError('InvalidParameterException', message);
}

export function invalidRequest(message: string): ApiError {
  return new ApiError('InvalidRequestException', message);
}

export function resourceExists(message: string): ApiError {
  return new ApiError('ResourceExistsException', message);
}

export function secretNotFound(): ApiError {
  return new ApiError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
}

/** @param which such as `staging label: AWSCURRENT` or `VersionId: …` */
export function valueNotFound(which: string): ApiError {
  return new ApiError(
    'ResourceNotFoundException',
    `Secrets Manager can't find the specified secret value for ${which}`,
  );
}

export function markedForDeletion(): ApiError {
  return invalidRequest("You can't perform this operation on the secret because it was marked for deletion.");
}

export function limitExceeded(message: string): ApiError {
  return new ApiError('LimitExceededException', message);
}

export function invalidToken(): ApiError {
  return new ApiError('InvalidNextTokenException', 'The NextToken is invalid');
}

/** What AWS's Secrets Manager has and Longshore does not have; `what` begins with a capital and has no full stop. */
export function notImplemented(what: string): ApiError {
  return invalidRequest(`${what} is not implemented by Longshore`);
}

export function invalidInput(violations: readonly Violation[]): ApiError {
  return new ApiError('ValidationException', describeViolations(violations));
}
