import type { DeploymentConfiguration } from '../protocol/generated/ecs.ts';
import {
  ownedBy,
  serviceDeploymentKey,
  serviceDeployments,
  serviceKey,
  serviceRevisionKey,
  serviceRevisions,
  services,
  type DeploymentRecord,
  type ServiceRecord,
  type ServiceRevisionRecord,
} from '../services/ecs/index.ts';
import type { Transaction } from '../store/index.ts';
import type { SimIds } from './sim-ids.ts';
import { simGroups } from './sim-targets.ts';
import { cluster, subnets, user } from './sim-users.ts';

/** What a service runs, in the few words that the simulation has for it. */
export interface SimContent {
  readonly family: string;
  readonly fargate: boolean;
  readonly balanced: boolean;
}

export interface SimServiceWish {
  readonly name: string;
  readonly content: SimContent;
  readonly schedulingStrategy: ServiceRecord['schedulingStrategy'];
  readonly desiredCount: number;
  readonly configuration: DeploymentConfiguration;
  readonly graceSeconds?: number;
}

export const simServiceKey = (name: string): string => serviceKey(user, cluster, name);

function digits(ids: SimIds): string {
  const part = (): string => String(ids.between(0, 999_999_999)).padStart(9, '0');
  return `${ids.between(1, 9)}${part()}${part()}`;
}

/** Writes a service with its first deployment, as CreateService does. @returns false when there is one already */
export function createServiceRows(tx: Transaction, ids: SimIds, wish: SimServiceWish, nowMs: number): boolean {
  const key = simServiceKey(wish.name);
  const earlier = tx.get(services, key);
  if (earlier !== undefined && earlier.status !== 'INACTIVE') return false;
  const made: ServiceRecord = {
    ...user,
    cluster,
    name: wish.name,
    incarnation: digits(ids),
    status: 'ACTIVE',
    schedulingStrategy: wish.schedulingStrategy,
    deploymentController: 'ECS',
    desiredCount: wish.desiredCount,
    deploymentConfiguration: wish.configuration,
    availabilityZoneRebalancing: wish.schedulingStrategy === 'REPLICA' ? 'ENABLED' : 'DISABLED',
    placementConstraints: [],
    placementStrategies: [],
    enableEcsManagedTags: true,
    propagateTags: 'SERVICE',
    enableExecuteCommand: false,
    fingerprint: wish.name,
    tags: [{ key: 'team', value: 'sim' }],
    createdBy: 'sim',
    createdAtMs: nowMs,
    deployments: [],
    steady: false,
    lastEvent: 0,
    ...(wish.graceSeconds === undefined ? {} : { healthCheckGracePeriodSeconds: wish.graceSeconds }),
  };
  tx.put(services, key, beginRows(tx, ids, { service: made, content: wish.content, nowMs }));
  return true;
}

/** Begins a deployment of `content`, as UpdateService does. @returns the service, for the caller to write */
export function beginRows(
  tx: Transaction,
  ids: SimIds,
  {
    service,
    content,
    nowMs,
  }: { readonly service: ServiceRecord; readonly content: SimContent; readonly nowMs: number },
): ServiceRecord {
  const of = ownedBy(service);
  const revision = aRevision(service, { id: digits(ids), content, nowMs });
  const serviceDeploymentId = digits(ids);
  endOpen(tx, service, nowMs);
  tx.create(serviceRevisions, serviceRevisionKey(of, revision.id), revision);
  writeServiceDeployment(tx, service, { id: serviceDeploymentId, revisionId: revision.id, nowMs });
  const id = `ecs-svc/${digits(ids)}`;
  const primary: DeploymentRecord = {
    id,
    status: 'PRIMARY',
    revisionId: revision.id,
    serviceDeploymentId,
    desiredCount: service.desiredCount,
    failedTasks: 0,
    rolloutState: 'IN_PROGRESS',
    rolloutStateReason: `ECS deployment ${id} in progress.`,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
  const { backOff: _forgotten, ...rest } = service;
  return {
    ...rest,
    family: content.family,
    revision: 1,
    launchType: content.fargate ? 'FARGATE' : 'EC2',
    steady: false,
    deployments: [primary, ...service.deployments.map((one) => ({ ...one, status: 'ACTIVE' as const }))],
  };
}

function aRevision(
  service: ServiceRecord,
  { id, content, nowMs }: { readonly id: string; readonly content: SimContent; readonly nowMs: number },
): ServiceRevisionRecord {
  return {
    ...ownedBy(service),
    id,
    family: content.family,
    revision: 1,
    launchType: content.fargate ? 'FARGATE' : 'EC2',
    capacityProviderStrategy: [],
    loadBalancers: content.balanced
      ? [
          {
            targetGroupArn: content.fargate ? simGroups.ip : simGroups.instance,
            containerName: 'app',
            containerPort: 80,
          },
        ]
      : [],
    createdAtMs: nowMs,
    ...(content.fargate ? { networkConfiguration: { awsvpcConfiguration: { subnets } } } : {}),
  };
}

function writeServiceDeployment(
  tx: Transaction,
  service: ServiceRecord,
  { id, revisionId, nowMs }: { readonly id: string; readonly revisionId: string; readonly nowMs: number },
): void {
  const { deploymentConfiguration: configuration } = service;
  tx.create(serviceDeployments, serviceDeploymentKey(ownedBy(service), id), {
    ...ownedBy(service),
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
  });
}

function endOpen(tx: Transaction, service: ServiceRecord, nowMs: number): void {
  const [primary] = service.deployments;
  if (primary === undefined) return;
  const key = serviceDeploymentKey(ownedBy(service), primary.serviceDeploymentId);
  const open = tx.get(serviceDeployments, key);
  if (open === undefined || open.finishedAtMs !== undefined) return;
  tx.put(serviceDeployments, key, { ...open, status: 'STOPPED', stoppedAtMs: nowMs, finishedAtMs: nowMs });
}
