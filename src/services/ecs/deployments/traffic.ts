import type { DeploymentConfiguration } from '../../../protocol/generated/ecs.ts';
import type { TargetGroupWeight } from '../ports.ts';

const minuteMs = 60_000;
/** AWS's defaults. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LinearConfiguration.html */
export const linearDefaults = { stepPercent: 10, stepBakeTimeInMinutes: 6 } as const;
/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CanaryConfiguration.html */
export const canaryDefaults = { canaryPercent: 5, canaryBakeTimeInMinutes: 10 } as const;

export interface Shift {
  /** Percent of production traffic that the target revision has now. */
  readonly percent: number;
  /** When the next step comes, counted from the beginning of the shift; absent after the last. */
  readonly nextAfterMs?: number;
}

/** How far the production traffic has been shifted `elapsedMs` after the shift began. Pure. */
export function productionShift(configuration: DeploymentConfiguration, elapsedMs: number): Shift {
  if (configuration.strategy === 'CANARY') {
    const { canaryPercent, canaryBakeTimeInMinutes } = { ...canaryDefaults, ...configuration.canaryConfiguration };
    const bakeMs = (canaryBakeTimeInMinutes ?? canaryDefaults.canaryBakeTimeInMinutes) * minuteMs;
    return elapsedMs >= bakeMs
      ? { percent: 100 }
      : { percent: canaryPercent ?? canaryDefaults.canaryPercent, nextAfterMs: bakeMs };
  }
  if (configuration.strategy === 'LINEAR') {
    const given = { ...linearDefaults, ...configuration.linearConfiguration };
    const stepPercent = given.stepPercent ?? linearDefaults.stepPercent;
    const stepMs = (given.stepBakeTimeInMinutes ?? linearDefaults.stepBakeTimeInMinutes) * minuteMs;
    const step = stepMs === 0 ? Number.POSITIVE_INFINITY : Math.floor(elapsedMs / stepMs) + 1;
    const percent = Math.min(100, step * stepPercent);
    return percent >= 100 ? { percent: 100 } : { percent, nextAfterMs: step * stepMs };
  }
  return { percent: 100 };
}

/** The two groups of a rule between which traffic is shifted. */
export interface Pair {
  /** Of the revision that the traffic goes to. */
  readonly to: string;
  /** Of the revision that has it until then. */
  readonly from: string;
}

/**
 * Weights that send `percent` to one group of a pair and the rest to the other. Whole percents sum to 100; tenths, which a canary may have, to 1,000,
 * of which a weight is at most 999.
 */
export function pairWeights({ to, from }: Pair, percent: number): readonly TargetGroupWeight[] {
  const sum = Number.isInteger(percent) ? 100 : 1_000;
  const weight = Math.round((percent * sum) / 100);
  return [
    { targetGroupArn: to, weight },
    { targetGroupArn: from, weight: sum - weight },
  ];
}

/** The pair's weights where the rule does not send traffic as it should; undefined where it does already. */
export function neededWeights(
  present: readonly TargetGroupWeight[],
  pair: Pair,
  percent: number,
): readonly TargetGroupWeight[] | undefined {
  const wanted = pairWeights(pair, percent);
  const weightOf = (arn: string): number => present.find((one) => one.targetGroupArn === arn)?.weight ?? 0;
  return wanted.every(({ targetGroupArn, weight }) => weightOf(targetGroupArn) === weight) ? undefined : wanted;
}
