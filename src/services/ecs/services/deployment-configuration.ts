import type {
  DeploymentCircuitBreaker,
  DeploymentConfiguration,
  ThresholdConfiguration,
} from '../../../protocol/generated/ecs.ts';
import { invalidParameter, notImplemented } from '../errors.ts';
import type { ServiceRecord } from '../records/service.ts';
import { present } from '../tasks/new-task.ts';

const defaultMaximumPercent = 200;
const defaultMinimumHealthyPercent = 100;
/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ThresholdConfiguration.html */
const defaultThreshold: ThresholdConfiguration = { type: 'BOUNDED_PERCENT', value: 50 };
const maxAlarms = 10;
const maxBakeTimeMinutes = 1_440;

type Scheduling = Pick<ServiceRecord, 'schedulingStrategy' | 'deploymentController'>;

/**
 * The configuration with ECS's defaults, of a new service; or, with `present`, after an update, which replaces whole members.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
 */
export function deploymentConfigurationOf(
  given: DeploymentConfiguration | undefined,
  { schedulingStrategy }: Scheduling,
  before?: DeploymentConfiguration,
): DeploymentConfiguration {
  const defaults =
    schedulingStrategy === 'DAEMON'
      ? { maximumPercent: 100, minimumHealthyPercent: 0 }
      : { maximumPercent: defaultMaximumPercent, minimumHealthyPercent: defaultMinimumHealthyPercent };
  const said = { ...defaults, strategy: 'ROLLING' as const, ...present(before ?? {}), ...present(given ?? {}) };
  return { ...said, deploymentCircuitBreaker: withBreakerDefaults(said.deploymentCircuitBreaker) };
}

function withBreakerDefaults(breaker: DeploymentCircuitBreaker | undefined): DeploymentCircuitBreaker {
  if (breaker?.enable !== true) return { enable: false, rollback: breaker?.rollback ?? false };
  return {
    ...breaker,
    resetOnHealthyTask: breaker.resetOnHealthyTask ?? true,
    thresholdConfiguration: breaker.thresholdConfiguration ?? defaultThreshold,
  };
}

/**
 * Checks a configuration with its defaults.
 * @param given what the request said, for members that are refused whatever their value
 * @throws InvalidParameterException, or UnsupportedFeatureException for what has no machinery yet
 */
export function checkDeploymentConfiguration(
  given: DeploymentConfiguration | undefined,
  {
    schedulingStrategy,
    deploymentController,
    deploymentConfiguration: made,
  }: Scheduling & Pick<ServiceRecord, 'deploymentConfiguration'>,
): void {
  const { maximumPercent = 0, minimumHealthyPercent = 0 } = made;
  if (maximumPercent < 0 || minimumHealthyPercent < 0)
    throw invalidParameter('maximumPercent and minimumHealthyPercent must be positive integers.');
  if (schedulingStrategy === 'DAEMON') {
    if (maximumPercent > 100 && minimumHealthyPercent < 100 && (given?.maximumPercent ?? 0) > 200)
      throw invalidParameter('maximumPercent should be between 100 and 200 for the daemon scheduling strategy.');
  } else if (maximumPercent < 100) throw invalidParameter('maximumPercent must be between 100 and 200.');
  if (minimumHealthyPercent > 100) throw invalidParameter('minimumHealthyPercent must be between 0 and 100.');
  if (maximumPercent <= 100 && minimumHealthyPercent >= 100)
    throw invalidParameter(
      'Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.',
    );
  checkStrategy(given, made);
  checkCircuitBreaker(made, deploymentController);
  const alarms = made.alarms;
  if (alarms === undefined) return;
  if (deploymentController !== 'ECS')
    throw invalidParameter('Deployment alarms can only be used with the ECS deployment controller.');
  if (alarms.enable && alarms.alarmNames.length === 0)
    throw invalidParameter('alarmNames cannot be empty when deployment alarms are enabled.');
  if (alarms.alarmNames.length > maxAlarms) throw invalidParameter(`alarmNames can have at most ${maxAlarms} items.`);
}

function checkStrategy(given: DeploymentConfiguration | undefined, made: DeploymentConfiguration): void {
  if (made.strategy !== 'ROLLING') throw notImplemented(`Deployment strategy ${made.strategy}`);
  if ((given?.lifecycleHooks ?? []).length > 0)
    throw invalidParameter(
      'Lifecycle hooks are only supported with the BLUE_GREEN, LINEAR and CANARY deployment strategies.',
    );
  if (given?.linearConfiguration !== undefined || given?.canaryConfiguration !== undefined)
    throw invalidParameter('linearConfiguration and canaryConfiguration need the deployment strategy of that name.');
  if (given?.earlySuccessCriteria !== undefined) throw notImplemented('earlySuccessCriteria');
  const bake = made.bakeTimeInMinutes;
  if (bake !== undefined && (bake < 0 || bake > maxBakeTimeMinutes))
    throw invalidParameter(`bakeTimeInMinutes must be between 0 and ${maxBakeTimeMinutes}.`);
}

function checkCircuitBreaker({ deploymentCircuitBreaker: breaker }: DeploymentConfiguration, controller: string): void {
  if (breaker?.enable !== true) return;
  if (controller !== 'ECS')
    throw invalidParameter('Deployment circuit breaker can only be used with the ECS deployment controller.');
  const { type, value } = breaker.thresholdConfiguration ?? defaultThreshold;
  if (!Number.isInteger(value) || value < 1) throw invalidParameter('thresholdConfiguration value must be at least 1.');
  if (type !== 'COUNT' && value > 100)
    throw invalidParameter(`thresholdConfiguration value must be between 1 and 100 for type ${type}.`);
}
