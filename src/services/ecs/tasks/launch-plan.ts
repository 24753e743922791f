import type { RunTaskRequest } from '../../../protocol/generated/ecs.ts';
import { clientException, invalidParameter, notImplemented } from '../errors.ts';
import { checkedStrategy, isBuiltIn } from '../clusters/capacity.ts';
import type { ClusterRecord, StrategyItem } from '../records/cluster.ts';
import type { TaskDefinitionRecord } from '../records/task-definition.ts';
import { networkModeOf } from '../task-definitions/definition.ts';

/** What RunTask and services say about where tasks go. */
export type LaunchRequest = Pick<
  RunTaskRequest,
  'capacityProviderStrategy' | 'launchType' | 'platformVersion' | 'placementConstraints' | 'placementStrategy'
>;

/** Where the tasks of one request go. */
export interface LaunchPlan {
  readonly launchType: 'EC2' | 'FARGATE' | 'EXTERNAL';
  /** Empty: by launch type. */
  readonly strategy: readonly StrategyItem[];
}

/**
 * Reads launchType, capacityProviderStrategy and the cluster's default strategy.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
 * @throws InvalidParameterException when both are given, or the revision cannot run there
 */
export function launchPlan(
  request: LaunchRequest,
  cluster: ClusterRecord,
  definition: TaskDefinitionRecord,
): LaunchPlan {
  const given = request.capacityProviderStrategy ?? [];
  if (given.length > 0 && request.launchType !== undefined) {
    throw invalidParameter(
      'Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.',
    );
  }
  const strategy = planStrategy(request, cluster);
  const launchType = strategy.length > 0 ? 'FARGATE' : (request.launchType ?? 'EC2');
  if (launchType === 'MANAGED_INSTANCES') throw notImplemented('launchType MANAGED_INSTANCES');
  if (!definition.compatibilities.includes(launchType)) {
    throw invalidParameter(`Task definition does not support launch_type ${launchType}.`);
  }
  if (request.platformVersion !== undefined && launchType !== 'FARGATE') {
    throw invalidParameter('The platform version must be null when specifying an EC2 launch type.');
  }
  if (
    launchType === 'FARGATE' &&
    ((request.placementConstraints ?? []).length > 0 || (request.placementStrategy ?? []).length > 0)
  ) {
    throw clientException('Placement constraints and strategies are not supported for launch type FARGATE.');
  }
  return { launchType, strategy };
}

function planStrategy(request: LaunchRequest, cluster: ClusterRecord): readonly StrategyItem[] {
  const given = request.capacityProviderStrategy ?? [];
  if (given.length > 0) return weighted(checkedStrategy(given, cluster.capacityProviders));
  if (request.launchType !== undefined) return [];
  return weighted(cluster.defaultCapacityProviderStrategy);
}

/** A provider of weight 0 gets its base only; of several, one at least must have a weight. */
function weighted(strategy: readonly StrategyItem[]): readonly StrategyItem[] {
  if (strategy.length > 1 && strategy.every((item) => item.weight === 0)) {
    throw invalidParameter(
      'At least one capacity provider in a capacity provider strategy must have a weight greater than zero.',
    );
  }
  return strategy;
}

/**
 * Chooses the capacity provider of each task: base first, then by weight, counting from the start of the request.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html
 */
export function spreadOverProviders(strategy: readonly StrategyItem[], count: number): readonly (string | undefined)[] {
  if (strategy.length === 0) return Array.from({ length: count }, () => undefined);
  const chosen: string[] = [];
  const withBase = strategy.find((item) => item.base > 0);
  if (withBase !== undefined)
    for (let left = withBase.base; left > 0 && chosen.length < count; left--) chosen.push(withBase.capacityProvider);
  // The only one of a strategy takes all, whatever its weight.
  const sharing = strategy.length === 1 ? strategy : strategy.filter((item) => item.weight > 0);
  const given = new Map<string, number>();
  while (chosen.length < count && sharing.length > 0) {
    const next = sharing.reduce((best, item) =>
      (given.get(item.capacityProvider) ?? 0) / item.weight < (given.get(best.capacityProvider) ?? 0) / best.weight
        ? item
        : best,
    );
    given.set(next.capacityProvider, (given.get(next.capacityProvider) ?? 0) + 1);
    chosen.push(next.capacityProvider);
  }
  return chosen.filter(isBuiltIn);
}

/**
 * The network configuration must be there for awsvpc, and only there.
 * @throws InvalidParameterException
 */
export function checkNetworkConfiguration(
  request: Pick<RunTaskRequest, 'networkConfiguration'>,
  definition: TaskDefinitionRecord,
  launchType: LaunchPlan['launchType'],
): void {
  const given = request.networkConfiguration?.awsvpcConfiguration;
  if (networkModeOf(definition.definition) !== 'awsvpc') {
    if (given !== undefined)
      throw invalidParameter('Network Configuration is not valid for the given networkMode of this task definition.');
    return;
  }
  if (given === undefined)
    throw invalidParameter("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  if (given.subnets.length === 0) throw invalidParameter('subnets can not be empty.');
  if (given.subnets.length > 16) throw invalidParameter('subnets can have at most 16 items.');
  if ((given.securityGroups ?? []).length > 5) throw invalidParameter('securityGroups can have at most 5 items.');
  if (given.assignPublicIp === 'ENABLED' && launchType !== 'FARGATE')
    throw invalidParameter('Assign public IP is not supported for this launch type.');
}
