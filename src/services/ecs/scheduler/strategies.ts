import { InvalidArgument } from '../../../kernel/index.ts';
import type { PlacementStrategy } from '../../../protocol/generated/ecs.ts';
import type { InstancePool } from './instance-pool.ts';
import { maxStrategies } from './limits.ts';

/** How to choose among the instances that can take a task. The first strategy decides; each further one decides among those the earlier left equal. */
export type Strategy =
  /** Fewest tasks of the group on instances with the same value. */
  | { readonly kind: 'spread'; readonly by: 'instanceId' }
  | { readonly kind: 'spread'; readonly by: 'attribute'; readonly attribute: string }
  /** Least left of the resource. */
  | { readonly kind: 'binpack'; readonly resource: 'cpu' | 'memory' }
  | { readonly kind: 'random' };

/** What ECS gives a service that names no strategy. */
export const serviceDefaultStrategies: readonly Strategy[] = [
  { kind: 'spread', by: 'attribute', attribute: 'ecs.availability-zone' },
];

/**
 * Reads the placementStrategy of a service or RunTask.
 * @throws InvalidArgument when there are too many, or one is malformed
 */
export function readStrategies(given: readonly PlacementStrategy[]): readonly Strategy[] {
  if (given.length > maxStrategies)
    throw new InvalidArgument(`At most ${maxStrategies} placement strategies are allowed, not ${given.length}`);
  return given.map(readStrategy);
}

function readStrategy({ type, field = '' }: PlacementStrategy): Strategy {
  switch (type) {
    case 'random':
      if (field !== '') throw new InvalidArgument('random field should not be specified.');
      return { kind: 'random' };
    case 'binpack': {
      const resource = field.toLowerCase();
      if (resource !== 'cpu' && resource !== 'memory')
        throw new InvalidArgument(`The field ${JSON.stringify(field)} of a binpack strategy is not one of cpu, memory`);
      return { kind: 'binpack', resource };
    }
    case 'spread':
      return readSpread(field);
    default:
      throw new InvalidArgument(
        `The type ${JSON.stringify(type ?? '')} of a placement strategy is not one of random, spread, binpack`,
      );
  }
}

function readSpread(field: string): Strategy {
  // `host` is an alias of AWS's for instanceId.
  if (field.toLowerCase() === 'instanceid' || field.toLowerCase() === 'host')
    return { kind: 'spread', by: 'instanceId' };
  const attribute = /^attribute:(.{1,128})$/s.exec(field)?.[1];
  if (attribute === undefined)
    throw new InvalidArgument(
      `The field ${JSON.stringify(field)} of a spread strategy is not one of instanceId, host, attribute:<name>`,
    );
  return { kind: 'spread', by: 'attribute', attribute };
}

/** A number per instance, lower is better: `numbers[index[slot]]`. The detour lets instances with one attribute value share a number. */
export interface Ranking {
  readonly index: Int32Array;
  readonly numbers: Float64Array;
}

/** The rankings of a chain of strategies, the deciding one first. What they leave equal is left to chance. */
export function rank(strategies: readonly Strategy[], pool: InstancePool, group: string): readonly Ranking[] {
  const rankings: Ranking[] = [];
  for (const strategy of strategies) {
    // Chance leaves nothing equal for those after it.
    if (strategy.kind === 'random') break;
    rankings.push(rankOne(strategy, pool, group));
  }
  return rankings;
}

function rankOne(strategy: Exclude<Strategy, { kind: 'random' }>, pool: InstancePool, group: string): Ranking {
  if (strategy.kind === 'binpack')
    return { index: pool.slots, numbers: strategy.resource === 'cpu' ? pool.freeCpuUnits : pool.freeMemoryMiB };
  const counts = pool.groupColumn(group);
  if (strategy.by === 'instanceId') return { index: pool.slots, numbers: counts };
  const { numbers: index, values } = pool.attributeColumn(strategy.attribute);
  const sums = new Float64Array(values.size);
  for (let slot = 0; slot < pool.slotCount; slot++) {
    const value = index[slot] as number;
    sums[value] = (sums[value] as number) + (counts[slot] as number);
  }
  return { index, numbers: sums };
}
