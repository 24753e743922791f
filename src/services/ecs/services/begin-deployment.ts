import type { Ids } from '../../../kernel/index.ts';
import type { Transaction } from '../../../store/index.ts';
import {
  serviceDeploymentKey,
  serviceDeployments,
  type ServiceDeploymentRecord,
  type ServiceDeploymentStatus,
} from '../records/service-deployment.ts';
import { serviceRevisionKey, serviceRevisions, type ServiceRevisionRecord } from '../records/service-revision.ts';
import { ownedBy, type DeploymentRecord, type OfService, type ServiceRecord } from '../records/service.ts';
import { newId } from '../service-scheduler/new-id.ts';
import { connectedEndpoints, type EndpointWriter } from '../service-connect/endpoints.ts';
import { resolvedGroups } from './resolved-groups.ts';
import type { RevisionContent } from './revision-content.ts';

/** A service deployment in one of these has not ended. */
export const openDeploymentStatuses: ReadonlySet<ServiceDeploymentStatus> = new Set([
  'PENDING',
  'IN_PROGRESS',
  'STOP_REQUESTED',
  'ROLLBACK_REQUESTED',
  'ROLLBACK_IN_PROGRESS',
] as const);

/** What a service deployment says that a newer one replaced before it ended. */
export const superseded = 'Service deployment was superseded by a newer service deployment.';

/**
 * Begins to roll `content` out: writes a service revision and a service deployment in `tx`, and ends the service deployment that was still open.
 * @returns the service with the new PRIMARY; the caller writes it
 */
export function beginDeployment(
  tx: Transaction,
  deps: EndpointWriter & { readonly ids: Ids },
  request: { readonly service: ServiceRecord; readonly content: RevisionContent; readonly nowMs: number },
): ServiceRecord {
  const { service, content, nowMs } = request;
  const { ids } = deps;
  const of = ownedBy(service);
  const completed = service.completedRevisionId;
  const production = completed === undefined ? undefined : tx.get(serviceRevisions, serviceRevisionKey(of, completed));
  const targetGroupArns = resolvedGroups(content.loadBalancers, service.deploymentConfiguration, production);
  const connected = content.connect === undefined ? undefined : connectedEndpoints(tx, deps, of, content.connect);
  const revision: ServiceRevisionRecord = {
    ...of,
    id: newId(ids),
    createdAtMs: nowMs,
    ...content,
    ...(targetGroupArns === undefined ? {} : { targetGroupArns }),
    ...(connected === undefined ? {} : { connected }),
  };
  const made = newServiceDeployment(service, of, { id: newId(ids), revisionId: revision.id, nowMs });
  endOpenDeployment(tx, service, nowMs);
  tx.create(serviceRevisions, serviceRevisionKey(of, revision.id), revision);
  tx.create(serviceDeployments, serviceDeploymentKey(of, made.id), made);
  const id = `ecs-svc/${newId(ids)}`;
  const primary: DeploymentRecord = {
    id,
    status: 'PRIMARY',
    revisionId: revision.id,
    serviceDeploymentId: made.id,
    desiredCount: 0,
    failedTasks: 0,
    rolloutState: 'IN_PROGRESS',
    rolloutStateReason: `ECS deployment ${id} in progress.`,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
  const { launchType: _replaced, namespaceArn: _left, backOff: _forgotten, rebalancing: _overtaken, ...rest } = service;
  return {
    ...rest,
    family: content.family,
    revision: content.revision,
    ...(content.launchType === undefined ? {} : { launchType: content.launchType }),
    ...(content.connect === undefined ? {} : { namespaceArn: content.connect.namespaceArn }),
    steady: false,
    hindered: false,
    deployments: [
      { ...primary, desiredCount: service.desiredCount },
      ...service.deployments.map((earlier) => ({ ...earlier, status: 'ACTIVE' as const, updatedAtMs: nowMs })),
    ],
  };
}

function newServiceDeployment(
  service: ServiceRecord,
  of: OfService,
  { id, revisionId, nowMs }: { readonly id: string; readonly revisionId: string; readonly nowMs: number },
): ServiceDeploymentRecord {
  const { deploymentConfiguration: configuration } = service;
  return {
    ...of,
    id,
    status: 'PENDING',
    sources: service.deployments.map((one) => ({ revisionId: one.revisionId, requestedTaskCount: one.desiredCount })),
    target: { revisionId, requestedTaskCount: service.desiredCount },
    deploymentConfiguration: configuration,
    hooks: [],
    failureCount: 0,
    circuitBreaker: configuration.deploymentCircuitBreaker?.enable === true ? 'MONITORING' : 'DISABLED',
    alarms: configuration.alarms?.enable === true ? 'MONITORING' : 'DISABLED',
    triggeredAlarmNames: [],
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
}

function endOpenDeployment(tx: Transaction, service: ServiceRecord, nowMs: number): void {
  const [primary] = service.deployments;
  if (primary === undefined) return;
  const of = ownedBy(service);
  const key = serviceDeploymentKey(of, primary.serviceDeploymentId);
  const open = tx.get(serviceDeployments, key);
  if (open === undefined || !openDeploymentStatuses.has(open.status)) return;
  tx.put(serviceDeployments, key, {
    ...open,
    status: 'STOPPED',
    statusReason: superseded,
    stoppedAtMs: nowMs,
    finishedAtMs: nowMs,
    updatedAtMs: nowMs,
  });
}
