import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Operations } from '../../protocol/generated/elbv2.ts';
import {
  newListener,
  newLoadBalancer,
  newTargetGroup,
  openElbv2,
  outcome,
  smallSetUp,
  vpcId,
  type OpenedElbv2,
} from './contract/opened-elbv2.ts';
import { healthCheckOf } from './target-groups/health-check.ts';

type Create = Operations['CreateTargetGroup']['input'];
const http: Create = { Name: 'web', Protocol: 'HTTP', Port: 8080, VpcId: vpcId, TargetType: 'ip' };

describe('CreateTargetGroup', () => {
  test('[LB-20] has AWS’s ARN and the defaults of its protocol', async () => {
    const opened = await openElbv2();
    const { TargetGroups } = await opened.call('CreateTargetGroup', {
      Name: 'web',
      Protocol: 'HTTP',
      Port: 80,
      VpcId: vpcId,
    });
    expect(TargetGroups).toEqual([
      {
        TargetGroupArn: expect.stringMatching(
          /^arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup\/web\/[0-9a-f]{16}$/,
        ),
        TargetGroupName: 'web',
        Protocol: 'HTTP',
        Port: 80,
        VpcId: vpcId,
        HealthCheckProtocol: 'HTTP',
        HealthCheckPort: 'traffic-port',
        HealthCheckEnabled: true,
        HealthCheckIntervalSeconds: 30,
        HealthCheckTimeoutSeconds: 5,
        HealthyThresholdCount: 5,
        UnhealthyThresholdCount: 2,
        HealthCheckPath: '/',
        Matcher: { HttpCode: '200' },
        LoadBalancerArns: [],
        TargetType: 'instance',
        ProtocolVersion: 'HTTP1',
        IpAddressType: 'ipv4',
      },
    ]);
  });

  test.each([
    { given: { protocol: 'HTTPS' }, want: { protocol: 'HTTP', timeoutSeconds: 5, path: '/', matcher: '200' } },
    {
      given: { protocol: 'HTTP', protocolVersion: 'GRPC' },
      want: { protocol: 'HTTP', timeoutSeconds: 5, path: '/AWS.ALB/healthcheck', matcher: '12' },
    },
    { given: { protocol: 'TCP' }, want: { protocol: 'TCP', timeoutSeconds: 10 } },
    { given: { protocol: 'TLS' }, want: { protocol: 'TCP', timeoutSeconds: 10 } },
    { given: { protocol: 'UDP' }, want: { protocol: 'TCP', timeoutSeconds: 10 } },
    {
      given: { protocol: 'TCP' },
      check: { HealthCheckProtocol: 'HTTP' },
      want: { protocol: 'HTTP', timeoutSeconds: 6, path: '/', matcher: '200-399' },
    },
    {
      given: { protocol: 'TCP' },
      check: { HealthCheckProtocol: 'HTTPS' },
      want: { protocol: 'HTTPS', timeoutSeconds: 10, path: '/', matcher: '200-399' },
    },
  ] as const)('[LB-21] the health check of $given with $check', ({ given, want, ...more }) => {
    const check = 'check' in more ? more.check : {};
    expect(healthCheckOf({ targetType: 'ip', ...given }, check)).toEqual({
      port: 'traffic-port',
      intervalSeconds: 30,
      healthyThreshold: 5,
      unhealthyThreshold: 2,
      ...want,
    });
  });

  test.each([
    {
      name: 'no protocol',
      input: { Name: 'a', Port: 80, VpcId: vpcId },
      want: 'ValidationError: A protocol must be specified',
    },
    {
      name: 'no port',
      input: { Name: 'a', Protocol: 'HTTP', VpcId: vpcId },
      want: 'ValidationError: A port must be specified',
    },
    {
      name: 'no VPC',
      input: { Name: 'a', Protocol: 'HTTP', Port: 80 },
      want: 'ValidationError: A VPC ID must be specified',
    },
    {
      name: 'unknown VPC',
      input: { ...http, VpcId: 'vpc-9' },
      want: "ValidationError: The VPC ID 'vpc-9' is not found",
    },
    {
      name: 'long name',
      input: { ...http, Name: 'a'.repeat(33) },
      want: `ValidationError: Target group name '${'a'.repeat(33)}' cannot be longer than '32' characters`,
    },
    {
      name: 'dot in name',
      input: { ...http, Name: 'a.b' },
      want: "ValidationError: Target group name 'a.b' can only contain characters that are alphanumeric characters and hyphens(-)",
    },
    {
      name: 'lambda',
      input: { Name: 'a', TargetType: 'lambda' },
      want: 'ValidationError: The target type lambda is not implemented by Longshore',
    },
    {
      name: 'alb',
      input: { ...http, TargetType: 'alb' },
      want: 'ValidationError: The target type alb is not implemented by Longshore',
    },
    {
      name: 'GENEVE',
      input: { ...http, Protocol: 'GENEVE' },
      want: 'ValidationError: The protocol GENEVE is not implemented by Longshore',
    },
    {
      name: 'IPv6',
      input: { ...http, IpAddressType: 'ipv6' },
      want: 'ValidationError: The IP address type ipv6 is not implemented by Longshore',
    },
    {
      name: 'version of TCP',
      input: { ...http, Protocol: 'TCP', ProtocolVersion: 'HTTP2' },
      want: "ValidationError: Protocol version is not supported for target groups with the 'TCP' protocol",
    },
    {
      name: 'unknown version',
      input: { ...http, ProtocolVersion: 'HTTP3' },
      want: "ValidationError: Protocol version 'HTTP3' must be one of 'HTTP1, HTTP2, GRPC'",
    },
    {
      name: 'TCP check of HTTP',
      input: { ...http, HealthCheckProtocol: 'TCP' },
      want: "ValidationError: Health check protocol 'TCP' is not supported for target groups with the 'HTTP' protocol",
    },
    {
      name: 'path of a TCP check',
      input: { ...http, Protocol: 'TCP', HealthCheckPath: '/' },
      want: 'ValidationError: Health check path cannot be specified for health checks with the TCP protocol',
    },
    {
      name: 'UDP check',
      input: { ...http, Protocol: 'UDP', HealthCheckProtocol: 'UDP' },
      want: "ValidationError: Health check protocol 'UDP' must be one of 'HTTP, HTTPS, TCP'",
    },
    {
      name: 'timeout',
      input: { ...http, HealthCheckIntervalSeconds: 5 },
      want: "ValidationError: Health check timeout '5' must be smaller than the interval '5'",
    },
    {
      name: 'timeout of TCP',
      input: { ...http, Protocol: 'TCP', HealthCheckTimeoutSeconds: 31 },
      want: "ValidationError: Health check timeout '31' must be smaller than or equal to the interval '30'",
    },
    {
      name: 'disabled',
      input: { ...http, HealthCheckEnabled: false },
      want: "ValidationError: Health check enabled must be true for target groups with target type 'ip'",
    },
    {
      name: 'check port',
      input: { ...http, HealthCheckPort: '70000' },
      want: "ValidationError: Health check port '70000' must be either 'traffic-port' or between '1' and '65535'",
    },
    {
      name: 'path',
      input: { ...http, HealthCheckPath: 'health' },
      want: "ValidationError: Health check path 'health' must begin with a '/' character, and can only contain printable ASCII characters, without spaces",
    },
    {
      name: 'matcher 500 of HTTP',
      input: { ...http, Matcher: { HttpCode: '500' } },
      want: "ValidationError: Health check matcher HTTP code '500' must be within '200-499' inclusive, such as '200', '200,202' or '200-299'",
    },
    {
      name: 'matcher of gRPC',
      input: { ...http, Matcher: { GrpcCode: '0' } },
      want: "ValidationError: GrpcCode matchers are only supported for target groups with the protocol version 'GRPC'",
    },
    {
      name: 'HTTP matcher for gRPC',
      input: { ...http, ProtocolVersion: 'GRPC', Matcher: { HttpCode: '200' } },
      want: "ValidationError: HttpCode matchers are not supported for target groups with the protocol version 'GRPC'",
    },
  ] as const)('[LB-22] refuses $name', async ({ input, want }) => {
    const opened = await openElbv2();
    expect(await outcome(opened.call('CreateTargetGroup', input))).toBe(want);
    expect(opened.db.revision).toBe(0);
  });

  test.each([
    { matcher: '200-299,301, 302', ok: true },
    { matcher: '200-199', ok: false },
    { matcher: '', ok: false },
    { matcher: '200,', ok: false },
    { matcher: '2xx', ok: false },
  ])('[LB-22] matcher "$matcher" is taken: $ok', async ({ matcher, ok }) => {
    const opened = await openElbv2();
    const said = await outcome(opened.call('CreateTargetGroup', { ...http, Matcher: { HttpCode: matcher } }));
    expect(said === 'ok').toBe(ok);
  });

  test('[LB-23] the same again is answered with what there is; other settings under the name are refused', async () => {
    const opened = await openElbv2();
    const arn = await newTargetGroup(opened);
    expect(await newTargetGroup(opened)).toBe(arn);
    expect(await outcome(newTargetGroup(opened, 'web', { Port: 81 }))).toBe(
      "DuplicateTargetGroupName: A target group with the same name 'web' exists, but with different settings",
    );
    expect(await outcome(newTargetGroup(opened, 'web', { HealthCheckPath: '/x' }))).toContain(
      'DuplicateTargetGroupName',
    );
  });
});

