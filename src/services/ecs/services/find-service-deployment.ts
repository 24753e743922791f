import { parseArn } from '../../../kernel/index.ts';
import { invalidParameter } from '../errors.ts';
import type { Scope } from '../records/scope.ts';
import {
  serviceDeploymentKey,
  serviceDeployments,
  type ServiceDeploymentRecord,
} from '../records/service-deployment.ts';
import { serviceRevisionKey, serviceRevisions, type ServiceRevisionRecord } from '../records/service-revision.ts';
import { ownedBy, serviceKey, services } from '../records/service.ts';
import type { Rows } from '../references.ts';

interface Parts {
  readonly cluster: string;
  readonly service: string;
  readonly id: string;
}

/** Cluster, service and id of an ARN of a service deployment or revision. @throws InvalidParameterException */
function partsOf(scope: Scope, type: 'service-deployment' | 'service-revision', text: string): Parts | undefined {
  const arn = parseArn(text);
  if (arn === undefined || arn.service !== 'ecs') throw invalidParameter('Invalid identifier: Unexpected ARN format');
  if (arn.region !== scope.region) throw invalidParameter('Invalid Region in ARN');
  const [found, cluster, service, id, ...more] = arn.resource.split('/');
  if (found !== type || cluster === undefined || service === undefined || id === undefined || more.length > 0)
    throw invalidParameter('Invalid identifier: Unexpected ARN format');
  return arn.account === scope.account ? { cluster, service, id } : undefined;
}

/** The ARN has no incarnation: what it names belongs to the service that has the name now. */
export function findServiceDeployment(rows: Rows, scope: Scope, arn: string): ServiceDeploymentRecord | undefined {
  const parts = partsOf(scope, 'service-deployment', arn);
  const service = parts === undefined ? undefined : rows.get(services, serviceKey(scope, parts.cluster, parts.service));
  if (parts === undefined || service === undefined) return undefined;
  return rows.get(serviceDeployments, serviceDeploymentKey(ownedBy(service), parts.id));
}

export function findServiceRevision(rows: Rows, scope: Scope, arn: string): ServiceRevisionRecord | undefined {
  const parts = partsOf(scope, 'service-revision', arn);
  const service = parts === undefined ? undefined : rows.get(services, serviceKey(scope, parts.cluster, parts.service));
  if (parts === undefined || service === undefined) return undefined;
  return rows.get(serviceRevisions, serviceRevisionKey(ownedBy(service), parts.id));
}
