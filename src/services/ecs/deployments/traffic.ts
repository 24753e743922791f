import type { DeploymentConfiguration } from '../../../protocol/generated/ecs.ts';
import type { TargetGroupWeight } from '../ports.ts';

const minuteMs = 60_000;
/** AWS's defaults. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LinearConfiguration.html */
export const linearDefaults = { stepPercent: 10, stepBakeTimeInMinutes: 6 } as const;
/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CanaryConfiguration.html */
export const canaryDefaults = { canaryPercent: 5, canaryBakeTimeInMinutes: 10 } as const;

/** One step of the shift of production traffic. */
export interface ShiftStep {
  /** Percent of production traffic that the target revision has in it; 100 is the last step. */
  readonly percent: number;
  /** How long it stays so before the next step. The last step has none. */
  readonly bakeMs: number;
}

const lastStep: ShiftStep = { percent: 100, bakeMs: 0 };

/** What the step with a number, from 0, gives to the target revision. Pure. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-linear.html */
export function shiftStep(configuration: DeploymentConfiguration, step: number): ShiftStep {
  if (configuration.strategy === 'CANARY') {
    const { canaryPercent, canaryBakeTimeInMinutes } = configuration.canaryConfiguration ?? {};
    const percent = canaryPercent ?? canaryDefaults.canaryPercent;
    const minutes = canaryBakeTimeInMinutes ?? canaryDefaults.canaryBakeTimeInMinutes;
    return step > 0 || percent >= 100 ? lastStep : { percent, bakeMs: minutes * minuteMs };
  }
  if (configuration.strategy === 'LINEAR') {
    const { stepPercent, stepBakeTimeInMinutes } = configuration.linearConfiguration ?? {};
    // In tenths, as it is given: three times 33.3 is 99.9.
    const percent = Math.round((step + 1) * (stepPercent ?? linearDefaults.stepPercent) * 10) / 10;
    const minutes = stepBakeTimeInMinutes ?? linearDefaults.stepBakeTimeInMinutes;
    return percent >= 100 ? lastStep : { percent, bakeMs: minutes * minuteMs };
  }
  return lastStep;
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
