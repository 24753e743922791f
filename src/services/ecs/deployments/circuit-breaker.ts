import type { DeploymentConfiguration } from '../../../protocol/generated/ecs.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html */
const minThreshold = 3;
const maxThreshold = 200;
const defaultPercent = 50;

/**
 * Failures after which the circuit breaker fails a deployment of a service that wants `desiredCount` tasks. The bounded percentage (the default,
 * 50) is at least 3 and at most 200; the unbounded one and the count are as given, and at least 1.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ThresholdConfiguration.html
 */
export function failureThreshold(configuration: DeploymentConfiguration, desiredCount: number): number {
  const { type, value } = configuration.deploymentCircuitBreaker?.thresholdConfiguration ?? {
    type: 'BOUNDED_PERCENT',
    value: defaultPercent,
  };
  if (type === 'COUNT') return value;
  const share = Math.ceil((value / 100) * desiredCount);
  return type === 'UNBOUNDED_PERCENT' ? Math.max(1, share) : Math.min(maxThreshold, Math.max(minThreshold, share));
}
