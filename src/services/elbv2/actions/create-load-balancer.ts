import { ApiError } from '../../../protocol/api/index.ts';
import type { Transaction } from '../../../store/index.ts';
import { scopeOf, type Elbv2Deps, type Elbv2Handler, type Input } from '../core.ts';
import { notImplemented, tooMany } from '../errors.ts';
import { maxLoadBalancersPerRegion } from '../limits.ts';
import { describedLoadBalancer } from '../load-balancers/described.ts';
import { newDnsName } from '../load-balancers/dns-name.ts';
import { checkedSecurityGroups } from '../load-balancers/security-groups.ts';
import { attachZone, wantedZones, type WantedZone } from '../load-balancers/zones.ts';
import { checkLoadBalancerName } from '../names.ts';
import { loadBalancerArn, loadBalancerKey, loadBalancers, type LoadBalancerRecord } from '../records/load-balancer.ts';
import { scopeText, type Scope, type Tag } from '../records/scope.ts';
import { checkedTags } from '../tags.ts';

/** What was asked for, checked. */
interface Wanted extends Pick<LoadBalancerRecord, 'name' | 'type' | 'scheme' | 'vpcId' | 'securityGroups'> {
  readonly zones: readonly WantedZone[];
  readonly tags: readonly Tag[];
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html */
export function createLoadBalancer(deps: Elbv2Deps): Elbv2Handler<'CreateLoadBalancer'> {
  return async (input, context) => {
    const scope = scopeOf(context);
    const wanted = checkedRequest(deps, scope, input);
    const { result } = await deps.db.transact((tx) => {
      const present = tx.get(loadBalancers, loadBalancerKey(scope, wanted.name));
      return present === undefined ? create(tx, deps, scope, wanted) : sameOrDuplicate(present, wanted);
    });
    return { LoadBalancers: [describedLoadBalancer(deps.states, result)] };
  };
}

function checkedRequest({ network }: Elbv2Deps, scope: Scope, input: Input<'CreateLoadBalancer'>): Wanted {
  const { Name: name, Type: type = 'application', Scheme: scheme = 'internet-facing' } = input;
  checkLoadBalancerName(name);
  if (type === 'gateway') throw notImplemented('A load balancer of type gateway');
  if ((input.IpAddressType ?? 'ipv4') !== 'ipv4') throw notImplemented(`The IP address type ${input.IpAddressType}`);
  if (input.CustomerOwnedIpv4Pool !== undefined) throw notImplemented('CustomerOwnedIpv4Pool');
  if (input.IpamPools !== undefined) throw notImplemented('IpamPools');
  if (input.EnablePrefixForIpv6SourceNat === 'on') throw notImplemented('EnablePrefixForIpv6SourceNat');
  const tags = checkedTags(input.Tags);
  const zones = wantedZones(network, scope, input, { type, scheme });
  const vpcId = zones[0]?.subnet.vpcId ?? '';
  const given = checkedSecurityGroups(network, scope, vpcId, input.SecurityGroups ?? []);
  // A Network Load Balancer may have none, and then never gets any.
  const securityGroups =
    given.length === 0 && type === 'application' ? [network.defaultSecurityGroup(scope, vpcId)] : given;
  return { name, type, scheme, vpcId, securityGroups, zones, tags };
}

function create(tx: Transaction, deps: Elbv2Deps, scope: Scope, wanted: Wanted): LoadBalancerRecord {
  const { db, ids, clock, network, addresses } = deps;
  const { type } = wanted;
  if (db.table(loadBalancers).count('scopeType', `${scopeText(scope)}/${type}`) >= maxLoadBalancersPerRegion) {
    throw tooMany(
      'LoadBalancers',
      `The maximum number of ${type} load balancers (${maxLoadBalancersPerRegion}) has been reached`,
    );
  }
  const { zones, ...asked } = wanted;
  const named = { ...scope, ...asked, id: ids.hex(16) };
  const row: LoadBalancerRecord = {
    ...named,
    dnsName: unusedDnsName(deps, named),
    createdAtMs: clock.nowMs(),
    zones: zones.map((zone) => attachZone(tx, network, named, zone)),
    loopbackAddress: addresses.take(tx, loadBalancerArn(named)),
    attributes: {},
    listeners: [],
  };
  tx.create(loadBalancers, loadBalancerKey(scope, row.name), row);
  return row;
}

/** The digits of a name are few enough that two load balancers of one name in two accounts could get the same. */
function unusedDnsName({ db, ids }: Elbv2Deps, row: Parameters<typeof newDnsName>[1]): string {
  for (;;) {
    const dnsName = newDnsName(ids, row);
    if (db.table(loadBalancers).count('dnsName', dnsName.toLowerCase()) === 0) return dnsName;
  }
}

/** Creating the same again answers with what there is. @throws DuplicateLoadBalancerName */
function sameOrDuplicate(present: LoadBalancerRecord, wanted: Wanted): LoadBalancerRecord {
  const isSame =
    present.type === wanted.type &&
    present.scheme === wanted.scheme &&
    sameItems(present.securityGroups, wanted.securityGroups) &&
    sameItems(
      present.zones.map(({ subnetId }) => subnetId),
      wanted.zones.map(({ subnet }) => subnet.id),
    );
  if (isSame) return present;
  throw new ApiError(
    'DuplicateLoadBalancerName',
    `A load balancer with the same name '${wanted.name}' exists, but with different settings`,
  );
}

function sameItems(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((item) => right.includes(item));
}