describe('ModifyTargetGroup', () => {
  test('[LB-24] keeps what is not given, and gives defaults to what a new protocol has', async () => {
    const opened = await openElbv2();
    const arn = await newTargetGroup(opened, 'n', { Protocol: 'TCP' });
    const modify = async (input: Omit<Operations['ModifyTargetGroup']['input'], 'TargetGroupArn'>) =>
      (await opened.call('ModifyTargetGroup', { TargetGroupArn: arn, ...input })).TargetGroups?.[0];
    expect(await modify({ HealthCheckProtocol: 'HTTP', HealthyThresholdCount: 2 })).toMatchObject({
      HealthCheckProtocol: 'HTTP',
      HealthCheckPath: '/',
      Matcher: { HttpCode: '200-399' },
      HealthyThresholdCount: 2,
      HealthCheckTimeoutSeconds: 10,
    });
    const back = await modify({ HealthCheckProtocol: 'TCP', HealthCheckIntervalSeconds: 10 });
    expect(back).toMatchObject({
      HealthCheckProtocol: 'TCP',
      HealthCheckIntervalSeconds: 10,
      HealthyThresholdCount: 2,
    });
    expect(back?.HealthCheckPath).toBeUndefined();
    expect(await outcome(modify({ HealthCheckTimeoutSeconds: 11 }))).toContain('Health check timeout');
    expect(await outcome(opened.call('ModifyTargetGroup', { TargetGroupArn: `${arn.slice(0, -1)}x` }))).toContain(
      'is not a valid target group ARN',
    );
  });

  test('[LB-24] a check that was taken is taken again as it is (property)', () => {
    const given = fc.record(
      {
        HealthCheckProtocol: fc.constantFrom('HTTP', 'HTTPS', 'TCP'),
        HealthCheckPort: fc.constantFrom('traffic-port', '80', '65535'),
        HealthCheckIntervalSeconds: fc.integer({ min: 5, max: 300 }),
        HealthCheckTimeoutSeconds: fc.integer({ min: 2, max: 120 }),
        HealthyThresholdCount: fc.integer({ min: 2, max: 10 }),
      },
      { requiredKeys: [] },
    );
    const group = fc.constantFrom('HTTP', 'HTTPS', 'TCP', 'TLS', 'UDP', 'TCP_UDP');
    fc.assert(
      fc.property(group, given, (protocol, request) => {
        const kind = { targetType: 'ip', protocol } as const;
        let check;
        try {
          check = healthCheckOf(kind, request);
        } catch {
          return;
        }
        expect(healthCheckOf(kind, {}, check)).toEqual(check);
        expect(check.timeoutSeconds).toBeLessThanOrEqual(check.intervalSeconds);
      }),
    );
  });
});

