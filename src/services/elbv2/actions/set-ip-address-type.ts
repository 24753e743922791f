import { presentRows, scopeOf, type Elbv2Deps, type Elbv2Handler } from '../core.ts';
import { notImplemented } from '../errors.ts';
import { neededLoadBalancer } from '../references.ts';

/**
 * Load balancers have IPv4 addresses only, so the type can only be set to what it is.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetIpAddressType.html
 */
export function setIpAddressType({ db }: Elbv2Deps): Elbv2Handler<'SetIpAddressType'> {
  return ({ LoadBalancerArn, IpAddressType }, context) => {
    neededLoadBalancer(presentRows(db), scopeOf(context), LoadBalancerArn);
    if (IpAddressType !== 'ipv4') throw notImplemented(`The IP address type ${IpAddressType}`);
    return { IpAddressType };
  };
}
