import { scopeOf, type Elbv2Deps, type Elbv2Handler } from '../core.ts';
import { invalidConfiguration, notImplemented } from '../errors.ts';
import { describedZones } from '../load-balancers/described.ts';
import { replacedZones, wantedZones } from '../load-balancers/zones.ts';
import { loadBalancerKey, loadBalancers } from '../records/load-balancer.ts';
import { neededLoadBalancer } from '../references.ts';

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetSubnets.html */
export function setSubnets({ db, network }: Elbv2Deps): Elbv2Handler<'SetSubnets'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    if ((input.IpAddressType ?? 'ipv4') !== 'ipv4') throw notImplemented(`The IP address type ${input.IpAddressType}`);
    if (input.EnablePrefixForIpv6SourceNat === 'on') throw notImplemented('EnablePrefixForIpv6SourceNat');
    const { result } = await db.transact((tx) => {
      const row = neededLoadBalancer(tx, scope, input.LoadBalancerArn);
      const wanted = wantedZones(network, scope, input, row);
      if (wanted.some(({ subnet }) => subnet.vpcId !== row.vpcId)) {
        throw invalidConfiguration(`All subnets must belong to the VPC '${row.vpcId}' of the load balancer`);
      }
      const next = { ...row, zones: replacedZones(tx, network, row, wanted) };
      tx.put(loadBalancers, loadBalancerKey(row, row.name), next);
      return next;
    });
    return { AvailabilityZones: describedZones(result), IpAddressType: 'ipv4' };
  };
}
