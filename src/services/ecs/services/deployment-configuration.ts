import type {
  DeploymentCircuitBreaker,
  DeploymentConfiguration,
  DeploymentLifecycleHook,
  ThresholdConfiguration,
} from '../../../protocol/generated/ecs.ts';
import { invalidParameter, notImplemented } from '../errors.ts';
import type { ServiceRecord } from '../records/service.ts';
import { canaryDefaults, linearDefaults } from '../deployments/traffic.ts';
import { shiftsTraffic } from '../deployments/strategy.ts';
import { present } from '../tasks/new-task.ts';
import { checkLifecycleHooks } from './lifecycle-hook-rules.ts';

const defaultMaximumPercent = 200;
const defaultMinimumHealthyPercent = 100;
/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ThresholdConfiguration.html */
const defaultThreshold: ThresholdConfiguration = { type: 'BOUNDED_PERCENT', value: 50 };
const maxAlarms = 10;
const maxBakeTimeMinutes = 1_440;
/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LinearConfiguration.html */
const minStepPercent = 3;
/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CanaryConfiguration.html */
const minCanaryPercent = 0.1;

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
  return { ...withShiftDefaults(said), deploymentCircuitBreaker: withBreakerDefaults(said.deploymentCircuitBreaker) };
}

/** Steps belong to their own strategy: an update to another one leaves them behind. */
function withShiftDefaults(said: DeploymentConfiguration): DeploymentConfiguration {
  const { linearConfiguration, canaryConfiguration, lifecycleHooks, ...rest } = said;
  const { strategy } = said;
  return {
    ...rest,
    ...(strategy === 'LINEAR'
      ? { linearConfiguration: { ...linearDefaults, ...present(linearConfiguration ?? {}) } }
      : {}),
    ...(strategy === 'CANARY'
      ? { canaryConfiguration: { ...canaryDefaults, ...present(canaryConfiguration ?? {}) } }
      : {}),
    ...(shiftsTraffic(said) && lifecycleHooks !== undefined
      ? { lifecycleHooks: lifecycleHooks.map(withHookDefaults) }
      : {}),
  };
}

function withHookDefaults(hook: DeploymentLifecycleHook): DeploymentLifecycleHook {
  return { ...hook, targetType: hook.targetType ?? 'AWS_LAMBDA' };
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
  checkStrategy(given, made, { schedulingStrategy, deploymentController });
  checkCircuitBreaker(made, deploymentController);
  const alarms = made.alarms;
  if (alarms === undefined) return;
  if (deploymentController !== 'ECS')
    throw invalidParameter('Deployment alarms can only be used with the ECS deployment controller.');
  if (alarms.enable && alarms.alarmNames.length === 0)
    throw invalidParameter('alarmNames cannot be empty when deployment alarms are enabled.');
  if (alarms.alarmNames.length > maxAlarms) throw invalidParameter(`alarmNames can have at most ${maxAlarms} items.`);
}

function checkStrategy(
  given: DeploymentConfiguration | undefined,
  made: DeploymentConfiguration,
  { schedulingStrategy, deploymentController }: Scheduling,
): void {
  if (shiftsTraffic(made)) {
    if (deploymentController !== 'ECS')
      throw invalidParameter(`The ${made.strategy} deployment strategy needs the ECS deployment controller.`);
    if (schedulingStrategy === 'DAEMON')
      throw invalidParameter(`The ${made.strategy} deployment strategy needs the REPLICA scheduling strategy.`);
    checkLifecycleHooks(made.lifecycleHooks ?? []);
  } else if ((given?.lifecycleHooks ?? []).length > 0)
    throw invalidParameter(
      'Lifecycle hooks are only supported with the BLUE_GREEN, LINEAR and CANARY deployment strategies.',
    );
  if (
    (given?.linearConfiguration !== undefined && made.strategy !== 'LINEAR') ||
    (given?.canaryConfiguration !== undefined && made.strategy !== 'CANARY')
  )
    throw invalidParameter('linearConfiguration and canaryConfiguration need the deployment strategy of that name.');
  if (given?.earlySuccessCriteria !== undefined) throw notImplemented('earlySuccessCriteria');
  checkMinutes('bakeTimeInMinutes', made.bakeTimeInMinutes);
  const { stepPercent, stepBakeTimeInMinutes } = made.linearConfiguration ?? {};
  checkPercent('stepPercent', stepPercent, minStepPercent);
  checkMinutes('stepBakeTimeInMinutes', stepBakeTimeInMinutes);
  const { canaryPercent, canaryBakeTimeInMinutes } = made.canaryConfiguration ?? {};
  checkPercent('canaryPercent', canaryPercent, minCanaryPercent);
  checkMinutes('canaryBakeTimeInMinutes', canaryBakeTimeInMinutes);
}

function checkMinutes(name: string, minutes: number | undefined): void {
  if (minutes !== undefined && (!Number.isInteger(minutes) || minutes < 0 || minutes > maxBakeTimeMinutes))
    throw invalidParameter(`${name} must be between 0 and ${maxBakeTimeMinutes}.`);
}

/** In tenths. */
function checkPercent(name: string, percent: number | undefined, min: number): void {
  if (percent === undefined) return;
  const tenths = Math.round(percent * 10);
  if (percent < min || percent > 100 || Math.abs(tenths - percent * 10) > 1e-6)
    throw invalidParameter(`${name} must be a multiple of 0.1 between ${min.toFixed(1)} and 100.0.`);
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
