import type { CreateServiceRequest, UpdateServiceRequest } from '../../../protocol/generated/ecs.ts';
import { clientException, invalidParameter, notImplemented } from '../errors.ts';
import type { ServiceRecord } from '../records/service.ts';
import { readConstraints } from '../scheduler/constraints.ts';
import { readStrategies } from '../scheduler/strategies.ts';
import { isServiceName } from './find-service.ts';

/** Tasks of one service. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html */
export const maxDesiredCount = 5_000;
const maxGracePeriodSeconds = 2_147_483_647;
const maxPlacementConstraints = 10;
const maxPlacementStrategies = 5;

/** What a service cannot have yet, whatever the value. @throws UnsupportedFeatureException naming the first such member */
export function refuseLaterParts(input: Partial<CreateServiceRequest & UpdateServiceRequest>): void {
  if ((input.vpcLatticeConfigurations ?? []).length > 0) throw notImplemented('vpcLatticeConfigurations');
  if ((input.gatewayConnectors ?? []).length > 0) throw notImplemented('gatewayConnectors');
  if (input.monitoring !== undefined) throw notImplemented('monitoring');
  if (input.deploymentController?.type === 'CODE_DEPLOY') throw notImplemented('deploymentController CODE_DEPLOY');
}

/** What can be said of a CreateService without knowing anything else. @throws InvalidParameterException */
export function checkCreate(input: CreateServiceRequest): void {
  if (input.serviceName === '') throw invalidParameter('Service name cannot be empty.');
  if (!isServiceName(input.serviceName))
    throw invalidParameter(
      `serviceName must have 1 to 255 letters, numbers, hyphens and underscores, but was ${input.serviceName}`,
    );
  refuseLaterParts(input);
  if (input.role !== undefined && input.networkConfiguration?.awsvpcConfiguration !== undefined)
    throw invalidParameter('You cannot specify an IAM role for services that require a service linked role.');
  const daemon = input.schedulingStrategy === 'DAEMON';
  if (input.deploymentController?.type === 'EXTERNAL') checkExternal(input);
  if (daemon) checkDaemon(input);
  else if (input.desiredCount === undefined)
    throw invalidParameter('Desired count must be specified when the scheduling strategy is REPLICA.');
  checkDesiredCount(input.desiredCount);
  checkPlacement(input);
}

/** What a service runs is said by its task sets. */
function checkExternal(input: CreateServiceRequest): void {
  if (input.schedulingStrategy === 'DAEMON')
    throw invalidParameter('The daemon scheduling strategy is not supported with the EXTERNAL deployment controller.');
  for (const name of [
    'taskDefinition',
    'launchType',
    'capacityProviderStrategy',
    'platformVersion',
    'networkConfiguration',
    'loadBalancers',
    'serviceRegistries',
    'serviceConnectConfiguration',
  ] as const)
    if (input[name] !== undefined)
      throw invalidParameter(
        `${name} is not supported with the EXTERNAL deployment controller: it belongs to a task set.`,
      );
}

function checkDaemon(input: CreateServiceRequest): void {
  if (input.desiredCount !== undefined) throw daemonHasNoCount();
  if ((input.placementStrategy ?? []).length > 0)
    throw invalidParameter(
      'The daemon scheduling strategy does not support placement strategies. Remove the placement strategy and try again',
    );
  if (input.launchType === 'FARGATE' || (input.capacityProviderStrategy ?? []).length > 0)
    throw invalidParameter('The daemon scheduling strategy is not supported for Fargate and capacity providers.');
  if (input.availabilityZoneRebalancing === 'ENABLED')
    throw invalidParameter('Availability Zone rebalancing is not supported with the daemon scheduling strategy.');
}

function daemonHasNoCount(): Error {
  return invalidParameter(
    'The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again',
  );
}

function checkDesiredCount(count: number | undefined): void {
  if (count !== undefined && (!Number.isInteger(count) || count < 0 || count > maxDesiredCount))
    throw invalidParameter(`desiredCount should be between 0 and ${maxDesiredCount}, but was ${count}`);
}

function checkPlacement(input: Pick<CreateServiceRequest, 'placementConstraints' | 'placementStrategy'>): void {
  if ((input.placementConstraints ?? []).length > maxPlacementConstraints)
    throw invalidParameter(`placement constraints can have at most ${maxPlacementConstraints} items.`);
  if ((input.placementStrategy ?? []).length > maxPlacementStrategies)
    throw invalidParameter(`placement strategy can have at most ${maxPlacementStrategies} items.`);
  try {
    readConstraints([...(input.placementConstraints ?? [])]);
    readStrategies([...(input.placementStrategy ?? [])]);
  } catch (error) {
    throw error instanceof Error ? invalidParameter(error.message) : error;
  }
}

/** @throws InvalidParameterException */
export function checkUpdate(input: UpdateServiceRequest, service: ServiceRecord): void {
  refuseLaterParts(input);
  if (service.schedulingStrategy === 'DAEMON') {
    if (input.desiredCount !== undefined) throw daemonHasNoCount();
    if ((input.placementStrategy ?? []).length > 0)
      throw invalidParameter(
        'The daemon scheduling strategy does not support placement strategies. Remove the placement strategy and try again',
      );
    if (input.availabilityZoneRebalancing === 'ENABLED')
      throw invalidParameter('Availability Zone rebalancing is not supported with the daemon scheduling strategy.');
  }
  checkDesiredCount(input.desiredCount);
  checkPlacement(input);
}

/** A grace period is for the checks of a load balancer. @throws InvalidParameterException */
export function checkGracePeriod(seconds: number | undefined, hasLoadBalancers: boolean): void {
  if (seconds === undefined) return;
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > maxGracePeriodSeconds)
    throw invalidParameter(
      `healthCheckGracePeriodSeconds should be between 0 and ${maxGracePeriodSeconds}, but was ${seconds}`,
    );
  if (!hasLoadBalancers)
    throw invalidParameter('Health check grace period is only valid for services configured to use load balancers');
}

/** @throws ClientException for a service that may not be deleted now */
export function checkDelete(service: ServiceRecord, force: boolean): void {
  if (!force && service.schedulingStrategy === 'REPLICA' && service.desiredCount > 0)
    throw invalidParameter('The service cannot be stopped while it is scaled above 0.');
}

/** @throws ClientException for a name whose earlier service still has tasks */
export function refuseDraining(earlier: ServiceRecord | undefined): void {
  if (earlier?.status === 'DRAINING') throw clientException('Unable to Start a service that is still Draining.');
}
