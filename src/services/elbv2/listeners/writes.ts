import { ApiError } from '../../../protocol/api/index.ts';
import type { Database, Transaction } from '../../../store/index.ts';
import { presentRows, type Elbv2Deps } from '../core.ts';
import { loadBalancerNotFound, notImplemented, tooMany, validationError } from '../errors.ts';
import { maxListenersPerLoadBalancer, maxRulesPerLoadBalancer } from '../limits.ts';
import { listenerKey, listeners, type ListenerRecord } from '../records/listener.ts';
import { loadBalancerArn, loadBalancerKey, loadBalancers, type LoadBalancerRecord } from '../records/load-balancer.ts';
import { loadBalancerOf } from '../references.ts';
import { useCertificate } from './security.ts';
import { useTargetGroups } from './target-group-rules.ts';

const applicationProtocols = ['HTTP', 'HTTPS'] as const;
const networkProtocols = ['TCP', 'TLS', 'UDP', 'TCP_UDP'] as const;

/** @throws ValidationError for a protocol that a load balancer of this type cannot have */
export function checkedListenerProtocol(
  { type }: Pick<LoadBalancerRecord, 'type'>,
  given: string | undefined,
): ListenerRecord['protocol'] {
  if (given === undefined) throw validationError('A listener protocol must be specified');
  if (given === 'QUIC' || given === 'TCP_QUIC') throw notImplemented(`The protocol ${given}`);
  const allowed: readonly ListenerRecord['protocol'][] =
    type === 'application' ? applicationProtocols : networkProtocols;
  const protocol = allowed.find((one) => one === given);
  if (protocol === undefined)
    throw validationError(`Listener protocol '${given}' must be one of '${allowed.join(', ')}'`);
  return protocol;
}

/** The load balancer of a listener that is being changed in `tx`. @throws LoadBalancerNotFound */
export function ownerOf(tx: Transaction, { loadBalancer }: Pick<ListenerRecord, 'loadBalancer'>): LoadBalancerRecord {
  const row = loadBalancerOf(tx, loadBalancer);
  if (row === undefined) throw loadBalancerNotFound(loadBalancerArn(loadBalancer));
  return row;
}

/**
 * Writes a listener that is new or changed, in `tx`, with all that must be true of it: its port is free on its load balancer, its target groups and
 * certificates are there and fit, no quota is exceeded.
 */
export function writeListener(
  tx: Transaction,
  deps: Pick<Elbv2Deps, 'db' | 'certificates'>,
  { before, after }: { readonly before: ListenerRecord | undefined; readonly after: ListenerRecord },
): void {
  const { db, certificates } = deps;
  const loadBalancer = ownerOf(tx, after);
  const listed = listedAt(loadBalancer, after);
  checkRuleCount(db, loadBalancer, after);
  useTargetGroups(tx, db, loadBalancer, { before, after });
  const certificate = after.defaultCertificate;
  if (certificate !== undefined && certificate !== before?.defaultCertificate) {
    useCertificate(tx, certificates, loadBalancer, certificate);
  }
  if (listed !== loadBalancer) tx.put(loadBalancers, loadBalancerKey(loadBalancer, loadBalancer.name), listed);
  tx.put(listeners, listenerKey(after), after);
}

/** The load balancer with the listener at its port; the same record when nothing changes. @throws DuplicateListener, TooManyListeners */
function listedAt(loadBalancer: LoadBalancerRecord, { id, port }: ListenerRecord): LoadBalancerRecord {
  const present = loadBalancer.listeners.find((one) => one.id === id);
  if (present?.port === port) return loadBalancer;
  if (loadBalancer.listeners.some((one) => one.id !== id && one.port === port)) {
    throw new ApiError(
      'DuplicateListener',
      `A listener already exists on this port for this load balancer '${loadBalancerArn(loadBalancer)}'`,
    );
  }
  if (present !== undefined) {
    return { ...loadBalancer, listeners: loadBalancer.listeners.map((one) => (one.id === id ? { id, port } : one)) };
  }
  if (loadBalancer.listeners.length >= maxListenersPerLoadBalancer) {
    throw tooMany('Listeners', `A load balancer can have at most ${maxListenersPerLoadBalancer} listeners`);
  }
  return { ...loadBalancer, listeners: [...loadBalancer.listeners, { id, port }] };
}

function checkRuleCount(db: Database, loadBalancer: LoadBalancerRecord, after: ListenerRecord): void {
  const rows = presentRows(db);
  const others = loadBalancer.listeners.filter(({ id }) => id !== after.id);
  const elsewhere = others.reduce(
    (sum, { id }) => sum + (rows.get(listeners, listenerKey({ loadBalancer, id }))?.rules.length ?? 0),
    0,
  );
  if (elsewhere + after.rules.length > maxRulesPerLoadBalancer) {
    throw tooMany('Rules', `A load balancer can have at most ${maxRulesPerLoadBalancer} rules`);
  }
}
