import type {
  CertificateConfig,
  HealthCheckConfig,
  ListenerConfig,
  LoadBalancerConfig,
  RuleAction,
  RuleCondition,
  TargetConfig,
  TargetGroupConfig,
} from '../../../balancer-protocol/index.ts';
import type { Database } from '../../../store/index.ts';
import { attributeOf } from '../attributes.ts';
import { presentRows } from '../core.ts';
import { idleTimeoutMs } from '../listeners/attributes.ts';
import { alpnPolicies, tlsSettings } from '../listeners/ssl-policies.ts';
import { balancerAttributes } from '../load-balancers/attributes.ts';
import type { Certificates } from '../ports.ts';
import {
  certificatesOf,
  listenerArn,
  listenerKey,
  listeners,
  ruleArn,
  type ActionRecord,
  type ConditionRecord,
  type ListenerRecord,
} from '../records/listener.ts';
import { loadBalancerArn, type LoadBalancerRecord } from '../records/load-balancer.ts';
import { targetGroupArn, type TargetGroupRecord } from '../records/target-group.ts';
import { targets, type TargetRecord } from '../records/target.ts';
import { isHttp, stickinessOf, targetGroupAttributes } from '../target-groups/attributes.ts';
import { groupUse, isReachable } from '../targets/health.ts';
import { targetGroupOf } from '../references.ts';
import { maxTargetsPerTargetGroup } from '../limits.ts';

/** A load balancer as data planes get it. */
export function renderLoadBalancer(
  db: Database,
  certificates: Certificates,
  row: LoadBalancerRecord,
): LoadBalancerConfig {
  const rows = presentRows(db);
  return {
    arn: loadBalancerArn(row),
    name: row.name,
    type: row.type,
    dnsName: row.dnsName,
    loopbackAddress: row.loopbackAddress,
    nodes: row.zones.map(({ zone, networkInterfaceId, subnetId, privateIpv4Address }) => ({
      zone,
      networkInterfaceId,
      subnetId,
      privateIpv4Address,
    })),
    attributes: balancerAttributes(row),
    listeners: row.listeners.flatMap(({ id }) => {
      const listener = rows.get(listeners, listenerKey({ loadBalancer: row, id }));
      return listener === undefined ? [] : [renderListener(certificates, listener)];
    }),
  };
}

function renderListener(certificates: Certificates, row: ListenerRecord): ListenerConfig {
  const idleMs = idleTimeoutMs(row);
  return {
    arn: listenerArn(row),
    protocol: row.protocol,
    port: row.port,
    certificates: certificatesOf(row).flatMap((arn) => renderCertificate(certificates, arn)),
    ...(row.sslPolicy === undefined ? {} : tlsSettings(row.sslPolicy)),
    alpnPolicy: alpnPolicies[row.alpnPolicy ?? 'None'] ?? [],
    ...(idleMs === undefined ? {} : { tcpIdleTimeoutMs: idleMs }),
    rules: [
      ...row.rules.map((rule) => ({
        arn: ruleArn(row, rule.id),
        conditions: rule.conditions.map(renderCondition),
        action: renderAction(rule.action),
      })),
      { arn: ruleArn(row, row.defaultRuleId), conditions: [], action: renderAction(row.defaultAction) },
    ],
  };
}

function renderCertificate(certificates: Certificates, arn: string): readonly CertificateConfig[] {
  const found = certificates.find(arn);
  return found === undefined ? [] : [{ arn, ...found }];
}

function renderCondition({ plain: _plain, ...condition }: ConditionRecord): RuleCondition {
  return condition;
}

function renderAction({ order: _order, ...action }: ActionRecord): RuleAction {
  if (action.type !== 'forward') return action;
  const { stickinessSeconds, ...forward } = action;
  return stickinessSeconds === undefined ? forward : { ...forward, stickinessMs: stickinessSeconds * 1_000 };
}

/** A target group as data planes get it; undefined when it is gone or no listener uses it. */
export function renderTargetGroup(db: Database, arn: string): TargetGroupConfig | undefined {
  const use = groupUse(db, arn);
  const row = use.isInUse ? targetGroupOf(presentRows(db), arn) : undefined;
  if (row === undefined) return undefined;
  // A few more than a group may have: some may drain while others take their place.
  const { rows } = db.table(targets).page('group', arn, { limit: 2 * maxTargetsPerTargetGroup });
  const reachable = rows.map((one) => one.row).filter((target) => isReachable(target, use));
  return { ...renderGroup(row), targets: reachable.map(renderTarget) };
}

/** A target group without its targets. */
export function renderGroup(row: TargetGroupRecord): Omit<TargetGroupConfig, 'targets'> {
  const of = (key: string): string => attributeOf(targetGroupAttributes, row, key);
  const isOn = (key: string): boolean => of(key) === 'true';
  const stickiness = stickinessOf(row);
  const isTransport = !isHttp(row);
  return {
    arn: targetGroupArn(row),
    name: row.name,
    protocol: row.protocol,
    protocolVersion: row.protocolVersion ?? 'HTTP1',
    algorithm:
      of('load_balancing.algorithm.type') === 'least_outstanding_requests'
        ? 'least_outstanding_requests'
        : 'round_robin',
    slowStartMs: isTransport ? 0 : Number(of('slow_start.duration_seconds')) * 1_000,
    ...(stickiness === undefined ? {} : { stickiness }),
    healthCheck: renderHealthCheck(row),
    closeOnDeregistration: isTransport && isOn('deregistration_delay.connection_termination.enabled'),
    closeOnUnhealthy: isTransport && isOn('target_health_state.unhealthy.connection_termination.enabled'),
    preserveClientIp: isTransport && isOn('preserve_client_ip.enabled'),
    proxyProtocolV2: isTransport && isOn('proxy_protocol_v2.enabled'),
  };
}

function renderHealthCheck({ healthCheck }: TargetGroupRecord): HealthCheckConfig {
  return {
    protocol: healthCheck.protocol,
    ...(healthCheck.port === 'traffic-port' ? {} : { port: Number(healthCheck.port) }),
    path: healthCheck.path ?? '',
    matcher: healthCheck.matcher ?? '',
    intervalMs: healthCheck.intervalSeconds * 1_000,
    timeoutMs: healthCheck.timeoutSeconds * 1_000,
    healthyThreshold: healthCheck.healthyThreshold,
    unhealthyThreshold: healthCheck.unhealthyThreshold,
  };
}

function renderTarget({ id, port, address, zone, state, drainDeadlineMs, health }: TargetRecord): TargetConfig {
  return {
    id,
    port,
    address,
    ...(zone === undefined ? {} : { zone }),
    state,
    ...(drainDeadlineMs === undefined ? {} : { drainDeadlineMs }),
    lastHealth: health.state,
  };
}
