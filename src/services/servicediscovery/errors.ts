import { ApiError, describeViolations, type Violation } from '../../protocol/api/index.ts';

/** Cloud Map spells the member of its errors with a capital; the protocol adds the message itself. */
export function invalidInput(message: string): ApiError {
  return new ApiError('InvalidInput', message);
}

export function invalidMembers(violations: readonly Violation[]): ApiError {
  return invalidInput(describeViolations(violations));
}

export function namespaceNotFound(id: string): ApiError {
  return new ApiError('NamespaceNotFound', `Namespace with ID: ${id} does not exist.`);
}

export function serviceNotFound(id: string): ApiError {
  return new ApiError('ServiceNotFound', `Service with ID: ${id} does not exist.`);
}

export function instanceNotFound(id: string): ApiError {
  return new ApiError('InstanceNotFound', `Instance with ID: ${id} does not exist.`);
}

export function operationNotFound(id: string): ApiError {
  return new ApiError('OperationNotFound', `Operation with ID: ${id} does not exist.`);
}

export function resourceNotFound(arn: string): ApiError {
  return new ApiError('ResourceNotFoundException', `The resource ${arn} does not exist.`);
}

export function resourceInUse(message: string): ApiError {
  return new ApiError('ResourceInUse', message);
}

export function limitExceeded(message: string): ApiError {
  return new ApiError('ResourceLimitExceeded', message);
}

/** What Cloud Map has and Longshore has not; `what` begins with a capital and has no full stop. */
export function notImplemented(what: string): ApiError {
  return invalidInput(`${what} is not implemented by Longshore`);
}
