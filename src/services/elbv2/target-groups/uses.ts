import type { Database } from '../../../store/index.ts';
import { listeners } from '../records/listener.ts';
import { loadBalancerArn } from '../records/load-balancer.ts';

/** The load balancers whose listeners and rules lead to a target group: one at most, because AWS allows no more. */
export function loadBalancersOf(db: Database, targetGroupArn: string): readonly string[] {
  const table = db.table(listeners);
  const arns = new Set<string>();
  for (const key of table.keys('targetGroup', targetGroupArn)) {
    const row = table.get(key)?.row;
    if (row !== undefined) arns.add(loadBalancerArn(row.loadBalancer));
  }
  return [...arns];
}

/** A listener or rule leads to the group: its targets are checked, and get traffic. */
export function isInUse(db: Database, targetGroupArn: string): boolean {
  return db.table(listeners).count('targetGroup', targetGroupArn) > 0;
}
