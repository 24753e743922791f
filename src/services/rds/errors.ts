import { ApiError, describeViolations } from '../../protocol/api/index.ts';
import type { Violation } from '../../protocol/api/index.ts';

export function rdsError(code: string, message: string): ApiError {
  return new ApiError(code, message);
}

export function invalidValue(message: string): ApiError {
  return rdsError('InvalidParameterValue', message);
}

export function invalidCombination(message: string): ApiError {
  return rdsError('InvalidParameterCombination', message);
}

export function instanceNotFound(id: string): ApiError {
  return rdsError('DBInstanceNotFound', `DBInstance ${id} not found.`);
}

export function subnetGroupNotFound(name: string): ApiError {
  return rdsError('DBSubnetGroupNotFoundFault', `DB subnet group '${name}' does not exist.`);
}

export function invalidState(message: string): ApiError {
  return rdsError('InvalidDBInstanceState', message);
}

/** What AWS's RDS has and Longshore does not have yet; `what` begins with a capital and has no full stop. */
export function notImplemented(what: string): ApiError {
  return invalidCombination(`${what} is not implemented by Longshore`);
}

export function invalidInput(violations: readonly Violation[]): ApiError {
  return invalidValue(describeViolations(violations));
}
