import type { HealthCheckConfig, TargetHealthState } from '../../balancer-protocol/index.ts';

/** What one health check found. */
export type CheckOutcome =
  | { readonly passed: true }
  | { readonly passed: false; readonly reason: FailureReason; readonly description: string };

export type FailureReason = 'Target.ResponseCodeMismatch' | 'Target.Timeout' | 'Target.FailedHealthChecks';

/** A target's health with what led to it. */
export interface HealthView {
  readonly state: TargetHealthState;
  /** Checks in a row that passed, or failed. */
  readonly passes: number;
  readonly failures: number;
  readonly reason?: string;
  readonly description?: string;
}

export type Thresholds = Pick<HealthCheckConfig, 'healthyThreshold' | 'unhealthyThreshold'>;

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html */
export const initialHealth: HealthView = {
  state: 'initial',
  passes: 0,
  failures: 0,
  reason: 'Elb.InitialHealthChecking',
  description: 'Initial health checks in progress',
};

/** Where a target begins: with what is known from before. */
export function startingHealth(last: TargetHealthState): HealthView {
  return last === 'initial' ? initialHealth : { state: last, passes: 0, failures: 0 };
}

/**
 * A target's health after one more check. A new target is healthy after one pass; one that was unhealthy needs `healthyThreshold` passes in a row,
 * and each is unhealthy after `unhealthyThreshold` failures in a row.
 */
export function nextHealth(view: HealthView, outcome: CheckOutcome, thresholds: Thresholds): HealthView {
  if (outcome.passed) {
    const passes = view.passes + 1;
    const needed = view.state === 'initial' ? 1 : thresholds.healthyThreshold;
    if (view.state === 'healthy' || passes >= needed) return { state: 'healthy', passes, failures: 0 };
    return { ...view, passes, failures: 0 };
  }
  const failures = view.failures + 1;
  const { reason, description } = outcome;
  if (view.state === 'unhealthy' || failures >= thresholds.unhealthyThreshold)
    return { state: 'unhealthy', passes: 0, failures, reason, description };
  return { ...view, passes: 0, failures };
}

/** Whether a code is among `200`, `200-299,301` and the like. */
export function matchesCode(matcher: string, code: number): boolean {
  return matcher.split(',').some((part) => {
    const [low = '', high = low] = part.trim().split('-');
    return code >= Number(low) && code <= Number(high);
  });
}

export function mismatch(code: number): CheckOutcome {
  return {
    passed: false,
    reason: 'Target.ResponseCodeMismatch',
    description: `Health checks failed with these codes: [${code}]`,
  };
}

export const timedOut: CheckOutcome = { passed: false, reason: 'Target.Timeout', description: 'Request timed out' };

export const failed: CheckOutcome = {
  passed: false,
  reason: 'Target.FailedHealthChecks',
  description: 'Health checks failed',
};
