import { ApiError, describeViolations, type Violation } from '../../protocol/api/index.ts';

export function alarmNotFound(): ApiError {
  return new ApiError('ResourceNotFound', 'Unknown alarm', { status: 404 });
}

export function invalidValue(message: string): ApiError {
  return new ApiError('InvalidParameterValue', message);
}

export function notImplemented(what: string): ApiError {
  return new ApiError('InvalidParameterValue', `${what} is not implemented by Longshore`);
}

export function invalidToken(): ApiError {
  return new ApiError('InvalidNextToken', 'The next token specified is invalid.');
}

export function invalidInput(violations: readonly Violation[]): ApiError {
  return new ApiError('ValidationError', describeViolations(violations));
}
