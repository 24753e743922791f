import type { CreateServiceRequest } from '../../../protocol/generated/ecs.ts';
import type { Transaction } from '../../../store/index.ts';
import { checkedTags } from '../attributes-and-tags/tags.ts';
import { invalidParameter } from '../errors.ts';
import { scopeOf, type EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { fingerprint } from '../idempotency.ts';
import type { ClusterRecord } from '../records/cluster.ts';
import type { Scope } from '../records/scope.ts';
import { serviceKey, services, type ServiceRecord } from '../records/service.ts';
import { activeCluster, runnableTaskDefinition } from '../references.ts';
import { newId } from '../service-scheduler/new-id.ts';
import { beginDeployment } from '../services/begin-deployment.ts';
import { checkDeploymentConfiguration, deploymentConfigurationOf } from '../services/deployment-configuration.ts';
import type { ServiceDeps } from '../services/deps.ts';
import { checkConnectStrategy } from '../service-connect/strategy-rules.ts';
import { describedService } from '../services/described-service.ts';
import { checkTrafficShifting } from '../services/load-balancer-rules.ts';
import { revisionContent } from '../services/revision-content.ts';
import { rolesOfService } from '../services/service-roles.ts';
import { checkCreate, checkGracePeriod, refuseDraining } from '../services/service-rules.ts';
import { checkOwnRoles } from '../task-definitions/own-roles.ts';
import { present } from '../tasks/new-task.ts';

/**
 * Creates a service and begins its first deployment; the scheduler starts its tasks. The same request again answers with the service there is.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
 */
export function createService(deps: ServiceDeps): EcsHandler<'CreateService'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    checkCreate(input);
    checkOwnRoles(scope.account, rolesOfService(input));
    const tags = checkedTags(input.tags);
    const { result } = await deps.db.transact((tx) => {
      const cluster = activeCluster(tx, scope, input.cluster);
      const key = serviceKey(scope, cluster.name, input.serviceName);
      const earlier = tx.get(services, key);
      refuseDraining(earlier);
      const print = fingerprint({ ...input, cluster: cluster.name });
      if (earlier?.status === 'ACTIVE') {
        if (earlier.fingerprint === print) return earlier;
        throw invalidParameter('Creation of service was not idempotent.');
      }
      const made = newService(input, { scope, cluster, print, caller: context.caller.arn, nowMs: context.receivedMs });
      const service = begun(tx, deps, {
        service: { ...made, incarnation: newId(deps.ids), tags },
        input,
        cluster,
      });
      tx.put(services, key, service);
      return service;
    });
    return { service: describedService(deps.db, result, { tags: true }) };
  };
}

function begun(
  tx: Transaction,
  deps: ServiceDeps,
  made: { readonly service: ServiceRecord; readonly input: CreateServiceRequest; readonly cluster: ClusterRecord },
): ServiceRecord {
  const { service, input, cluster } = made;
  // Its task sets say what it runs.
  if (service.deploymentController === 'EXTERNAL') return service;
  const scope = { account: service.account, region: service.region };
  if (input.taskDefinition === undefined || input.taskDefinition === '')
    throw invalidParameter('TaskDefinition can not be blank.');
  const definition = runnableTaskDefinition(tx, scope, input.taskDefinition);
  const content = revisionContent(input, {
    scope,
    cluster,
    definition,
    targets: deps.targets,
    registrar: deps.registrar,
    volumes: deps.volumes,
    namespaces: deps.namespaces,
  });
  if (service.schedulingStrategy === 'DAEMON' && (content.launchType ?? 'FARGATE') === 'FARGATE')
    throw invalidParameter('The daemon scheduling strategy is not supported for Fargate and capacity providers.');
  checkTrafficShifting(service.deploymentConfiguration, content.loadBalancers);
  checkConnectStrategy(service.deploymentConfiguration, content.connect);
  checkGracePeriod(input.healthCheckGracePeriodSeconds, content.loadBalancers.length > 0);
  return beginDeployment(tx, deps, { service, content, nowMs: service.createdAtMs });
}

interface Origin {
  readonly scope: Scope;
  readonly cluster: ClusterRecord;
  readonly print: string;
  readonly caller: string;
  readonly nowMs: number;
}

function newService(input: CreateServiceRequest, { scope, cluster, print, caller, nowMs }: Origin): ServiceRecord {
  const schedulingStrategy = input.schedulingStrategy ?? 'REPLICA';
  const scheduling = { schedulingStrategy, deploymentController: input.deploymentController?.type ?? 'ECS' } as const;
  const deploymentConfiguration = deploymentConfigurationOf(input.deploymentConfiguration, scheduling);
  checkDeploymentConfiguration(input.deploymentConfiguration, { ...scheduling, deploymentConfiguration });
  return {
    ...scope,
    ...scheduling,
    cluster: cluster.name,
    name: input.serviceName,
    incarnation: '',
    status: 'ACTIVE',
    desiredCount: input.desiredCount ?? 0,
    deploymentConfiguration,
    availabilityZoneRebalancing:
      input.availabilityZoneRebalancing ?? (schedulingStrategy === 'DAEMON' ? 'DISABLED' : 'ENABLED'),
    placementConstraints: (input.placementConstraints ?? []).map(({ type = 'memberOf', expression }) =>
      expression === undefined ? { type } : { type, expression },
    ),
    placementStrategies: (input.placementStrategy ?? []).map(({ type = 'random', field }) =>
      field === undefined ? { type } : { type, field },
    ),
    enableEcsManagedTags: input.enableECSManagedTags ?? false,
    propagateTags: input.propagateTags ?? 'NONE',
    enableExecuteCommand: input.enableExecuteCommand ?? false,
    fingerprint: print,
    tags: [],
    createdBy: caller,
    createdAtMs: nowMs,
    deployments: [],
    steady: false,
    lastEvent: 0,
    ...present({ healthCheckGracePeriodSeconds: input.healthCheckGracePeriodSeconds, roleArn: input.role }),
  };
}
