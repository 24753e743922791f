import type { UpdateServiceRequest } from '../../../protocol/generated/ecs.ts';
import type { Transaction } from '../../../store/index.ts';
import { invalidParameter, serviceNotActive } from '../errors.ts';
import { scopeOf, type EcsHandler } from '../handlers/clusters-and-definitions-deps.ts';
import { fingerprint } from '../idempotency.ts';
import type { ClusterRecord } from '../records/cluster.ts';
import { serviceRevisionKey, serviceRevisions, type ServiceRevisionRecord } from '../records/service-revision.ts';
import { ownedBy, serviceKey, services, type ServiceRecord } from '../records/service.ts';
import { taskDefinitionArn } from '../records/task-definition.ts';
import { activeCluster, runnableTaskDefinition } from '../references.ts';
import { beginDeployment } from '../services/begin-deployment.ts';
import { checkDeploymentConfiguration, deploymentConfigurationOf } from '../services/deployment-configuration.ts';
import type { ServiceDeps } from '../services/deps.ts';
import { checkConnectStrategy } from '../service-connect/strategy-rules.ts';
import { describedService } from '../services/described-service.ts';
import { activeService } from '../services/find-service.ts';
import { checkTrafficShifting } from '../services/load-balancer-rules.ts';
import { shownRegistries } from '../services/registry-rules.ts';
import { revisionContent, type ContentRequest, type RevisionContent } from '../services/revision-content.ts';
import { rolesOfService } from '../services/service-roles.ts';
import { checkGracePeriod, checkUpdate } from '../services/service-rules.ts';
import { checkOwnRoles } from '../task-definitions/own-roles.ts';
import { present } from '../tasks/new-task.ts';

/**
 * Changes a service. What its tasks run (definition, network, load balancers, capacity, platform) and `forceNewDeployment` begin a deployment; the
 * rest (count, percents, placement, grace period, tags of tasks to come) takes effect as it is.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
 */
export function updateService(deps: ServiceDeps): EcsHandler<'UpdateService'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    checkOwnRoles(scope.account, rolesOfService(input));
    const { result } = await deps.db.transact((tx) => {
      const cluster = activeCluster(tx, scope, input.cluster);
      const present = activeService(tx, scope, cluster.name, input.service);
      checkUpdate(input, present);
      const changed = changedService(input, present);
      const service = rolledOut(tx, deps, { input, cluster, service: changed, nowMs: context.receivedMs });
      tx.put(services, serviceKey(scope, cluster.name, service.name), service);
      return service;
    });
    return { service: describedService(deps.db, result, { tags: true }) };
  };
}

function changedService(input: UpdateServiceRequest, service: ServiceRecord): ServiceRecord {
  if ((input.deploymentController?.type ?? service.deploymentController) !== service.deploymentController)
    throw invalidParameter(
      'Cannot update the deployment controller of a service to a controller it cannot migrate to.',
    );
  const deploymentConfiguration = deploymentConfigurationOf(
    input.deploymentConfiguration,
    service,
    service.deploymentConfiguration,
  );
  checkDeploymentConfiguration(input.deploymentConfiguration, { ...service, deploymentConfiguration });
  const desiredCount = input.desiredCount ?? service.desiredCount;
  return {
    ...service,
    desiredCount,
    deploymentConfiguration,
    steady: service.steady && desiredCount === service.desiredCount,
    deployments: service.deployments.map((one) => (one.status === 'PRIMARY' ? { ...one, desiredCount } : one)),
    availabilityZoneRebalancing: input.availabilityZoneRebalancing ?? service.availabilityZoneRebalancing,
    enableEcsManagedTags: input.enableECSManagedTags ?? service.enableEcsManagedTags,
    propagateTags: input.propagateTags ?? service.propagateTags,
    enableExecuteCommand: input.enableExecuteCommand ?? service.enableExecuteCommand,
    ...present({
      healthCheckGracePeriodSeconds: input.healthCheckGracePeriodSeconds ?? service.healthCheckGracePeriodSeconds,
      placementConstraints: input.placementConstraints?.map(({ type = 'memberOf', expression }) =>
        expression === undefined ? { type } : { type, expression },
      ),
      placementStrategies: input.placementStrategy?.map(({ type = 'random', field }) =>
        field === undefined ? { type } : { type, field },
      ),
    }),
  };
}

interface Rollout {
  readonly input: UpdateServiceRequest;
  readonly cluster: ClusterRecord;
  readonly service: ServiceRecord;
  readonly nowMs: number;
}

