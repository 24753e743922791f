import type { Database } from '../../../store/index.ts';
import { presentRows, scopeOf, type Elbv2Deps, type Elbv2Handler } from '../core.ts';
import { targetGroupsNotFound, validationError } from '../errors.ts';
import { listPage, nextMarker, tablePage } from '../paging.ts';
import { listenerKey, listeners, targetGroupsOf } from '../records/listener.ts';
import type { LoadBalancerRecord } from '../records/load-balancer.ts';
import { scopeText } from '../records/scope.ts';
import { targetGroupArn, targetGroupKey, targetGroups, type TargetGroupRecord } from '../records/target-group.ts';
import { findTargetGroup, neededLoadBalancer, targetGroupOf } from '../references.ts';
import { describedTargetGroup } from '../target-groups/described.ts';

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetGroups.html */
export function describeTargetGroups({ db }: Elbv2Deps): Elbv2Handler<'DescribeTargetGroups'> {
  const shown = (rows: readonly TargetGroupRecord[]) => rows.map((row) => describedTargetGroup(db, row));
  return (input, context) => {
    const scope = scopeOf(context);
    const rows = presentRows(db);
    const { LoadBalancerArn: loadBalancer, TargetGroupArns: arns = [], Names: names = [] } = input;
    if ([loadBalancer !== undefined, arns.length > 0, names.length > 0].filter(Boolean).length > 1) {
      throw validationError(
        'Only one of target group ARNs, target group names and a load balancer ARN can be specified',
      );
    }
    if (loadBalancer !== undefined) {
      const all = groupsOfLoadBalancer(db, neededLoadBalancer(rows, scope, loadBalancer));
      const { items, next } = listPage(all, targetGroupArn, input);
      return { TargetGroups: shown(items), ...next };
    }
    if (arns.length > 0) {
      const found = [...new Set(arns)].map((arn) => findTargetGroup(rows, scope, arn));
      if (found.includes(undefined)) throw targetGroupsNotFound();
      return { TargetGroups: shown(found.filter((row) => row !== undefined)) };
    }
    if (names.length > 0) {
      const found = [...new Set(names)].map((name) => rows.get(targetGroups, targetGroupKey(scope, name)));
      if (found.includes(undefined)) throw targetGroupsNotFound();
      return { TargetGroups: shown(found.filter((row) => row !== undefined)) };
    }
    const page = tablePage(db.table(targetGroups), { index: 'scope', value: scopeText(scope) }, input);
    return { TargetGroups: shown(page.rows.map(({ row }) => row)), ...nextMarker(page.next) };
  };
}

/** Target groups that a load balancer's listeners and rules lead to, in the order of its listeners. */
function groupsOfLoadBalancer(db: Database, loadBalancer: LoadBalancerRecord): readonly TargetGroupRecord[] {
  const rows = presentRows(db);
  const arns = loadBalancer.listeners.flatMap(({ id }) => {
    const listener = rows.get(listeners, listenerKey({ loadBalancer, id }));
    return listener === undefined ? [] : targetGroupsOf(listener);
  });
  return [...new Set(arns)].map((arn) => targetGroupOf(rows, arn)).filter((row) => row !== undefined);
}
