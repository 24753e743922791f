import type { BalancerReport } from '../../balancer-protocol/index.ts';
import { limits } from '../limits.ts';

/** A report as several that are no longer than the control plane takes. */
export function reportParts(report: BalancerReport): readonly BalancerReport[] {
  switch (report.type) {
    case 'applied':
      return [report];
    case 'health':
      return parts(report.targets).map((targets) => ({ type: 'health', targets }));
    case 'drained':
      return parts(report.targets).map((targets) => ({ type: 'drained', targets }));
    case 'listeners':
      return parts(report.listeners).map((listeners) => ({ type: 'listeners', listeners }));
  }
}

function parts<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const found: (readonly Item[])[] = [];
  for (let at = 0; at < items.length; at += limits.reportedAtOnce)
    found.push(items.slice(at, at + limits.reportedAtOnce));
  return found;
}
