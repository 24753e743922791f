import type { TargetHealthRecord } from '../records/target.ts';

const rank = { initial: 0, healthy: 1, unhealthy: 2 } as const;

/**
 * What several data planes that see one target differently mean together: unhealthy if one of them says so, healthy if one does and none
 * says otherwise. Traffic may come through any of them, so what one cannot reach is not healthy.
 */
export function worstHealth(told: readonly TargetHealthRecord[]): TargetHealthRecord | undefined {
  return told.reduce<TargetHealthRecord | undefined>(
    (worst, one) => (worst === undefined || rank[one.state] > rank[worst.state] ? one : worst),
    undefined,
  );
}
