import { ApiError, describeViolations, type Violation } from '../../protocol/api/index.ts';

export function validationException(message: string): ApiError {
  return new ApiError('ValidationException', message);
}

export function parameterNotFound(name: string): ApiError {
  return new ApiError('ParameterNotFound', `Parameter ${name} not found.`);
}

export function versionNotFound(name: string, selector: string): ApiError {
  return new ApiError(
    'ParameterVersionNotFound',
    `Systems Manager could not find version ${selector} of ${name}. Verify the version and try again.`,
  );
}

/** What AWS's Parameter Store has and Longshore does not have; `what` begins with a capital and has no full stop. */
export function notImplemented(what: string): ApiError {
  return validationException(`${what} is not implemented by Longshore`);
}

export function invalidNextToken(): ApiError {
  return new ApiError('InvalidNextToken', 'The specified token is not valid.');
}

export function invalidInput(violations: readonly Violation[]): ApiError {
  return validationException(describeViolations(violations));
}
