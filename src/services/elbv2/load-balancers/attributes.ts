import type { LoadBalancerAttributes } from '../../../balancer-protocol/index.ts';
import { attributeOf, isBoolean, oneOf, within, type AttributeKind, type AttributeSpec } from '../attributes.ts';
import type { LoadBalancerRecord } from '../records/load-balancer.ts';

type Spec = AttributeSpec<LoadBalancerRecord>;

const isApplication = ({ type }: LoadBalancerRecord): boolean => type === 'application';
const isNetwork = ({ type }: LoadBalancerRecord): boolean => type === 'network';
const isFalse = oneOf('false');
const isText = (): boolean => true;
const isEmpty = oneOf('');

function logs(prefix: string, appliesTo?: Spec['appliesTo']): readonly Spec[] {
  const applies = appliesTo === undefined ? {} : { appliesTo };
  return [
    { key: `${prefix}.s3.enabled`, ...applies, defaultOf: () => 'false', accepts: isBoolean, honours: isFalse },
    { key: `${prefix}.s3.bucket`, ...applies, defaultOf: () => '', accepts: isText, honours: isEmpty },
    { key: `${prefix}.s3.prefix`, ...applies, defaultOf: () => '', accepts: isText, honours: isEmpty },
  ];
}

function application(key: string, normal: string, accepts: Spec['accepts'], honours?: Spec['honours']): Spec {
  return {
    key,
    appliesTo: isApplication,
    defaultOf: () => normal,
    accepts,
    ...(honours === undefined ? {} : { honours }),
  };
}

const specs: readonly Spec[] = [
  { key: 'deletion_protection.enabled', defaultOf: () => 'false', accepts: isBoolean },
  {
    key: 'load_balancing.cross_zone.enabled',
    defaultOf: (row) => String(isApplication(row)),
    // It cannot be turned off for Application Load Balancers.
    accepts: (value, row) => (isApplication(row) ? value === 'true' : isBoolean(value)),
  },
  ...logs('access_logs'),
  {
    key: 'ipv6.deny_all_igw_traffic',
    defaultOf: ({ scheme }) => String(scheme === 'internal'),
    accepts: isBoolean,
    honours: (value, { scheme }) => value === String(scheme === 'internal'),
  },
  { key: 'zonal_shift.config.enabled', defaultOf: () => 'false', accepts: isBoolean, honours: isFalse },
  application('idle_timeout.timeout_seconds', '60', within(1, 4_000)),
  application('client_keep_alive.seconds', '3600', within(60, 604_800)),
  ...logs('connection_logs', isApplication),
  ...logs('health_check_logs', isApplication),
  application('routing.http.desync_mitigation_mode', 'defensive', oneOf('monitor', 'defensive', 'strictest')),
  application('routing.http.drop_invalid_header_fields.enabled', 'false', isBoolean),
  application('routing.http.preserve_host_header.enabled', 'false', isBoolean),
  application('routing.http.x_amzn_tls_version_and_cipher_suite.enabled', 'false', isBoolean, isFalse),
  application('routing.http.xff_client_port.enabled', 'false', isBoolean),
  application('routing.http.xff_header_processing.mode', 'append', oneOf('append', 'preserve', 'remove')),
  application('routing.http2.enabled', 'true', isBoolean),
  application('waf.fail_open.enabled', 'false', isBoolean, isFalse),
  {
    key: 'dns_record.client_routing_policy',
    appliesTo: isNetwork,
    defaultOf: () => 'any_availability_zone',
    accepts: oneOf('any_availability_zone', 'availability_zone_affinity', 'partial_availability_zone_affinity'),
    honours: oneOf('any_availability_zone'),
  },
  {
    key: 'secondary_ips.auto_assigned.per_subnet',
    appliesTo: isNetwork,
    defaultOf: () => '0',
    accepts: within(0, 7),
    honours: oneOf('0'),
  },
];

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html */
export const loadBalancerAttributes: AttributeKind<LoadBalancerRecord> = {
  subject: 'Load balancer',
  specs,
  where: ({ type }) => `load balancers with type '${type}'`,
};

export function isProtected(row: LoadBalancerRecord): boolean {
  return attributeOf(loadBalancerAttributes, row, 'deletion_protection.enabled') === 'true';
}

/** The attributes as the data plane gets them. */
export function balancerAttributes(row: LoadBalancerRecord): LoadBalancerAttributes {
  const of = (key: string): string => attributeOf(loadBalancerAttributes, row, key);
  const isOn = (key: string): boolean => of(key) === 'true';
  return {
    crossZone: isOn('load_balancing.cross_zone.enabled'),
    idleTimeoutMs: Number(of('idle_timeout.timeout_seconds')) * 1_000,
    clientKeepAliveMs: Number(of('client_keep_alive.seconds')) * 1_000,
    http2: isOn('routing.http2.enabled'),
    dropInvalidHeaderFields: isOn('routing.http.drop_invalid_header_fields.enabled'),
    preserveHostHeader: isOn('routing.http.preserve_host_header.enabled'),
    xffHeaderProcessing: of('routing.http.xff_header_processing.mode') as LoadBalancerAttributes['xffHeaderProcessing'],
    xffClientPort: isOn('routing.http.xff_client_port.enabled'),
    desyncMitigation: of('routing.http.desync_mitigation_mode') as LoadBalancerAttributes['desyncMitigation'],
  };
}
