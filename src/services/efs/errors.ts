import { ApiError, describeViolations } from '../../protocol/api/index.ts';
import type { Violation } from '../../protocol/api/index.ts';

/** Every error of EFS says its code twice. */
export function efsError(code: string, message: string, members: Readonly<Record<string, unknown>> = {}): ApiError {
  return new ApiError(code, message, { members: { ErrorCode: code, ...members } });
}

export function badRequest(message: string): ApiError {
  return efsError('BadRequest', message);
}

export function validationException(message: string): ApiError {
  return efsError('ValidationException', message);
}

export function fileSystemNotFound(id: string): ApiError {
  return efsError('FileSystemNotFound', `File system '${id}' does not exist.`);
}

export function mountTargetNotFound(id: string): ApiError {
  return efsError('MountTargetNotFound', `Mount target '${id}' does not exist.`);
}

export function accessPointNotFound(id: string): ApiError {
  return efsError('AccessPointNotFound', `Access point '${id}' does not exist.`);
}

/** What AWS's EFS has and Longshore does not have yet; `what` begins with a capital and has no full stop. */
export function notImplemented(what: string): ApiError {
  return badRequest(`${what} is not implemented by Longshore`);
}

export function invalidInput(violations: readonly Violation[]): ApiError {
  return validationException(describeViolations(violations));
}