describe('DescribeTargetGroups and DeleteTargetGroup', () => {
  const names = async (opened: OpenedElbv2, input: Operations['DescribeTargetGroups']['input']) =>
    (await opened.call('DescribeTargetGroups', input)).TargetGroups?.map(({ TargetGroupName }) => TargetGroupName);

  test('[LB-25] by load balancer, name, ARN, page', async () => {
    const opened = await openElbv2();
    const { loadBalancer, targetGroup, listener } = await smallSetUp(opened);
    const other = await newTargetGroup(opened, 'other');
    const third = await newTargetGroup(opened, 'third');
    await opened.call('CreateRule', {
      ListenerArn: listener,
      Priority: 1,
      Conditions: [{ Field: 'path-pattern', Values: ['/x'] }],
      Actions: [{ Type: 'forward', TargetGroupArn: other }],
    });
    expect(await names(opened, { LoadBalancerArn: loadBalancer })).toEqual(['web', 'other']);
    expect(await names(opened, { Names: ['third', 'web'] })).toEqual(['third', 'web']);
    expect(await names(opened, { TargetGroupArns: [third] })).toEqual(['third']);
    const page = await opened.call('DescribeTargetGroups', { PageSize: 2 });
    expect(page.TargetGroups).toHaveLength(2);
    expect(await names(opened, { PageSize: 2, Marker: page.NextMarker })).toEqual(['third']);
    const first = await opened.call('DescribeTargetGroups', { LoadBalancerArn: loadBalancer, PageSize: 1 });
    expect(await names(opened, { LoadBalancerArn: loadBalancer, Marker: first.NextMarker })).toEqual(['other']);
    expect(
      (await opened.call('DescribeTargetGroups', { TargetGroupArns: [targetGroup] })).TargetGroups?.[0]
        ?.LoadBalancerArns,
    ).toEqual([loadBalancer]);
    expect(await outcome(names(opened, { Names: ['zz'] }))).toBe(
      'TargetGroupNotFound: One or more target groups not found',
    );
    expect(await outcome(names(opened, { Names: ['web'], LoadBalancerArn: loadBalancer }))).toContain('Only one of');
  });

  test('[LB-26] one that a listener or rule uses cannot be deleted; its targets go with it', async () => {
    const opened = await openElbv2();
    const { loadBalancer, targetGroup } = await smallSetUp(opened);
    await opened.call('RegisterTargets', { TargetGroupArn: targetGroup, Targets: [{ Id: '172.31.0.9' }] });
    expect(await outcome(opened.call('DeleteTargetGroup', { TargetGroupArn: targetGroup }))).toBe(
      `ResourceInUse: Target group '${targetGroup}' is currently in use by a listener or a rule`,
    );
    await opened.call('DeleteLoadBalancer', { LoadBalancerArn: loadBalancer });
    await opened.call('DeleteTargetGroup', { TargetGroupArn: targetGroup });
    expect(await outcome(opened.call('DeleteTargetGroup', { TargetGroupArn: targetGroup }))).toBe('ok');
    await opened.pass();
    const again = await newTargetGroup(opened);
    expect(again).not.toBe(targetGroup);
    expect((await opened.call('DescribeTargetHealth', { TargetGroupArn: again })).TargetHealthDescriptions).toEqual([]);
    expect(await outcome(opened.call('DescribeTargetHealth', { TargetGroupArn: targetGroup }))).toBe(
      `TargetGroupNotFound: Target group '${targetGroup}' not found`,
    );
  });

  test('[LB-26] deleting and beginning to use at the same time: one of the two is refused', async () => {
    for (const deleteFirst of [true, false]) {
      const opened = await openElbv2();
      const loadBalancer = await newLoadBalancer(opened);
      const targetGroup = await newTargetGroup(opened);
      const remove = () => outcome(opened.call('DeleteTargetGroup', { TargetGroupArn: targetGroup }));
      const use = () => outcome(newListener(opened, loadBalancer, targetGroup));
      const said = await Promise.all(deleteFirst ? [remove(), use()] : [use(), remove()]);
      expect(said.filter((one) => one === 'ok')).toHaveLength(1);
    }
  });
});

