import type { LoadBalancers } from '../../../../protocol/generated/ecs.ts';
import { ReconcileLoop } from '../../../../reconcile/index.ts';
import { silentLog } from '../../../../kernel/index.ts';
import { defined, fargate, openTasks } from '../../contract/opened-tasks.ts';
import { scope } from '../../contract/opened-ecs.ts';
import { serviceDeploymentKey, serviceDeployments } from '../../records/service-deployment.ts';
import { serviceEvents } from '../../records/service-event.ts';
import {
  ofService,
  serviceRevisionKey,
  serviceRevisions,
  type ServiceRevisionRecord,
} from '../../records/service-revision.ts';
import { ownedBy, serviceKey, services, type ServiceRecord } from '../../records/service.ts';
import { taskKey, tasks, type TaskRecord } from '../../records/task.ts';
import { deactivationController } from '../../tasks/deactivation-controller.ts';
import { serviceController } from '../controller.ts';
import { schedulerSettings } from '../settings.ts';

const key = serviceKey(scope, 'web', 'shop');

/** A service over the real records, controllers and actions, on a store in memory; targets and agents are the test's. */
export async function openServices() {
  const ecs = await openTasks();
  await ecs.call('CreateCluster', { clusterName: 'web', capacityProviders: ['FARGATE', 'FARGATE_SPOT'] });
  await defined(ecs, 'app', { tags: [{ key: 'from', value: 'definition' }] });
  await defined(ecs, 'serverless', fargate);
  const alarms = { state: () => undefined, onChange: () => () => undefined };
  const start = (): ReconcileLoop => {
    const deps = { ...ecs.deps, alarms, settings: schedulerSettings };
    const loop = new ReconcileLoop([serviceController(deps), deactivationController(ecs.deps)], {
      clock: ecs.clock,
      ids: ecs.ids,
      log: silentLog,
    });
    loop.start();
    return loop;
  };
  let loop = start();
  return {
    ...ecs,
    key,
    restart: () => {
      loop.stop();
      loop = start();
    },
    create: (patch: Partial<ServiceRecord> = {}, content: Partial<ServiceRevisionRecord> = {}) =>
      ecs.db.transact((tx) => {
        const service = aService(patch);
        const { launchType, ...rest } = aRevision(service);
        const byStrategy = content.capacityProviderStrategy !== undefined;
        const revision = { ...rest, ...(byStrategy || launchType === undefined ? {} : { launchType }), ...content };
        tx.put(serviceRevisions, serviceRevisionKey(ownedBy(service), revision.id), revision);
        tx.put(serviceDeployments, serviceDeploymentKey(ownedBy(service), 'd1'), aServiceDeployment(service, revision));
        tx.put(services, key, service);
      }),
    service: () => ecs.db.get(services, key)?.row as ServiceRecord,
    tasks: (): readonly TaskRecord[] =>
      [...ecs.db.table(tasks).keys('serviceOpen', `${scope.account}/${scope.region}/web/shop`)].flatMap(
        (one) => ecs.db.get(tasks, one)?.row ?? [],
      ),
    events: (): readonly string[] =>
      ecs.db
        .table(serviceEvents)
        .page('service', ofService(ownedBy(aService({}))), { limit: 200 })
        .rows.map(({ row }) => row.message),
    /** What an agent's report makes of a task. */
    report: (task: TaskRecord, status: string) =>
      ecs.call('SubmitTaskStateChange', {
        cluster: 'web',
        task: `arn:aws:ecs:${scope.region}:${scope.account}:task/web/${task.id}`,
        status,
        containers: [{ containerName: 'app', status, ...(status === 'STOPPED' ? { exitCode: 1 } : {}) }],
      }),
    fresh: (task: TaskRecord) => ecs.db.get(tasks, taskKey(task, task.cluster, task.id))?.row as TaskRecord,
  };
}

function aService(patch: Partial<ServiceRecord>): ServiceRecord {
  return {
    ...scope,
    cluster: 'web',
    name: 'shop',
    incarnation: '1',
    status: 'ACTIVE',
    schedulingStrategy: 'REPLICA',
    deploymentController: 'ECS',
    desiredCount: 2,
    deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 200, strategy: 'ROLLING' },
    availabilityZoneRebalancing: 'DISABLED',
    placementConstraints: [],
    placementStrategies: [],
    enableEcsManagedTags: true,
    propagateTags: 'SERVICE',
    enableExecuteCommand: false,
    fingerprint: '',
    tags: [{ key: 'from', value: 'service' }],
    createdBy: 'test',
    createdAtMs: 1,
    deployments: [
      {
        id: 'ecs-svc/1',
        status: 'PRIMARY',
        revisionId: 'r1',
        serviceDeploymentId: 'd1',
        desiredCount: 2,
        failedTasks: 0,
        rolloutState: 'IN_PROGRESS',
        rolloutStateReason: 'ECS deployment ecs-svc/1 in progress.',
        createdAtMs: 1,
        updatedAtMs: 1,
      },
    ],
    steady: false,
    lastEvent: 0,
    ...patch,
  };
}

function aRevision(service: ServiceRecord): ServiceRevisionRecord {
  const loadBalancers: LoadBalancers = [];
  return {
    ...ownedBy(service),
    id: 'r1',
    family: 'app',
    revision: 1,
    launchType: 'EC2',
    capacityProviderStrategy: [],
    loadBalancers,
    createdAtMs: 1,
  };
}

function aServiceDeployment(service: ServiceRecord, revision: ServiceRevisionRecord) {
  return {
    ...ownedBy(service),
    id: 'd1',
    status: 'PENDING',
    sources: [],
    target: { revisionId: revision.id, requestedTaskCount: service.desiredCount },
    deploymentConfiguration: service.deploymentConfiguration,
    hooks: [],
    failureCount: 0,
    circuitBreaker: 'DISABLED',
    alarms: 'DISABLED',
    triggeredAlarmNames: [],
    createdAtMs: 1,
    updatedAtMs: 1,
  } as const;
}
