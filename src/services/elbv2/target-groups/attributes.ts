import type { TargetStickiness } from '../../../balancer-protocol/index.ts';
import { attributeOf, isBoolean, oneOf, within, type AttributeKind, type AttributeSpec } from '../attributes.ts';
import { invalidConfiguration, validationError } from '../errors.ts';
import type { TargetGroupRecord } from '../records/target-group.ts';

type Spec = AttributeSpec<TargetGroupRecord>;

/** Of an Application Load Balancer. */
export function isHttp({ protocol }: Pick<TargetGroupRecord, 'protocol'>): boolean {
  return protocol === 'HTTP' || protocol === 'HTTPS';
}

const isTransport = (row: TargetGroupRecord): boolean => !isHttp(row);
const isUdp = ({ protocol }: TargetGroupRecord): boolean => protocol === 'UDP' || protocol === 'TCP_UDP';
const isOff = oneOf('off');
const offOr =
  (accepts: (value: string) => boolean) =>
  (value: string): boolean =>
    value === 'off' || accepts(value);
const day = '86400';
const week = 604_800;
const maxCount = 1_000;

function http(key: string, normal: string, accepts: Spec['accepts'], honours?: Spec['honours']): Spec {
  return { key, appliesTo: isHttp, defaultOf: () => normal, accepts, ...(honours === undefined ? {} : { honours }) };
}

const specs: readonly Spec[] = [
  { key: 'deregistration_delay.timeout_seconds', defaultOf: () => '300', accepts: within(0, 3_600) },
  { key: 'stickiness.enabled', defaultOf: () => 'false', accepts: isBoolean },
  {
    key: 'stickiness.type',
    defaultOf: (row) => (isHttp(row) ? 'lb_cookie' : 'source_ip'),
    accepts: (value, row) => (isHttp(row) ? ['lb_cookie', 'app_cookie'] : ['source_ip']).includes(value),
  },
  {
    key: 'load_balancing.cross_zone.enabled',
    defaultOf: () => 'use_load_balancer_configuration',
    accepts: oneOf('true', 'false', 'use_load_balancer_configuration'),
    // On is what every Application Load Balancer's configuration says.
    honours: (value, row) => value === 'use_load_balancer_configuration' || (value === 'true' && isHttp(row)),
  },
  {
    key: 'target_group_health.dns_failover.minimum_healthy_targets.count',
    defaultOf: () => '1',
    accepts: offOr(within(1, maxCount)),
    honours: oneOf('1'),
  },
  {
    key: 'target_group_health.dns_failover.minimum_healthy_targets.percentage',
    defaultOf: () => 'off',
    accepts: offOr(within(1, 100)),
    honours: isOff,
  },
  {
    key: 'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count',
    defaultOf: () => '1',
    accepts: within(1, maxCount),
    honours: oneOf('1'),
  },
  {
    key: 'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage',
    defaultOf: () => 'off',
    accepts: offOr(within(1, 100)),
    honours: isOff,
  },
  http(
    'load_balancing.algorithm.type',
    'round_robin',
    oneOf('round_robin', 'least_outstanding_requests', 'weighted_random'),
    oneOf('round_robin', 'least_outstanding_requests'),
  ),
  http('load_balancing.algorithm.anomaly_mitigation', 'off', oneOf('on', 'off'), isOff),
  http('slow_start.duration_seconds', '0', (value) => value === '0' || within(30, 900)(value)),
  http('stickiness.app_cookie.cookie_name', '', isCookieName),
  http('stickiness.app_cookie.duration_seconds', day, within(1, week)),
  http('stickiness.lb_cookie.duration_seconds', day, within(1, week)),
  {
    key: 'deregistration_delay.connection_termination.enabled',
    appliesTo: isTransport,
    defaultOf: (row) => String(isUdp(row)),
    accepts: isBoolean,
  },
  {
    key: 'preserve_client_ip.enabled',
    appliesTo: isTransport,
    defaultOf: (row) => String(row.targetType === 'instance' || isUdp(row)),
    accepts: (value, row) => (isUdp(row) ? value === 'true' : isBoolean(value)),
  },
  { key: 'proxy_protocol_v2.enabled', appliesTo: isTransport, defaultOf: () => 'false', accepts: isBoolean },
  {
    key: 'target_health_state.unhealthy.connection_termination.enabled',
    appliesTo: isTransport,
    defaultOf: (row) => String(!isUdp(row)),
    accepts: (value, row) => (isUdp(row) ? value === 'false' : isBoolean(value)),
  },
  {
    key: 'target_health_state.unhealthy.draining_interval_seconds',
    appliesTo: isTransport,
    defaultOf: () => '0',
    accepts: within(0, 360_000),
    honours: oneOf('0'),
  },
];

/** The names that the load balancer's own cookies begin with cannot be an application's. */
function isCookieName(value: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{0,256}$/.test(value) && !value.startsWith('AWSALB');
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html */
export const targetGroupAttributes: AttributeKind<TargetGroupRecord> = {
  subject: 'Target group',
  specs,
  where: ({ protocol }) => `target groups with protocol '${protocol}'`,
};

/** @throws InvalidConfigurationRequest, ValidationError for attributes that are right alone and wrong together */
export function checkTogether(row: TargetGroupRecord): void {
  const of = (key: string): string => attributeOf(targetGroupAttributes, row, key);
  const isSticky = of('stickiness.enabled') === 'true';
  if (isSticky && of('stickiness.type') === 'app_cookie' && of('stickiness.app_cookie.cookie_name') === '') {
    throw validationError(
      "The attribute 'stickiness.app_cookie.cookie_name' must be specified when the stickiness type is 'app_cookie'",
    );
  }
  if (isSticky && row.protocol === 'TLS') {
    throw invalidConfiguration('Stickiness is not supported on target groups with the TLS protocol');
  }
  if (of('slow_start.duration_seconds') !== '0' && of('load_balancing.algorithm.type') !== 'round_robin') {
    throw invalidConfiguration("Slow start is only supported when 'load_balancing.algorithm.type' is 'round_robin'");
  }
}

export function deregistrationDelayMs(row: TargetGroupRecord): number {
  return Number(attributeOf(targetGroupAttributes, row, 'deregistration_delay.timeout_seconds')) * 1_000;
}

/** Stickiness as the data plane gets it; undefined when it is off. */
export function stickinessOf(row: TargetGroupRecord): TargetStickiness | undefined {
  const of = (key: string): string => attributeOf(targetGroupAttributes, row, key);
  if (of('stickiness.enabled') !== 'true') return undefined;
  const type = of('stickiness.type') as TargetStickiness['type'];
  // A client's address has no end; the data plane forgets it when it must.
  if (type === 'source_ip') return { type, durationMs: week * 1_000 };
  const durationMs = Number(of(`stickiness.${type}.duration_seconds`)) * 1_000;
  return {
    type,
    durationMs,
    ...(type === 'app_cookie' ? { cookieName: of('stickiness.app_cookie.cookie_name') } : {}),
  };
}
