import { scopeOf, type Elbv2Deps, type Elbv2Handler } from '../core.ts';
import { invalidConfiguration, notImplemented, validationError } from '../errors.ts';
import { checkedSecurityGroups } from '../load-balancers/security-groups.ts';
import { loadBalancerKey, loadBalancers } from '../records/load-balancer.ts';
import { neededLoadBalancer } from '../references.ts';

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetSecurityGroups.html */
export function setSecurityGroups({ db, network }: Elbv2Deps): Elbv2Handler<'SetSecurityGroups'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    if (input.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic !== undefined) {
      throw notImplemented('EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic');
    }
    const { result } = await db.transact((tx) => {
      const row = neededLoadBalancer(tx, scope, input.LoadBalancerArn);
      if (row.type === 'network' && row.securityGroups.length === 0) {
        throw invalidConfiguration(
          'You cannot set security groups on a Network Load Balancer that was created without security groups',
        );
      }
      const securityGroups = checkedSecurityGroups(network, scope, row.vpcId, input.SecurityGroups);
      if (securityGroups.length === 0) throw validationError('At least one security group must be specified');
      for (const { networkInterfaceId } of row.zones)
        network.setSecurityGroups(tx, row, networkInterfaceId, securityGroups);
      tx.put(loadBalancers, loadBalancerKey(row, row.name), { ...row, securityGroups });
      return securityGroups;
    });
    return { SecurityGroupIds: result };
  };
}
