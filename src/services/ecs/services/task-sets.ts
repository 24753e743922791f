import type { Scale, TaskSet } from '../../../protocol/generated/ecs.ts';
import { ApiError } from '../../../protocol/api/index.ts';
import type { Database } from '../../../store/index.ts';
import { invalidParameter } from '../errors.ts';
import { clusterArn } from '../records/cluster.ts';
import { ownedBy, serviceArn, type ServiceRecord } from '../records/service.ts';
import { taskDefinitionArn } from '../records/task-definition.ts';
import { taskSetArn, taskSetKey, taskSets, type TaskSetRecord } from '../records/task-set.ts';
import type { Rows } from '../references.ts';
import { present } from '../tasks/new-task.ts';
import { computedDesiredCount } from './computed-count.ts';
import { countsOf } from './service-counts.ts';
import { shownRegistries } from './registry-rules.ts';
import { resolvedPlatformVersion } from './revision-content.ts';

/** Percent of the service's desired count. @throws InvalidParameterException */
export function checkedScale(given: Scale | undefined): number {
  const { unit = 'PERCENT', value = 0 } = given ?? {};
  if (unit !== 'PERCENT') throw invalidParameter('The unit of a scale must be PERCENT.');
  if (value < 0 || value > 100) throw invalidParameter('The value of a scale must be between 0 and 100.');
  return value;
}

export function taskSetNotFound(): ApiError {
  return new ApiError('TaskSetNotFoundException', 'The specified task set was not found.');
}

/** Task sets belong to services that somebody else deploys. @throws InvalidParameterException */
export function requireTaskSets({ deploymentController }: ServiceRecord): void {
  if (deploymentController === 'ECS')
    throw invalidParameter('Amazon ECS only supports task sets for services with an EXTERNAL deployment controller.');
}

/** By id or ARN. @throws TaskSetNotFoundException */
export function requireTaskSet(rows: Rows, service: ServiceRecord, reference: string): TaskSetRecord {
  const id = reference.slice(reference.lastIndexOf('/') + 1);
  const found = rows.get(taskSets, taskSetKey(ownedBy(service), `ecs-svc/${id}`));
  if (found === undefined) throw taskSetNotFound();
  return found;
}

/** The task sets of a service, oldest first. */
export function taskSetsOf(db: Database, service: ServiceRecord): readonly TaskSetRecord[] {
  const { account, region, cluster, service: name, incarnation } = ownedBy(service);
  const table = db.table(taskSets);
  return [...table.keys('service', `${account}/${region}/${cluster}/${name}/${incarnation}`)].flatMap(
    (key) => table.get(key)?.row ?? [],
  );
}

/** A task set as the API shows it. */
export function describedTaskSet(
  db: Database,
  service: ServiceRecord,
  row: TaskSetRecord,
  options: { readonly tags: boolean },
): TaskSet {
  const { running, pending } = countsOf(db, service, row.id);
  return {
    id: row.id,
    taskSetArn: taskSetArn(row, row.cluster, row.service, row.id.slice('ecs-svc/'.length)),
    serviceArn: serviceArn(row, row.cluster, row.service),
    clusterArn: clusterArn(row, row.cluster),
    status: row.status,
    taskDefinition: taskDefinitionArn(row, row.family, row.revision),
    computedDesiredCount: computedDesiredCount(service, row),
    pendingCount: pending,
    runningCount: running,
    createdAt: row.createdAtMs,
    updatedAt: row.updatedAtMs,
    loadBalancers: row.loadBalancers,
    serviceRegistries: shownRegistries(row),
    scale: { value: row.scalePercent, unit: 'PERCENT' },
    stabilityStatus: row.stabilityStatus,
    stabilityStatusAt: row.stabilityStatusAtMs,
    ...present({
      startedBy: row.startedBy,
      externalId: row.externalId,
      launchType: row.launchType,
      capacityProviderStrategy: row.capacityProviderStrategy.length > 0 ? row.capacityProviderStrategy : undefined,
      platformVersion: resolvedPlatformVersion(row.platformVersion),
      platformFamily: row.platformFamily,
      networkConfiguration: row.networkConfiguration,
      tags: options.tags ? row.tags : undefined,
    }),
  };
}
