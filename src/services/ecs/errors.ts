import { ApiError, describeViolations } from '../../protocol/api/index.ts';
import type { Violation } from '../../protocol/api/index.ts';

/** The caller did something that the state or ECS's rules forbid; most of RegisterTaskDefinition's refusals. */
export function clientException(message: string): ApiError {
  return new ApiError('ClientException', message);
}

/** A parameter is wrong whatever the state. */
export function invalidParameter(message: string): ApiError {
  return new ApiError('InvalidParameterException', message);
}

export function clusterNotFound(): ApiError {
  return new ApiError('ClusterNotFoundException', 'Cluster not found.');
}

/** The cluster was deleted; AWS keeps it describable but nothing may be started in it. */
export function clusterInactive(): ApiError {
  return new ApiError('ClusterNotFoundException', 'The referenced cluster was inactive.');
}

export function serviceNotFound(): ApiError {
  return new ApiError('ServiceNotFoundException', 'Service not found.');
}

/** The service is DRAINING or INACTIVE. */
export function serviceNotActive(): ApiError {
  return new ApiError('ServiceNotActiveException', 'Service was not ACTIVE.');
}

/** The token was used before with another request, or resources are busy with another change. */
export function conflict(message: string, resourceIds: readonly string[] = []): ApiError {
  return new ApiError('ConflictException', message, { members: { resourceIds } });
}

/** Service Connect: there is no such Cloud Map namespace. */
export function namespaceNotFound(namespace: string): ApiError {
  return new ApiError('NamespaceNotFoundException', `The specified namespace was not found: ${namespace}`);
}

export function limitExceeded(message: string): ApiError {
  return new ApiError('LimitExceededException', message);
}

/** What AWS's ECS has and Longshore does not have yet; `what` begins with a capital and has no full stop. */
export function notImplemented(what: string): ApiError {
  return new ApiError('UnsupportedFeatureException', `${what} is not implemented by Longshore`);
}

/** TagResource and its siblings: the ARN has the right form but names nothing. */
export function resourceNotFound(message: string): ApiError {
  return new ApiError('ResourceNotFoundException', message);
}

/** PutAttributes and DeleteAttributes: no such container instance. */
export function targetNotFound(target: string): ApiError {
  return new ApiError('TargetNotFoundException', `The specified target was not found: ${target}`);
}

export function attributeLimitExceeded(message: string): ApiError {
  return new ApiError('AttributeLimitExceededException', message);
}

/** How ECS words input that is not of its model: `include should be one of [SETTINGS,TAGS]`, else the usual sentence. */
export function invalidInput(violations: readonly Violation[]): ApiError {
  const [first] = violations;
  const values = /enum value set: \[(.*?)\]/.exec(first?.constraint ?? '')?.[1];
  if (first?.kind !== 'enum' || values === undefined) return invalidParameter(describeViolations(violations));
  const member = first.path.replace(/(?:\.\d+)?(?:\.member)?$/, '');
  return invalidParameter(`${member} should be one of [${values.replaceAll(', ', ',')}]`);
}