describe('attributes of target groups', () => {
  const of = async (opened: OpenedElbv2, arn: string) => {
    const { Attributes = [] } = await opened.call('DescribeTargetGroupAttributes', { TargetGroupArn: arn });
    return Object.fromEntries(Attributes.map(({ Key, Value }) => [Key, Value]));
  };

  test('[LB-27] have AWS’s defaults, by protocol', async () => {
    const opened = await openElbv2();
    const common = {
      'deregistration_delay.timeout_seconds': '300',
      'stickiness.enabled': 'false',
      'load_balancing.cross_zone.enabled': 'use_load_balancer_configuration',
      'target_group_health.dns_failover.minimum_healthy_targets.count': '1',
      'target_group_health.dns_failover.minimum_healthy_targets.percentage': 'off',
      'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': '1',
      'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': 'off',
    };
    expect(await of(opened, await newTargetGroup(opened))).toEqual({
      ...common,
      'stickiness.type': 'lb_cookie',
      'load_balancing.algorithm.type': 'round_robin',
      'load_balancing.algorithm.anomaly_mitigation': 'off',
      'slow_start.duration_seconds': '0',
      'stickiness.app_cookie.cookie_name': '',
      'stickiness.app_cookie.duration_seconds': '86400',
      'stickiness.lb_cookie.duration_seconds': '86400',
    });
    const tcp = {
      ...common,
      'stickiness.type': 'source_ip',
      'deregistration_delay.connection_termination.enabled': 'false',
      'preserve_client_ip.enabled': 'false',
      'proxy_protocol_v2.enabled': 'false',
      'target_health_state.unhealthy.connection_termination.enabled': 'true',
      'target_health_state.unhealthy.draining_interval_seconds': '0',
    };
    expect(await of(opened, await newTargetGroup(opened, 't', { Protocol: 'TCP' }))).toEqual(tcp);
    expect(await of(opened, await newTargetGroup(opened, 'u', { Protocol: 'UDP' }))).toEqual({
      ...tcp,
      'deregistration_delay.connection_termination.enabled': 'true',
      'preserve_client_ip.enabled': 'true',
      'target_health_state.unhealthy.connection_termination.enabled': 'false',
    });
  });

  test.each([
    {
      protocol: 'HTTP',
      set: [['deregistration_delay.timeout_seconds', '3601']],
      want: "ValidationError: The value '3601' of target group attribute 'deregistration_delay.timeout_seconds' is not valid",
    },
    { protocol: 'HTTP', set: [['deregistration_delay.timeout_seconds', '0']], want: 'ok' },
    {
      protocol: 'HTTP',
      set: [['slow_start.duration_seconds', '29']],
      want: "ValidationError: The value '29' of target group attribute 'slow_start.duration_seconds' is not valid",
    },
    {
      protocol: 'HTTP',
      set: [
        ['slow_start.duration_seconds', '30'],
        ['load_balancing.algorithm.type', 'least_outstanding_requests'],
      ],
      want: "InvalidConfigurationRequest: Slow start is only supported when 'load_balancing.algorithm.type' is 'round_robin'",
    },
    {
      protocol: 'HTTP',
      set: [['load_balancing.algorithm.type', 'weighted_random']],
      want: "ValidationError: The value 'weighted_random' of target group attribute 'load_balancing.algorithm.type' is not implemented by Longshore",
    },
    {
      protocol: 'HTTP',
      set: [
        ['stickiness.enabled', 'true'],
        ['stickiness.type', 'app_cookie'],
      ],
      want: "ValidationError: The attribute 'stickiness.app_cookie.cookie_name' must be specified when the stickiness type is 'app_cookie'",
    },
    {
      protocol: 'HTTP',
      set: [
        ['stickiness.enabled', 'true'],
        ['stickiness.type', 'app_cookie'],
        ['stickiness.app_cookie.cookie_name', 'JSESSIONID'],
      ],
      want: 'ok',
    },
    {
      protocol: 'HTTP',
      set: [['stickiness.app_cookie.cookie_name', 'AWSALB']],
      want: "ValidationError: The value 'AWSALB' of target group attribute 'stickiness.app_cookie.cookie_name' is not valid",
    },
    {
      protocol: 'HTTP',
      set: [['proxy_protocol_v2.enabled', 'true']],
      want: "InvalidConfigurationRequest: Target group attribute key 'proxy_protocol_v2.enabled' is not supported on target groups with protocol 'HTTP'",
    },
    {
      protocol: 'TCP',
      set: [['stickiness.type', 'lb_cookie']],
      want: "ValidationError: The value 'lb_cookie' of target group attribute 'stickiness.type' is not valid",
    },
    {
      protocol: 'UDP',
      set: [['preserve_client_ip.enabled', 'false']],
      want: "ValidationError: The value 'false' of target group attribute 'preserve_client_ip.enabled' is not valid",
    },
    {
      protocol: 'TCP',
      set: [['load_balancing.cross_zone.enabled', 'true']],
      want: "ValidationError: The value 'true' of target group attribute 'load_balancing.cross_zone.enabled' is not implemented by Longshore",
    },
    {
      protocol: 'TCP',
      set: [['target_health_state.unhealthy.connection_termination.enabled', 'false']],
      want: 'ok',
    },
    {
      protocol: 'TCP',
      set: [['target_health_state.unhealthy.draining_interval_seconds', '10']],
      want: "ValidationError: The value '10' of target group attribute 'target_health_state.unhealthy.draining_interval_seconds' is not implemented by Longshore",
    },
    { protocol: 'TCP', set: [['zz', '1']], want: "ValidationError: Target group attribute key 'zz' is not recognized" },
    {
      protocol: 'TCP',
      set: [
        ['stickiness.enabled', 'true'],
        ['stickiness.enabled', 'true'],
      ],
      want: "ValidationError: Target group attribute key 'stickiness.enabled' is specified more than once",
    },
  ] as const)('[LB-27] $protocol: $set gives $want', async ({ protocol, set, want }) => {
    const opened = await openElbv2();
    const arn = await newTargetGroup(opened, 'g', { Protocol: protocol });
    const before = await of(opened, arn);
    const call = opened.call('ModifyTargetGroupAttributes', {
      TargetGroupArn: arn,
      Attributes: set.map(([Key, Value]) => ({ Key, Value })),
    });
    expect(await outcome(call)).toBe(want);
    expect(await of(opened, arn)).toEqual(want === 'ok' ? { ...before, ...Object.fromEntries(set) } : before);
  });
});
