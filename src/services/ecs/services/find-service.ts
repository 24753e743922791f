import { parseArn } from '../../../kernel/index.ts';
import { invalidParameter, serviceNotActive, serviceNotFound } from '../errors.ts';
import type { Scope } from '../records/scope.ts';
import { serviceKey, services, type ServiceRecord } from '../records/service.ts';
import type { Rows } from '../references.ts';

const namePattern = /^[a-zA-Z0-9\-_]{1,255}$/;

/** True for what CreateService accepts as a name. */
export function isServiceName(text: string): boolean {
  return namePattern.test(text);
}

/**
 * The name in a reference by name or ARN (long or short form).
 * @throws InvalidParameterException for an ARN that is no service's of this region, or of another cluster
 */
export function serviceNameOf(scope: Scope, cluster: string, reference: string): string {
  if (!reference.startsWith('arn:')) return reference;
  const arn = parseArn(reference);
  if (arn === undefined || arn.service !== 'ecs') throw invalidParameter('Invalid identifier: Unexpected ARN format');
  if (arn.region !== scope.region) throw invalidParameter('Invalid Region in ARN');
  const [type, ...parts] = arn.resource.split('/');
  const name = parts.at(-1);
  if (type !== 'service' || name === undefined || parts.length > 2)
    throw invalidParameter('Invalid identifier: Unexpected ARN format');
  if (parts.length === 2 && parts[0] !== cluster)
    throw invalidParameter(`Invalid identifier: Identifier is for cluster ${parts[0]}. Your cluster is ${cluster}`);
  return name;
}

/** The service in any status, or undefined; one of another account is not there. */
export function findService(rows: Rows, scope: Scope, cluster: string, reference: string): ServiceRecord | undefined {
  const account = parseArn(reference)?.account ?? scope.account;
  const name = serviceNameOf(scope, cluster, reference);
  return account === scope.account ? rows.get(services, serviceKey(scope, cluster, name)) : undefined;
}

/** @throws ServiceNotFoundException when there never was one; ServiceNotActiveException when it was deleted */
export function activeService(rows: Rows, scope: Scope, cluster: string, reference: string): ServiceRecord {
  const found = findService(rows, scope, cluster, reference);
  if (found === undefined) throw serviceNotFound();
  if (found.status !== 'ACTIVE') throw serviceNotActive();
  return found;
}
