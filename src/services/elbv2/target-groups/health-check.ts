import type { Matcher } from '../../../protocol/generated/elbv2.ts';
import { notImplemented, validationError } from '../errors.ts';
import type { HealthCheckRecord, TargetGroupRecord } from '../records/target-group.ts';
import { isHttp } from './attributes.ts';

/** The members of CreateTargetGroup and ModifyTargetGroup that say how targets are checked; ranges were checked before. */
export interface HealthCheckRequest {
  readonly HealthCheckProtocol?: string | undefined;
  readonly HealthCheckPort?: string | undefined;
  readonly HealthCheckEnabled?: boolean | undefined;
  readonly HealthCheckPath?: string | undefined;
  readonly HealthCheckIntervalSeconds?: number | undefined;
  readonly HealthCheckTimeoutSeconds?: number | undefined;
  readonly HealthyThresholdCount?: number | undefined;
  readonly UnhealthyThresholdCount?: number | undefined;
  readonly Matcher?: Matcher | undefined;
}

type Group = Pick<TargetGroupRecord, 'protocol' | 'protocolVersion' | 'targetType'>;
type Protocol = HealthCheckRecord['protocol'];

/**
 * The health check of a new target group, or (with `present`) of one that is modified: what is not given stays, or has AWS's default.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html and
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html
 * @throws ValidationError
 */
export function healthCheckOf(group: Group, given: HealthCheckRequest, present?: HealthCheckRecord): HealthCheckRecord {
  if (given.HealthCheckEnabled === false) {
    throw validationError(`Health check enabled must be true for target groups with target type '${group.targetType}'`);
  }
  const protocol = checkedProtocol(
    group,
    given.HealthCheckProtocol ?? present?.protocol ?? (isHttp(group) ? 'HTTP' : 'TCP'),
  );
  const check: HealthCheckRecord = {
    protocol,
    port: checkedPort(given.HealthCheckPort ?? present?.port ?? 'traffic-port'),
    ...requestOf(group, protocol, given, present),
    intervalSeconds: given.HealthCheckIntervalSeconds ?? present?.intervalSeconds ?? 30,
    timeoutSeconds:
      given.HealthCheckTimeoutSeconds ?? present?.timeoutSeconds ?? defaultTimeoutSeconds(group, protocol),
    healthyThreshold: given.HealthyThresholdCount ?? present?.healthyThreshold ?? 5,
    unhealthyThreshold: given.UnhealthyThresholdCount ?? present?.unhealthyThreshold ?? 2,
  };
  checkTimes(group, check);
  return check;
}

function defaultTimeoutSeconds(group: Group, protocol: Protocol): number {
  if (isHttp(group)) return 5;
  return protocol === 'HTTP' ? 6 : 10;
}

function checkTimes(group: Group, { intervalSeconds, timeoutSeconds }: HealthCheckRecord): void {
  if (isHttp(group) && timeoutSeconds >= intervalSeconds) {
    throw validationError(
      `Health check timeout '${timeoutSeconds}' must be smaller than the interval '${intervalSeconds}'`,
    );
  }
  if (timeoutSeconds > intervalSeconds) {
    throw validationError(
      `Health check timeout '${timeoutSeconds}' must be smaller than or equal to the interval '${intervalSeconds}'`,
    );
  }
}

function checkedProtocol(group: Group, protocol: string): Protocol {
  if (protocol === 'QUIC' || protocol === 'TCP_QUIC' || protocol === 'GENEVE')
    throw notImplemented(`The protocol ${protocol}`);
  if (protocol !== 'HTTP' && protocol !== 'HTTPS' && protocol !== 'TCP') {
    throw validationError(`Health check protocol '${protocol}' must be one of 'HTTP, HTTPS, TCP'`);
  }
  if (protocol === 'TCP' && isHttp(group)) {
    throw validationError(
      `Health check protocol 'TCP' is not supported for target groups with the '${group.protocol}' protocol`,
    );
  }
  return protocol;
}

function checkedPort(port: string): string {
  if (port === 'traffic-port') return port;
  if (/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535) return String(Number(port));
  throw validationError(`Health check port '${port}' must be either 'traffic-port' or between '1' and '65535'`);
}

/** Path and matcher, for HTTP and HTTPS only. */
function requestOf(
  group: Group,
  protocol: Protocol,
  { HealthCheckPath, Matcher: matcher }: HealthCheckRequest,
  present: HealthCheckRecord | undefined,
): Pick<HealthCheckRecord, 'path' | 'matcher'> {
  if (protocol === 'TCP') {
    if (HealthCheckPath !== undefined) {
      throw validationError('Health check path cannot be specified for health checks with the TCP protocol');
    }
    if (matcher !== undefined)
      throw validationError('Custom health check matchers are not supported for health checks with the TCP protocol');
    return {};
  }
  const isGrpc = group.protocolVersion === 'GRPC';
  const path = HealthCheckPath ?? present?.path ?? (isGrpc ? '/AWS.ALB/healthcheck' : '/');
  if (!path.startsWith('/') || /[\s\0]/.test(path)) {
    throw validationError(
      `Health check path '${path}' must begin with a '/' character, and can only contain printable ASCII characters, without spaces`,
    );
  }
  const codes = matcherOf(group, matcher) ?? present?.matcher ?? defaultMatcher(group);
  return { path, matcher: codes };
}

function defaultMatcher(group: Group): string {
  if (group.protocolVersion === 'GRPC') return '12';
  return isHttp(group) ? '200' : '200-399';
}

function matcherOf(group: Group, matcher: Matcher | undefined): string | undefined {
  if (matcher === undefined) return undefined;
  const isGrpc = group.protocolVersion === 'GRPC';
  if (matcher.HttpCode !== undefined && matcher.GrpcCode !== undefined) {
    throw validationError('Only one of HttpCode and GrpcCode can be specified for a health check matcher');
  }
  const codes = isGrpc ? matcher.GrpcCode : matcher.HttpCode;
  if (codes === undefined) {
    throw validationError(
      isGrpc
        ? "HttpCode matchers are not supported for target groups with the protocol version 'GRPC'"
        : "GrpcCode matchers are only supported for target groups with the protocol version 'GRPC'",
    );
  }
  const [least, most] = isGrpc ? [0, 99] : isHttp(group) ? [200, 499] : [200, 599];
  if (!areCodes(codes, least, most)) {
    throw validationError(
      `Health check matcher ${isGrpc ? 'gRPC' : 'HTTP'} code '${codes}' must be within '${least}-${most}' inclusive, such as '200', '200,202' or '200-299'`,
    );
  }
  return codes;
}

/** Codes and ranges of codes with commas in between. */
function areCodes(text: string, least: number, most: number): boolean {
  return text.split(',').every((part) => {
    const match = /^\s*(\d{1,3})(?:-(\d{1,3}))?\s*$/.exec(part);
    if (match === null) return false;
    const from = Number(match[1]);
    const to = match[2] === undefined ? from : Number(match[2]);
    return from >= least && to <= most && from <= to;
  });
}
