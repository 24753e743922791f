import { ApiError, describeViolations } from '../../protocol/api/index.ts';
import type { Violation } from '../../protocol/api/index.ts';

export function noSuchEntity(message: string): ApiError {
  return new ApiError('NoSuchEntityException', message);
}

export function alreadyExists(message: string): ApiError {
  return new ApiError('EntityAlreadyExistsException', message);
}

export function deleteConflict(message: string): ApiError {
  return new ApiError('DeleteConflictException', message);
}

export function limitExceeded(message: string): ApiError {
  return new ApiError('LimitExceededException', message);
}

export function quotaExceeded(quota: string, most: number): ApiError {
  return limitExceeded(`Cannot exceed quota for ${quota}: ${most}`);
}

export function malformedPolicy(message: string): ApiError {
  return new ApiError('MalformedPolicyDocumentException', message);
}

export function invalidInput(message: string): ApiError {
  return new ApiError('InvalidInputException', message);
}

export function unmodifiable(roleName: string): ApiError {
  return new ApiError(
    'UnmodifiableEntityException',
    `Cannot perform the operation on the protected role '${roleName}' - this role is only modifiable by AWS`,
  );
}

export function validationError(message: string): ApiError {
  return new ApiError('ValidationError', message);
}

/** IAM words the paths of members with a small first letter. */
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
