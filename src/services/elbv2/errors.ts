import { ApiError, describeViolations } from '../../protocol/api/index.ts';
import type { Violation } from '../../protocol/api/index.ts';

/** A parameter is wrong whatever the state. Most of the service's refusals. */
export function validationError(message: string): ApiError {
  return new ApiError('ValidationError', message);
}

/** What was asked for does not fit what is there, or does not fit together. */
export function invalidConfiguration(message: string): ApiError {
  return new ApiError('InvalidConfigurationRequest', message);
}

export function loadBalancerNotFound(nameOrArn: string, kind: 'arn' | 'name' = 'arn'): ApiError {
  const subject = kind === 'name' ? `Load balancers '[${nameOrArn}]'` : `Load balancer '${nameOrArn}'`;
  return new ApiError('LoadBalancerNotFound', `${subject} not found`);
}

export function targetGroupNotFound(arn: string): ApiError {
  return new ApiError('TargetGroupNotFound', `Target group '${arn}' not found`);
}

export function targetGroupsNotFound(): ApiError {
  return new ApiError('TargetGroupNotFound', 'One or more target groups not found');
}

export function listenerNotFound(arn: string): ApiError {
  return new ApiError('ListenerNotFound', `Listener '${arn}' not found`);
}

export function listenersNotFound(): ApiError {
  return new ApiError('ListenerNotFound', 'One or more listeners not found');
}

export function ruleNotFound(arn: string): ApiError {
  return new ApiError('RuleNotFound', `Rule '${arn}' not found`);
}

export function rulesNotFound(): ApiError {
  return new ApiError('RuleNotFound', 'One or more rules not found');
}

export function operationNotPermitted(message: string): ApiError {
  return new ApiError('OperationNotPermitted', message);
}

export function resourceInUse(message: string): ApiError {
  return new ApiError('ResourceInUse', message);
}

export function tooMany(
  what:
    | 'Actions'
    | 'Certificates'
    | 'Listeners'
    | 'LoadBalancers'
    | 'Rules'
    | 'Tags'
    | 'TargetGroups'
    | 'Targets'
    | 'UniqueTargetGroupsPerLoadBalancer',
  message: string,
): ApiError {
  return new ApiError(`TooMany${what}`, message);
}

/** What AWS's service has and Longshore does not have yet; `what` begins with a capital and has no full stop. */
export function notImplemented(what: string): ApiError {
  return validationError(`${what} is not implemented by Longshore`);
}

export function invalidInput(violations: readonly Violation[]): ApiError {
  return validationError(describeViolations(violations));
}