/** The service, with a new PRIMARY where what it runs changed or the caller wants one. */
function rolledOut(tx: Transaction, deps: ServiceDeps, { input, cluster, service, nowMs }: Rollout): ServiceRecord {
  if (service.deploymentController === 'EXTERNAL') return withoutRollout(input, service);
  const [primary] = service.deployments;
  const running =
    primary === undefined
      ? undefined
      : tx.get(serviceRevisions, serviceRevisionKey(ownedBy(service), primary.revisionId));
  if (running === undefined) throw serviceNotActive();
  const scope = { account: service.account, region: service.region };
  const wanted = input.taskDefinition ?? taskDefinitionArn(service, running.family, running.revision);
  const named = input.taskDefinition !== undefined;
  const touched =
    named ||
    input.forceNewDeployment === true ||
    [
      input.networkConfiguration,
      input.loadBalancers,
      input.serviceRegistries,
      input.serviceConnectConfiguration,
      input.platformVersion,
      input.capacityProviderStrategy,
      input.volumeConfigurations,
    ].some((member) => member !== undefined);
  if (!touched) {
    checkTrafficShifting(service.deploymentConfiguration, running.loadBalancers);
    checkConnectStrategy(service.deploymentConfiguration, running.connect);
    checkGracePeriod(input.healthCheckGracePeriodSeconds, running.loadBalancers.length > 0);
    return service;
  }
  // A revision that was deregistered goes on to serve the services that run it, also when they are deployed anew.
  const definition = runnableTaskDefinition(tx, scope, wanted);
  const content = revisionContent(contentRequest(input, service, running), {
    scope,
    cluster,
    definition,
    targets: deps.targets,
    registrar: deps.registrar,
    volumes: deps.volumes,
    namespaces: deps.namespaces,
  });
  checkTrafficShifting(service.deploymentConfiguration, content.loadBalancers);
  checkConnectStrategy(service.deploymentConfiguration, content.connect);
  checkGracePeriod(input.healthCheckGracePeriodSeconds, content.loadBalancers.length > 0);
  if (input.forceNewDeployment !== true && sameContent(content, running)) return service;
  return beginDeployment(tx, deps, { service, content, nowMs });
}

/** With task sets nothing is rolled out here. @throws InvalidParameterException for what a task set says */
function withoutRollout(input: UpdateServiceRequest, service: ServiceRecord): ServiceRecord {
  for (const name of [
    'taskDefinition',
    'capacityProviderStrategy',
    'platformVersion',
    'networkConfiguration',
    'loadBalancers',
    'serviceRegistries',
    'volumeConfigurations',
    'serviceConnectConfiguration',
    'forceNewDeployment',
  ] as const)
    if (input[name] !== undefined && input[name] !== false)
      throw invalidParameter(
        `${name} is not supported with the EXTERNAL deployment controller: it belongs to a task set.`,
      );
  return service;
}

/** The present revision's members with the request's over them. */
function contentRequest(
  input: UpdateServiceRequest,
  service: ServiceRecord,
  running: ServiceRevisionRecord,
): ContentRequest {
  const strategy = input.capacityProviderStrategy;
  const byStrategy = strategy !== undefined && strategy.length > 0;
  if (strategy !== undefined && strategy.length > 0 && input.forceNewDeployment !== true)
    throw invalidParameter(
      'When updating a service to use a capacity provider strategy, forceNewDeployment must be specified.',
    );
  const kept = running.capacityProviderStrategy.length > 0 && strategy === undefined;
  return {
    ...present({
      capacityProviderStrategy: byStrategy ? strategy : kept ? running.capacityProviderStrategy : undefined,
      launchType: byStrategy || kept ? undefined : (running.launchType ?? 'FARGATE'),
      platformVersion: input.platformVersion ?? running.platformVersion,
      networkConfiguration: input.networkConfiguration ?? running.networkConfiguration,
      enableExecuteCommand: input.enableExecuteCommand ?? service.enableExecuteCommand,
      volumeConfigurations: input.volumeConfigurations ?? running.volumeConfigurations,
      serviceConnectConfiguration: input.serviceConnectConfiguration ?? running.connect?.configuration,
    }),
    loadBalancers: input.loadBalancers ?? running.loadBalancers,
    serviceRegistries: input.serviceRegistries ?? shownRegistries(running),
    placementConstraints:
      input.placementConstraints ?? (service.placementConstraints as ContentRequest['placementConstraints']),
    placementStrategy: input.placementStrategy ?? (service.placementStrategies as ContentRequest['placementStrategy']),
  };
}

function sameContent(content: RevisionContent, running: ServiceRevisionRecord): boolean {
  const {
    account: _a,
    region: _r,
    cluster: _c,
    service: _s,
    incarnation: _i,
    id: _id,
    createdAtMs: _at,
    targetGroupArns: _resolved,
    connected: _known,
    ...present
  } = running;
  return fingerprint(content) === fingerprint(present);
}
