import { ApiError } from '../../../protocol/api/index.ts';
import type { Database, Transaction } from '../../../store/index.ts';
import { presentRows } from '../core.ts';
import { invalidConfiguration, tooMany } from '../errors.ts';
import { maxTargetGroupsPerLoadBalancer } from '../limits.ts';
import { listenerKey, listeners, targetGroupsOf, type ListenerRecord } from '../records/listener.ts';
import { loadBalancerArn, type LoadBalancerRecord } from '../records/load-balancer.ts';
import {
  targetGroupKey,
  targetGroups,
  type TargetGroupProtocol,
  type TargetGroupRecord,
} from '../records/target-group.ts';
import { findTargetGroup } from '../references.ts';

type Protocol = ListenerRecord['protocol'];

/** The protocols of target groups that each protocol of listeners may lead to. */
const compatible: Readonly<Record<Protocol, readonly TargetGroupProtocol[]>> = {
  HTTP: ['HTTP', 'HTTPS'],
  HTTPS: ['HTTP', 'HTTPS'],
  TCP: ['TCP', 'TCP_UDP'],
  TLS: ['TCP', 'TLS'],
  UDP: ['UDP', 'TCP_UDP'],
  TCP_UDP: ['TCP_UDP'],
};

/**
 * Checks the target groups of a listener that is about to be written in `tx`, and marks those that it did not use before as used.
 * @throws TargetGroupNotFound, TargetGroupAssociationLimit, IncompatibleProtocols, InvalidConfigurationRequest, TooManyUniqueTargetGroupsPerLoadBalancer
 */
export function useTargetGroups(
  tx: Transaction,
  db: Database,
  loadBalancer: LoadBalancerRecord,
  { before, after }: { readonly before: ListenerRecord | undefined; readonly after: ListenerRecord },
): void {
  const now = targetGroupsOf(after);
  const old = new Set(before === undefined ? [] : targetGroupsOf(before));
  const isSameProtocol = before?.protocol === after.protocol;
  for (const arn of now) {
    if (old.has(arn) && isSameProtocol) continue;
    const group = findTargetGroup(tx, loadBalancer, arn);
    if (group === undefined) throw new ApiError('TargetGroupNotFound', `Target groups '${arn}' not found`);
    checkFits(loadBalancer, after.protocol, group, arn);
    if (old.has(arn)) continue;
    checkNotElsewhere(db, loadBalancer, arn);
    tx.put(targetGroups, targetGroupKey(group, group.name), { ...group, uses: group.uses + 1 });
  }
  checkCount(db, loadBalancer, after, now);
}

function checkFits(loadBalancer: LoadBalancerRecord, protocol: Protocol, group: TargetGroupRecord, arn: string): void {
  if (group.vpcId !== loadBalancer.vpcId) {
    throw invalidConfiguration(
      `Target group '${arn}' is in a different VPC than load balancer '${loadBalancerArn(loadBalancer)}'`,
    );
  }
  if (!compatible[protocol].includes(group.protocol)) {
    throw new ApiError(
      'IncompatibleProtocols',
      `Listener protocol '${protocol}' is not compatible with the protocol '${group.protocol}' of target group '${arn}'`,
    );
  }
  const version = group.protocolVersion;
  if (protocol === 'HTTP' && (version === 'GRPC' || version === 'HTTP2')) {
    throw invalidConfiguration(
      `Listener protocol 'HTTP' is not supported with a target group with the protocol-version '${version}'`,
    );
  }
}

function checkNotElsewhere(db: Database, { account, region, name, id }: LoadBalancerRecord, arn: string): void {
  for (const key of db.table(listeners).keys('targetGroup', arn)) {
    const row = db.get(listeners, key)?.row;
    const other = row?.loadBalancer;
    if (other === undefined) continue;
    const isSame = other.id === id && other.name === name && other.account === account && other.region === region;
    if (isSame) continue;
    throw new ApiError(
      'TargetGroupAssociationLimit',
      `The following target groups cannot be associated with more than one load balancer: ${arn}`,
    );
  }
}

function checkCount(
  db: Database,
  loadBalancer: LoadBalancerRecord,
  after: ListenerRecord,
  now: readonly string[],
): void {
  const rows = presentRows(db);
  const all = new Set(now);
  for (const { id } of loadBalancer.listeners) {
    if (id === after.id) continue;
    const listener = rows.get(listeners, listenerKey({ loadBalancer, id }));
    if (listener !== undefined) for (const arn of targetGroupsOf(listener)) all.add(arn);
  }
  if (all.size > maxTargetGroupsPerLoadBalancer) {
    throw tooMany(
      'UniqueTargetGroupsPerLoadBalancer',
      `A load balancer can have at most ${maxTargetGroupsPerLoadBalancer} target groups, but would have ${all.size}`,
    );
  }
}
