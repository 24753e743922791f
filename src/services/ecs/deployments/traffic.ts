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

/** A rule's weights that send `percent` to one target group and the rest to the other; its other groups keep theirs. */
export function shiftedWeights(
  present: readonly TargetGroupWeight[],
  shift: { readonly from: string; readonly to: string; readonly percent: number },
): readonly TargetGroupWeight[] {
  return present.map(({ targetGroupArn, weight }) => {
    if (targetGroupArn === shift.to) return { targetGroupArn, weight: shift.percent };
    return { targetGroupArn, weight: targetGroupArn === shift.from ? 100 - shift.percent : weight };
  });
}
