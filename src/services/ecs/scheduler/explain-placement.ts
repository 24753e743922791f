import type { Candidate } from './candidate.ts';
import { checks, type Reason } from './checks.ts';
import { launchTypes, type InstancePool } from './instance-pool.ts';
import type { RankedRequirements } from './place.ts';
import { rank, type Strategy } from './strategies.ts';

/** How one container instance stands to a task. */
export interface ExplainedInstance {
  readonly instanceKey: string;
  /** `best`: it may be chosen, by chance among several; `worse`: it could take the task, another ranks above it; `refused`: it cannot. */
  readonly verdict: 'best' | 'worse' | 'refused';
  /** All that speaks against it, not only the first. */
  readonly reasons: readonly Reason[];
  /** What each strategy that counts says of it, less is better; of those that can take the task. */
  readonly ranks: readonly { readonly strategy: string; readonly value: number }[];
}

/** A strategy as the API would have it written. */
export function strategyText(strategy: Strategy): string {
  switch (strategy.kind) {
    case 'random':
      return 'random';
    case 'binpack':
      return `binpack:${strategy.resource}`;
    case 'spread':
      return strategy.by === 'instanceId' ? 'spread:instanceId' : `spread:attribute:${strategy.attribute}`;
  }
}

/** Every instance of the cluster, and where a task would go now. Changes nothing; placement itself asks the same checks and rankings. */
export function explainPlacement(request: RankedRequirements, pool: InstancePool): readonly ExplainedInstance[] {
  const rankings = rank(request.strategies, pool, request.group);
  const names = request.strategies.map(strategyText);
  const found = [...pool.candidates()].flatMap((candidate) => {
    if (candidate.record === undefined) return [];
    const reasons = reasonsAgainst(candidate, request, pool);
    const ranks =
      reasons.length > 0
        ? []
        : rankings.map(({ index, numbers }, at) => ({
            strategy: names[at] ?? '',
            value: numbers[index[candidate.slot] as number] as number,
          }));
    return [{ instanceKey: candidate.key, reasons, ranks }];
  });
  const possible = found.filter(({ reasons }) => reasons.length === 0).sort(byRanks);
  const best = possible[0];
  return found.map((one) => {
    if (one.reasons.length > 0) return { ...one, verdict: 'refused' as const };
    return { ...one, verdict: best !== undefined && byRanks(one, best) === 0 ? ('best' as const) : ('worse' as const) };
  });
}

function byRanks(left: Pick<ExplainedInstance, 'ranks'>, right: Pick<ExplainedInstance, 'ranks'>): number {
  for (const [at, { value }] of left.ranks.entries()) {
    const difference = value - (right.ranks[at]?.value ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function reasonsAgainst(candidate: Candidate, request: RankedRequirements, pool: InstancePool): readonly Reason[] {
  const { record } = candidate;
  const wrong: Reason[] = [];
  if (record !== undefined && record.status !== 'ACTIVE')
    wrong.push({ reason: 'INACTIVE', detail: `the container instance is ${record.status}, not ACTIVE` });
  else if (pool.readiness[candidate.slot] !== launchTypes[request.launchType])
    wrong.push({
      reason: 'LAUNCH_TYPE',
      detail: `the container instance takes tasks of launch type ${record?.launchType ?? ''}, the task is ${request.launchType}`,
    });
  const failed = checks.filter((check) => !check.check(candidate, request));
  return [...wrong, ...failed.map((check) => check.explain(candidate, request))];
}
