import type { StrategyItem } from '../records/cluster.ts';

/**
 * The capacity provider of the next task of a service: base first, then by weight over all its tasks.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html
 * @param present tasks of the deployment by provider
 */
export function nextProvider(
  strategy: readonly StrategyItem[],
  present: ReadonlyMap<string, number>,
): string | undefined {
  const count = (item: StrategyItem): number => present.get(item.capacityProvider) ?? 0;
  const base = strategy.find((item) => item.base > count(item));
  if (base !== undefined) return base.capacityProvider;
  // The only one of a strategy takes all, whatever its weight.
  const sharing = strategy.length === 1 ? strategy : strategy.filter(({ weight }) => weight > 0);
  const share = (item: StrategyItem): number => (count(item) - item.base) / Math.max(1, item.weight);
  return sharing.reduce<StrategyItem | undefined>(
    (best, item) => (best === undefined || share(item) < share(best) ? item : best),
    undefined,
  )?.capacityProvider;
}
