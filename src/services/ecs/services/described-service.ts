import type { Deployment, Service } from '../../../protocol/generated/ecs.ts';
import type { Database } from '../../../store/index.ts';
import { clusterArn } from '../records/cluster.ts';
import { maxServiceEvents, serviceEvents } from '../records/service-event.ts';
import { ofService, serviceRevisionArn, serviceRevisionKey, serviceRevisions } from '../records/service-revision.ts';
import { serviceDeploymentArn, serviceDeploymentKey, serviceDeployments } from '../records/service-deployment.ts';
import { ownedBy, serviceArn, type DeploymentRecord, type ServiceRecord } from '../records/service.ts';
import { taskDefinitionArn } from '../records/task-definition.ts';
import { present } from '../tasks/new-task.ts';
import { describedTaskSet, taskSetsOf } from './task-sets.ts';
import { countsOf } from './service-counts.ts';
import { describedConnect } from '../service-connect/described.ts';
import { openDeploymentStatuses } from './begin-deployment.ts';
import { shownRegistries } from './registry-rules.ts';
import { resolvedPlatformVersion } from './revision-content.ts';

/** ECS acts on load balancers and networks by this role. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles.html */
const serviceLinkedRole = 'aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS';

/** A service as the API shows it. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html */
export function describedService(db: Database, service: ServiceRecord, options: { readonly tags: boolean }): Service {
  const [primary] = service.deployments;
  const sets = service.deploymentController === 'ECS' ? [] : taskSetsOf(db, service);
  const revision =
    primary === undefined ? sets.find(({ status }) => status === 'PRIMARY') : revisionOf(db, service, primary);
  const deployments = service.deployments.map((one) => describedDeployment(db, service, one));
  const described = sets.map((one) => describedTaskSet(db, service, one, options));
  const total = (member: 'runningCount' | 'pendingCount'): number =>
    [...deployments, ...described].reduce((sum, one) => sum + (one[member] ?? 0), 0);
  return {
    serviceArn: serviceArn(service, service.cluster, service.name),
    serviceName: service.name,
    clusterArn: clusterArn(service, service.cluster),
    loadBalancers: revision?.loadBalancers ?? [],
    serviceRegistries: shownRegistries(revision),
    status: service.status,
    desiredCount: service.desiredCount,
    runningCount: total('runningCount'),
    pendingCount: total('pendingCount'),
    deploymentConfiguration: service.deploymentConfiguration,
    deployments,
    ...(service.deploymentController === 'ECS' ? {} : { taskSets: described }),
    roleArn: service.roleArn ?? `arn:aws:iam::${service.account}:role/${serviceLinkedRole}`,
    events: eventsOf(db, service),
    createdAt: service.createdAtMs,
    placementConstraints: service.placementConstraints as Service['placementConstraints'],
    placementStrategy: service.placementStrategies as Service['placementStrategy'],
    schedulingStrategy: service.schedulingStrategy,
    deploymentController: { type: service.deploymentController },
    createdBy: service.createdBy,
    enableECSManagedTags: service.enableEcsManagedTags,
    propagateTags: service.propagateTags,
    enableExecuteCommand: service.enableExecuteCommand,
    availabilityZoneRebalancing: service.availabilityZoneRebalancing,
    ...present({
      launchType: revision?.launchType,
      capacityProviderStrategy: orAbsent(revision?.capacityProviderStrategy),
      platformVersion: revision?.platformVersion,
      platformFamily: revision?.platformFamily,
      taskDefinition:
        revision === undefined ? undefined : taskDefinitionArn(service, revision.family, revision.revision),
      networkConfiguration: revision?.networkConfiguration,
      healthCheckGracePeriodSeconds:
        service.healthCheckGracePeriodSeconds ?? ((revision?.loadBalancers ?? []).length > 0 ? 0 : undefined),
      tags: options.tags ? service.tags : undefined,
      ...currentDeployment(db, service, primary),
    }),
  };
}

function orAbsent<Item>(list: readonly Item[] | undefined): readonly Item[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list;
}

function revisionOf(db: Database, service: ServiceRecord, { revisionId }: DeploymentRecord) {
  return db.get(serviceRevisions, serviceRevisionKey(ownedBy(service), revisionId))?.row;
}

/** The service deployment in progress, if any, and the revisions that run. */
function currentDeployment(db: Database, service: ServiceRecord, primary: DeploymentRecord | undefined) {
  if (primary === undefined) return {};
  const key = serviceDeploymentKey(ownedBy(service), primary.serviceDeploymentId);
  const open = openDeploymentStatuses.has(db.get(serviceDeployments, key)?.row.status ?? 'SUCCESSFUL');
  return {
    currentServiceDeployment: open
      ? serviceDeploymentArn(service, service.cluster, service.name, primary.serviceDeploymentId)
      : undefined,
    currentServiceRevisions: service.deployments.map((one) => {
      const { running, pending } = countsOf(db, service, one.id);
      return {
        arn: serviceRevisionArn(service, service.cluster, service.name, one.revisionId),
        requestedTaskCount: one.desiredCount,
        runningTaskCount: running,
        pendingTaskCount: pending,
      };
    }),
  };
}

function describedDeployment(db: Database, service: ServiceRecord, one: DeploymentRecord): Deployment {
  const revision = revisionOf(db, service, one);
  const { running, pending } = countsOf(db, service, one.id);
  return {
    id: one.id,
    status: one.status,
    desiredCount: one.desiredCount,
    pendingCount: pending,
    runningCount: running,
    failedTasks: one.failedTasks,
    createdAt: one.createdAtMs,
    updatedAt: one.updatedAtMs,
    rolloutState: one.rolloutState,
    rolloutStateReason: one.rolloutStateReason,
    ...present({
      taskDefinition:
        revision === undefined ? undefined : taskDefinitionArn(service, revision.family, revision.revision),
      launchType: revision?.launchType,
      capacityProviderStrategy: orAbsent(revision?.capacityProviderStrategy),
      platformVersion: resolvedPlatformVersion(revision?.platformVersion),
      platformFamily: revision?.platformFamily,
      networkConfiguration: revision?.networkConfiguration,
      volumeConfigurations: revision?.volumeConfigurations,
    }),
    ...describedConnect(revision),
  };
}

/** Newest first. */
function eventsOf(db: Database, service: ServiceRecord): NonNullable<Service['events']> {
  const page = db.table(serviceEvents).page('service', ofService(ownedBy(service)), { limit: maxServiceEvents });
  return page.rows.map(({ row: { id, createdAtMs, message } }) => ({ id, createdAt: createdAtMs, message })).reverse();
}
