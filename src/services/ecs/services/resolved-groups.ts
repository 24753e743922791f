import { shiftsTraffic } from '../deployments/strategy.ts';
import type { DeploymentConfiguration, LoadBalancers } from '../../../protocol/generated/ecs.ts';
import { targetGroupsOf, type ServiceRevisionRecord } from '../records/service-revision.ts';

/**
 * The target groups that the tasks of a new revision register with. Of a pair: the one that the revision with the production traffic does not use, if the
 * strategy shifts traffic; the same one, if it does not. Undefined: as the load balancers name them.
 * @param production the revision that has the production traffic, if any
 */
export function resolvedGroups(
  loadBalancers: LoadBalancers,
  configuration: DeploymentConfiguration,
  production: ServiceRevisionRecord | undefined,
): readonly string[] | undefined {
  if (loadBalancers.every(({ advancedConfiguration }) => advancedConfiguration === undefined)) return undefined;
  const used = new Set(production === undefined ? [] : targetGroupsOf(production));
  return loadBalancers.map(({ targetGroupArn = '', advancedConfiguration }) => {
    const alternate = advancedConfiguration?.alternateTargetGroupArn;
    if (alternate === undefined) return targetGroupArn;
    const present = used.has(alternate) ? alternate : targetGroupArn;
    if (!used.has(present) || !shiftsTraffic(configuration)) return present;
    return present === alternate ? targetGroupArn : alternate;
  });
}
