import type { ServiceDeployment, ServiceDeploymentBrief, ServiceRevision } from '../../../protocol/generated/ecs.ts';
import type { Database } from '../../../store/index.ts';
import { clusterArn } from '../records/cluster.ts';
import {
  serviceDeploymentArn,
  type RevisionShare,
  type ServiceDeploymentRecord,
} from '../records/service-deployment.ts';
import { serviceRevisionArn, type ServiceRevisionRecord } from '../records/service-revision.ts';
import { serviceArn, serviceKey, services } from '../records/service.ts';
import { taskDefinitionArn } from '../records/task-definition.ts';
import { failureThreshold } from '../deployments/circuit-breaker.ts';
import { present } from '../tasks/new-task.ts';
import { countsOf } from './service-counts.ts';
import { shownRegistries } from './registry-rules.ts';
import { resolvedPlatformVersion } from './revision-content.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeploymentBrief.html */
export function briefDeployment(row: ServiceDeploymentRecord): ServiceDeploymentBrief {
  return {
    serviceDeploymentArn: serviceDeploymentArn(row, row.cluster, row.service, row.id),
    serviceArn: serviceArn(row, row.cluster, row.service),
    clusterArn: clusterArn(row, row.cluster),
    targetServiceRevisionArn: serviceRevisionArn(row, row.cluster, row.service, row.target.revisionId),
    status: row.status,
    createdAt: row.createdAtMs,
    ...present({ startedAt: row.startedAtMs, finishedAt: row.finishedAtMs, statusReason: row.statusReason }),
  };
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html */
export function describedServiceDeployment(db: Database, row: ServiceDeploymentRecord): ServiceDeployment {
  const { targetServiceRevisionArn: _arn, ...brief } = briefDeployment(row);
  const summary = (share: RevisionShare) => revisionSummary(db, row, share);
  return {
    ...brief,
    updatedAt: row.updatedAtMs,
    sourceServiceRevisions: row.sources.map(summary),
    targetServiceRevision: summary(row.target),
    deploymentConfiguration: row.deploymentConfiguration,
    deploymentCircuitBreaker: {
      status: row.circuitBreaker,
      failureCount: row.failureCount,
      threshold: failureThreshold(row.deploymentConfiguration, row.target.requestedTaskCount),
    },
    alarms: {
      status: row.alarms,
      alarmNames: row.deploymentConfiguration.alarms?.alarmNames ?? [],
      triggeredAlarmNames: row.triggeredAlarmNames,
    },
    lifecycleHookDetails: row.hooks.map((run) => {
      const hook = row.deploymentConfiguration.lifecycleHooks?.[run.hook];
      return {
        hookId: run.id,
        status: run.status,
        expiresAt: run.expiresAtMs,
        ...present({
          targetType: hook?.targetType,
          targetArn: hook?.hookTargetArn,
          timeoutAction: hook?.timeoutConfiguration?.action,
        }),
      };
    }),
    ...present({
      stoppedAt: row.stoppedAtMs,
      // The SDK's output enum lacks PRE_PRODUCTION_TRAFFIC_SHIFT, at which hooks run and the documentation shows deployments.
      lifecycleStage: row.lifecycleStage as ServiceDeployment['lifecycleStage'],
      rollback:
        row.rollback === undefined
          ? undefined
          : {
              reason: row.rollback.reason,
              startedAt: row.rollback.startedAtMs,
              serviceRevisionArn: serviceRevisionArn(row, row.cluster, row.service, row.rollback.revisionId),
            },
    }),
  };
}

/** Counts are of the tasks that run the revision now; a revision that is not among the service's deployments has none. */
function revisionSummary(db: Database, row: ServiceDeploymentRecord, share: RevisionShare) {
  const service = db.get(services, serviceKey(row, row.cluster, row.service))?.row;
  const rollout =
    service?.incarnation === row.incarnation
      ? service.deployments.find((one) => one.revisionId === share.revisionId)
      : undefined;
  const counts =
    service === undefined || rollout === undefined ? { running: 0, pending: 0 } : countsOf(db, service, rollout.id);
  return {
    arn: serviceRevisionArn(row, row.cluster, row.service, share.revisionId),
    requestedTaskCount: share.requestedTaskCount,
    runningTaskCount: counts.running,
    pendingTaskCount: counts.pending,
    ...present({
      requestedProductionTrafficWeight: share.productionTrafficWeight,
      requestedTestTrafficWeight: share.testTrafficWeight,
    }),
  };
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceRevision.html */
export function describedRevision(
  row: ServiceRevisionRecord,
  images: readonly { readonly containerName: string; readonly image: string; readonly imageDigest?: string }[],
): ServiceRevision {
  return {
    serviceRevisionArn: serviceRevisionArn(row, row.cluster, row.service, row.id),
    serviceArn: serviceArn(row, row.cluster, row.service),
    clusterArn: clusterArn(row, row.cluster),
    taskDefinition: taskDefinitionArn(row, row.family, row.revision),
    loadBalancers: row.loadBalancers,
    serviceRegistries: shownRegistries(row),
    containerImages: images,
    guardDutyEnabled: false,
    createdAt: row.createdAtMs,
    ...(row.connect === undefined ? {} : { serviceConnectConfiguration: row.connect.configuration }),
    ...present({
      launchType: row.launchType,
      capacityProviderStrategy: row.capacityProviderStrategy.length > 0 ? row.capacityProviderStrategy : undefined,
      platformVersion: resolvedPlatformVersion(row.platformVersion),
      platformFamily: row.platformFamily,
      networkConfiguration: row.networkConfiguration,
      volumeConfigurations: row.volumeConfigurations,
      resolvedConfiguration: resolvedConfiguration(row),
    }),
  };
}

/** Which group of each pair the revision's tasks are in. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ResolvedConfiguration.html */
function resolvedConfiguration({ loadBalancers, targetGroupArns }: ServiceRevisionRecord) {
  if (targetGroupArns === undefined) return undefined;
  return {
    loadBalancers: loadBalancers.map(({ advancedConfiguration }, index) =>
      present({
        targetGroupArn: targetGroupArns[index],
        productionListenerRule: advancedConfiguration?.productionListenerRule,
      }),
    ),
  };
}
