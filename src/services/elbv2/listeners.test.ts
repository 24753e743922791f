import { describe, expect, test } from 'vitest';
import type { Operations } from '../../protocol/generated/elbv2.ts';
import {
  goodCertificate,
  newListener,
  newLoadBalancer,
  newTargetGroup,
  openElbv2,
  otherCertificate,
  outcome,
  smallSetUp,
  type OpenedElbv2,
} from './contract/opened-elbv2.ts';

type Create = Omit<Operations['CreateListener']['input'], 'LoadBalancerArn'>;
type Rule = Omit<Operations['CreateRule']['input'], 'ListenerArn'>;
type Action = Create['DefaultActions'][number];

const fixed: Action = { Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } };
const path = (value: string): Rule['Conditions'][number] => ({ Field: 'path-pattern', Values: [value] });

describe('CreateListener', () => {
  test('[LB-40] has AWS’s ARN and shows its action in full', async () => {
    const opened = await openElbv2();
    const { loadBalancer, targetGroup, listener } = await smallSetUp(opened);
    const id = loadBalancer.split('loadbalancer/')[1];
    expect(listener).toMatch(
      new RegExp(`^arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/${id}/[0-9a-f]{16}$`),
    );
    expect((await opened.call('DescribeListeners', { LoadBalancerArn: loadBalancer })).Listeners).toEqual([
      {
        ListenerArn: listener,
        LoadBalancerArn: loadBalancer,
        Port: 80,
        Protocol: 'HTTP',
        DefaultActions: [
          {
            Type: 'forward',
            TargetGroupArn: targetGroup,
            ForwardConfig: {
              TargetGroups: [{ TargetGroupArn: targetGroup, Weight: 1 }],
              TargetGroupStickinessConfig: { Enabled: false },
            },
          },
        ],
      },
    ]);
  });

  test('[LB-40] HTTPS has a certificate and a security policy', async () => {
    const opened = await openElbv2();
    const LoadBalancerArn = await newLoadBalancer(opened);
    const { Listeners } = await opened.call('CreateListener', {
      LoadBalancerArn,
      Protocol: 'HTTPS',
      Port: 443,
      Certificates: [{ CertificateArn: goodCertificate }],
      DefaultActions: [fixed],
    });
    expect(Listeners?.[0]).toMatchObject({
      Certificates: [{ CertificateArn: goodCertificate }],
      SslPolicy: 'ELBSecurityPolicy-2016-08',
      MutualAuthentication: { Mode: 'off' },
      DefaultActions: [
        { Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404', ContentType: 'text/plain' } },
      ],
    });
  });

  const https = {
    Protocol: 'HTTPS',
    Port: 443,
    Certificates: [{ CertificateArn: goodCertificate }],
    DefaultActions: [fixed],
  } as const;
  const http = { Protocol: 'HTTP', Port: 81, DefaultActions: [fixed] } as const;
  const redirect = (RedirectConfig: Partial<NonNullable<Action['RedirectConfig']>>): Action => ({
    Type: 'redirect',
    RedirectConfig: { StatusCode: 'HTTP_301', ...RedirectConfig },
  });
  const cases: readonly { readonly name: string; readonly input: Create; readonly want: string }[] = [
    {
      name: 'no protocol',
      input: { Port: 81, DefaultActions: [fixed] },
      want: 'ValidationError: A listener protocol must be specified',
    },
    {
      name: 'no port',
      input: { Protocol: 'HTTP', DefaultActions: [fixed] },
      want: 'ValidationError: A listener port must be specified',
    },
    {
      name: 'TCP on an ALB',
      input: { ...http, Protocol: 'TCP' },
      want: "ValidationError: Listener protocol 'TCP' must be one of 'HTTP, HTTPS'",
    },
    {
      name: 'QUIC',
      input: { ...http, Protocol: 'QUIC' },
      want: 'ValidationError: The protocol QUIC is not implemented by Longshore',
    },
    {
      name: 'taken port',
      input: { ...http, Port: 80 },
      want: "DuplicateListener: A listener already exists on this port for this load balancer 'LB'",
    },
    {
      name: 'no certificate',
      input: { Protocol: 'HTTPS', Port: 443, DefaultActions: [fixed] },
      want: 'ValidationError: A certificate must be specified for HTTPS listeners',
    },
    {
      name: 'two certificates',
      input: { ...https, Certificates: [{ CertificateArn: goodCertificate }, { CertificateArn: otherCertificate }] },
      want: 'ValidationError: Exactly one certificate must be specified for HTTPS listeners',
    },
    {
      name: 'unknown certificate',
      input: { ...https, Certificates: [{ CertificateArn: 'arn:aws:acm:x' }] },
      want: "CertificateNotFound: Certificate 'arn:aws:acm:x' not found",
    },
    {
      name: 'certificate on HTTP',
      input: { ...http, Certificates: [{ CertificateArn: goodCertificate }] },
      want: "ValidationError: Certificates are not supported with listeners of protocol 'HTTP'",
    },
    {
      name: 'unknown policy',
      input: { ...https, SslPolicy: 'x' },
      want: "SSLPolicyNotFound: SSL policy 'x' not found",
    },
    {
      name: 'policy on HTTP',
      input: { ...http, SslPolicy: 'x' },
      want: "ValidationError: SSL policies are not supported with listeners of protocol 'HTTP'",
    },
    {
      name: 'ALPN on HTTPS',
      input: { ...https, AlpnPolicy: ['HTTP2Only'] },
      want: "ValidationError: ALPN policies are not supported with listeners of protocol 'HTTPS'",
    },
    {
      name: 'client certificates',
      input: { ...https, MutualAuthentication: { Mode: 'passthrough' } },
      want: 'ValidationError: Mutual authentication with mode passthrough is not implemented by Longshore',
    },
    {
      name: 'no action',
      input: { ...http, DefaultActions: [] },
      want: 'ValidationError: At least one action must be specified',
    },
    {
      name: 'two actions',
      input: { ...http, DefaultActions: [fixed, fixed] },
      want: 'TooManyActions: A rule must have exactly one forward, redirect or fixed-response action',
    },
    {
      name: 'Cognito',
      input: { ...https, DefaultActions: [{ Type: 'authenticate-cognito', Order: 1 }, fixed] },
      want: 'ValidationError: The action type authenticate-cognito is not implemented by Longshore',
    },
    {
      name: 'OIDC',
      input: { ...https, DefaultActions: [{ Type: 'authenticate-oidc', Order: 1 }, fixed] },
      want: 'ValidationError: The action type authenticate-oidc is not implemented by Longshore',
    },
    {
      name: 'JWT',
      input: { ...https, DefaultActions: [{ Type: 'jwt-validation', Order: 1 }, fixed] },
      want: 'ValidationError: The action type jwt-validation is not implemented by Longshore',
    },
    {
      name: 'loop',
      input: { ...http, DefaultActions: [redirect({ Query: 'a=1' })] },
      want: 'InvalidLoadBalancerAction: The redirect configuration is not valid because it creates a loop',
    },
    {
      name: 'HTTPS to HTTP',
      input: { ...https, DefaultActions: [redirect({ Protocol: 'HTTP' })] },
      want: 'InvalidLoadBalancerAction: HTTPS cannot be redirected to HTTP',
    },
    {
      name: 'redirect port',
      input: { ...http, DefaultActions: [redirect({ Port: '0' })] },
      want: "ValidationError: Redirect port '0' must be '#{port}' or between '1' and '65535'",
    },
    {
      name: 'redirect path',
      input: { ...http, DefaultActions: [redirect({ Path: 'x' })] },
      want: "ValidationError: Redirect path 'x' must begin with a '/' character",
    },
    {
      name: 'redirect keyword',
      input: { ...http, DefaultActions: [redirect({ Path: '/#{zz}' })] },
      want: "ValidationError: Redirect configuration contains the unknown keyword '#{zz}'",
    },
    {
      name: 'content type',
      input: {
        ...http,
        DefaultActions: [
          { Type: 'fixed-response', FixedResponseConfig: { StatusCode: '200', ContentType: 'image/png' } },
        ],
      },
      want: "ValidationError: Fixed response content type 'image/png' must be one of 'text/plain, text/css, text/html, application/javascript, application/json'",
    },
    {
      name: 'forward to nothing',
      input: { ...http, DefaultActions: [{ Type: 'forward' }] },
      want: 'ValidationError: A target group ARN must be specified',
    },
    {
      name: 'group missing',
      input: { ...http, DefaultActions: [{ Type: 'forward', TargetGroupArn: 'GONE' }] },
      want: "TargetGroupNotFound: Target groups 'GONE' not found",
    },
    {
      name: 'group no ARN',
      input: { ...http, DefaultActions: [{ Type: 'forward', TargetGroupArn: 'x' }] },
      want: "ValidationError: 'x' is not a valid target group ARN",
    },
    {
      name: 'weight',
      input: {
        ...http,
        DefaultActions: [
          { Type: 'forward', ForwardConfig: { TargetGroups: [{ TargetGroupArn: 'TG', Weight: 1_000 }] } },
        ],
      },
      want: "ValidationError: Target group weight '1000' must be between 0 and 999 inclusive",
    },
    {
      name: 'six groups',
      input: {
        ...http,
        DefaultActions: [
          {
            Type: 'forward',
            ForwardConfig: { TargetGroups: ['1', '2', '3', '4', '5', '6'].map((one) => ({ TargetGroupArn: one })) },
          },
        ],
      },
      want: 'InvalidConfigurationRequest: An action can have at most 5 target groups',
    },
    {
      name: 'stickiness',
      input: {
        ...http,
        DefaultActions: [
          {
            Type: 'forward',
            ForwardConfig: {
              TargetGroups: [{ TargetGroupArn: 'TG' }],
              TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 604_801 },
            },
          },
        ],
      },
      want: "ValidationError: Target group stickiness duration '604801' must be between 1 and 604800 seconds inclusive",
    },
    {
      name: 'TCP group',
      input: { ...http, DefaultActions: [{ Type: 'forward', TargetGroupArn: 'TCP' }] },
      want: "IncompatibleProtocols: Listener protocol 'HTTP' is not compatible with the protocol 'TCP' of target group 'TCP'",
    },
    {
      name: 'gRPC group',
      input: { ...http, DefaultActions: [{ Type: 'forward', TargetGroupArn: 'GRPC' }] },
      want: "InvalidConfigurationRequest: Listener protocol 'HTTP' is not supported with a target group with the protocol-version 'GRPC'",
    },
    {
      name: 'other VPC',
      input: { ...http, DefaultActions: [{ Type: 'forward', TargetGroupArn: 'VPC2' }] },
      want: "InvalidConfigurationRequest: Target group 'VPC2' is in a different VPC than load balancer 'LB'",
    },
    {
      name: 'group of another',
      input: { ...http, DefaultActions: [{ Type: 'forward', TargetGroupArn: 'USED' }] },
      want: 'TargetGroupAssociationLimit: The following target groups cannot be associated with more than one load balancer: USED',
    },
  ];
  test.each(cases)('[LB-41] refuses $name and changes nothing', async ({ input, want }) => {
    const opened = await openElbv2();
    const { loadBalancer, targetGroup } = await smallSetUp(opened);
    const used = await newTargetGroup(opened, 'used');
    await newListener(opened, await newLoadBalancer(opened, 'second'), used);
    const arns: Record<string, string> = {
      TG: targetGroup,
      USED: used,
      TCP: await newTargetGroup(opened, 'tcp', { Protocol: 'TCP' }),
      GRPC: await newTargetGroup(opened, 'grpc', { ProtocolVersion: 'GRPC' }),
      VPC2: await newTargetGroup(opened, 'vpc2', { VpcId: 'vpc-2' }),
      GONE: targetGroup.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
      LB: loadBalancer,
    };
    const named = (text: string): string =>
      text.replace(/(?<=['" ])(TG|USED|TCP|GRPC|VPC2|GONE|LB)(?='|"|$)/g, (name, _all, at: number) =>
        /protocol '?$|protocol-version '$/.test(text.slice(0, at)) ? name : (arns[name] ?? name),
      );
    const asked = JSON.parse(
      JSON.stringify(input).replace(
        /"TargetGroupArn":"(\w+)"/g,
        (_all, name: string) => `"TargetGroupArn":"${arns[name] ?? name}"`,
      ),
    ) as Create;
    const before = opened.db.revision;
    expect(await outcome(opened.call('CreateListener', { LoadBalancerArn: loadBalancer, ...asked }))).toBe(named(want));
    expect(opened.db.revision).toBe(before);
  });

  test.each([
    { listener: 'TCP', group: 'TCP', ok: true },
    { listener: 'TCP', group: 'TCP_UDP', ok: true },
    { listener: 'TCP', group: 'TLS', ok: false },
    { listener: 'UDP', group: 'UDP', ok: true },
    { listener: 'UDP', group: 'TCP', ok: false },
    { listener: 'TCP_UDP', group: 'TCP_UDP', ok: true },
    { listener: 'TCP_UDP', group: 'UDP', ok: false },
    { listener: 'TLS', group: 'TCP', ok: true },
    { listener: 'TLS', group: 'TLS', ok: true },
    { listener: 'TLS', group: 'HTTP', ok: false },
  ] as const)('[LB-42] $listener to $group on a network load balancer: $ok', async ({ listener, group, ok }) => {
    const opened = await openElbv2();
    const LoadBalancerArn = await newLoadBalancer(opened, 'n', 'network');
    const TargetGroupArn = await newTargetGroup(opened, 'g', { Protocol: group });
    const said = await outcome(
      opened.call('CreateListener', {
        LoadBalancerArn,
        Protocol: listener,
        Port: 1,
        ...(listener === 'TLS'
          ? { Certificates: [{ CertificateArn: goodCertificate }], AlpnPolicy: ['HTTP2Preferred'] }
          : {}),
        DefaultActions: [{ Type: 'forward', TargetGroupArn }],
      }),
    );
    expect(said === 'ok').toBe(ok);
    expect(
      await outcome(
        opened.call('CreateListener', { LoadBalancerArn, Protocol: 'TCP', Port: 2, DefaultActions: [fixed] }),
      ),
    ).toBe("InvalidLoadBalancerAction: The action type 'fixed-response' is not valid with listener protocol 'TCP'");
  });

  test('[LB-43] the same again is answered with what there is; two at once on one port are one', async () => {
    const opened = await openElbv2();
    const { loadBalancer, targetGroup, listener } = await smallSetUp(opened);
    expect(await newListener(opened, loadBalancer, targetGroup)).toBe(listener);
    const create = (code: string) =>
      opened.call('CreateListener', {
        LoadBalancerArn: loadBalancer,
        Protocol: 'HTTP',
        Port: 90,
        DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: code } }],
      });
    const said = await Promise.all([outcome(create('200')), outcome(create('201'))]);
    expect(said.toSorted()).toEqual([
      `DuplicateListener: A listener already exists on this port for this load balancer '${loadBalancer}'`,
      'ok',
    ]);
  });

  test('[LB-43] fifty listeners are the most', async () => {
    const opened = await openElbv2();
    const { loadBalancer, targetGroup } = await smallSetUp(opened);
    for (let port = 1; port < 50; port += 1) await newListener(opened, loadBalancer, targetGroup, 100 + port);
    expect(await outcome(newListener(opened, loadBalancer, targetGroup, 99))).toBe(
      'TooManyListeners: A load balancer can have at most 50 listeners',
    );
    const page = await opened.call('DescribeListeners', { LoadBalancerArn: loadBalancer, PageSize: 49 });
    expect(page.Listeners).toHaveLength(49);
    const last = await opened.call('DescribeListeners', {
      LoadBalancerArn: loadBalancer,
      PageSize: 49,
      Marker: page.NextMarker,
    });
    expect(last.Listeners).toHaveLength(1);
    await opened.call('DeleteLoadBalancer', { LoadBalancerArn: loadBalancer });
    expect(await outcome(opened.call('DeleteTargetGroup', { TargetGroupArn: targetGroup }))).toBe('ok');
  });
});

describe('ModifyListener and DeleteListener', () => {
  test('[LB-44] what is not given stays; a protocol without TLS takes certificates away', async () => {
    const opened = await openElbv2();
    const { loadBalancer, listener } = await smallSetUp(opened);
    const modify = async (input: Omit<Operations['ModifyListener']['input'], 'ListenerArn'>) =>
      (await opened.call('ModifyListener', { ListenerArn: listener, ...input })).Listeners?.[0];
    expect(
      await modify({ Port: 8443, Protocol: 'HTTPS', Certificates: [{ CertificateArn: goodCertificate }] }),
    ).toMatchObject({
      Port: 8443,
      Protocol: 'HTTPS',
      SslPolicy: 'ELBSecurityPolicy-2016-08',
      DefaultActions: [{ Type: 'forward' }],
    });
    expect(await modify({ SslPolicy: 'ELBSecurityPolicy-TLS13-1-3-2021-06' })).toMatchObject({
      Certificates: [{ CertificateArn: goodCertificate }],
      SslPolicy: 'ELBSecurityPolicy-TLS13-1-3-2021-06',
    });
    const plain = await modify({ Protocol: 'HTTP', DefaultActions: [fixed] });
    expect(plain).toMatchObject({ Protocol: 'HTTP', DefaultActions: [{ Type: 'fixed-response' }] });
    expect(plain?.Certificates ?? plain?.SslPolicy).toBeUndefined();
    await opened.call('CreateListener', {
      LoadBalancerArn: loadBalancer,
      Protocol: 'HTTP',
      Port: 80,
      DefaultActions: [fixed],
    });
    expect(await outcome(modify({ Port: 80 }))).toContain('DuplicateListener');
  });

  test('[LB-44] a deleted one is not found, and frees its port and its target group', async () => {
    const opened = await openElbv2();
    const { loadBalancer, targetGroup, listener } = await smallSetUp(opened);
    await opened.call('DeleteListener', { ListenerArn: listener });
    expect(await outcome(opened.call('DeleteListener', { ListenerArn: listener }))).toBe(
      `ListenerNotFound: Listener '${listener}' not found`,
    );
    expect(await newListener(opened, loadBalancer, targetGroup)).not.toBe(listener);
    expect(await outcome(opened.call('DescribeListeners', {}))).toBe(
      'ValidationError: You must specify either listener ARNs or a load balancer ARN',
    );
  });

  test('[LB-45] attributes by protocol', async () => {
    const opened = await openElbv2();
    const { listener } = await smallSetUp(opened);
    const nlb = await newLoadBalancer(opened, 'n', 'network');
    const tcp = await newTargetGroup(opened, 't', { Protocol: 'TCP' });
    const { Listeners } = await opened.call('CreateListener', {
      LoadBalancerArn: nlb,
      Protocol: 'TCP',
      Port: 1,
      DefaultActions: [{ Type: 'forward', TargetGroupArn: tcp }],
    });
    const tcpListener = Listeners?.[0]?.ListenerArn ?? '';
    const set = (ListenerArn: string, Key: string, Value: string) =>
      outcome(opened.call('ModifyListenerAttributes', { ListenerArn, Attributes: [{ Key, Value }] }));
    expect((await opened.call('DescribeListenerAttributes', { ListenerArn: tcpListener })).Attributes).toEqual([
      { Key: 'tcp.idle_timeout.seconds', Value: '350' },
    ]);
    expect(await set(tcpListener, 'tcp.idle_timeout.seconds', '6000')).toBe('ok');
    expect(await set(tcpListener, 'tcp.idle_timeout.seconds', '59')).toContain('is not valid');
    expect(await set(listener, 'tcp.idle_timeout.seconds', '60')).toBe(
      "InvalidConfigurationRequest: Listener attribute key 'tcp.idle_timeout.seconds' is not supported on listeners with protocol 'HTTP'",
    );
    expect(await set(listener, 'routing.http.response.server.enabled', 'true')).toBe('ok');
    expect(await set(listener, 'routing.http.response.server.enabled', 'false')).toContain(
      'not implemented by Longshore',
    );
    expect(await set(listener, 'routing.http.response.x_frame_options.header_value', 'DENY')).toContain(
      'not implemented by Longshore',
    );
  });
});

describe('certificates of listeners', () => {
  test('[LB-46] are added once, listed with the default one, and removed', async () => {
    const opened = await openElbv2();
    const LoadBalancerArn = await newLoadBalancer(opened);
    const { Listeners } = await opened.call('CreateListener', {
      LoadBalancerArn,
      Protocol: 'HTTPS',
      Port: 443,
      Certificates: [{ CertificateArn: goodCertificate }],
      DefaultActions: [fixed],
    });
    const ListenerArn = Listeners?.[0]?.ListenerArn ?? '';
    const Certificates = [{ CertificateArn: otherCertificate }];
    for (let time = 0; time < 2; time += 1) {
      expect((await opened.call('AddListenerCertificates', { ListenerArn, Certificates })).Certificates).toEqual([
        { CertificateArn: otherCertificate, IsDefault: false },
      ]);
    }
    const list = async () => (await opened.call('DescribeListenerCertificates', { ListenerArn })).Certificates;
    expect(await list()).toEqual([
      { CertificateArn: goodCertificate, IsDefault: true },
      { CertificateArn: otherCertificate, IsDefault: false },
    ]);
    expect(
      await outcome(
        opened.call('RemoveListenerCertificates', { ListenerArn, Certificates: [{ CertificateArn: goodCertificate }] }),
      ),
    ).toBe(
      `OperationNotPermitted: Certificate '${goodCertificate}' is the default certificate of the listener and cannot be removed`,
    );
    await opened.call('RemoveListenerCertificates', { ListenerArn, Certificates });
    expect(await list()).toEqual([{ CertificateArn: goodCertificate, IsDefault: true }]);
    expect(
      await outcome(
        opened.call('AddListenerCertificates', { ListenerArn, Certificates: [{ CertificateArn: 'arn:x' }] }),
      ),
    ).toBe("CertificateNotFound: Certificate 'arn:x' not found");
  });

  test('[LB-46] listeners without TLS have none', async () => {
    const opened = await openElbv2();
    const { listener } = await smallSetUp(opened);
    const call = opened.call('AddListenerCertificates', {
      ListenerArn: listener,
      Certificates: [{ CertificateArn: goodCertificate }],
    });
    expect(await outcome(call)).toBe(
      "ValidationError: Certificates are not supported with listeners of protocol 'HTTP'",
    );
    expect((await opened.call('DescribeListenerCertificates', { ListenerArn: listener })).Certificates).toEqual([]);
  });
});

describe('rules', () => {
  const create = async (opened: OpenedElbv2, listener: string, input: Partial<Rule> = {}) =>
    (
      await opened.call('CreateRule', {
        ListenerArn: listener,
        Priority: 10,
        Conditions: [path('/api/*')],
        Actions: [fixed],
        ...input,
      })
    ).Rules?.[0];

  test('[LB-50] has AWS’s ARN; the list is by priority with the default rule last', async () => {
    const opened = await openElbv2();
    const { listener } = await smallSetUp(opened);
    const second = await create(opened, listener, { Priority: 20 });
    const first = await create(opened, listener, { Priority: 3 });
    expect(second?.RuleArn).toMatch(/:listener-rule\/app\/web\/[0-9a-f]{16}\/[0-9a-f]{16}\/[0-9a-f]{16}$/);
    expect(first).toEqual({
      RuleArn: first?.RuleArn,
      Priority: '3',
      Conditions: [{ Field: 'path-pattern', Values: ['/api/*'], PathPatternConfig: { Values: ['/api/*'] } }],
      Actions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404', ContentType: 'text/plain' } }],
      IsDefault: false,
    });
    const { Rules } = await opened.call('DescribeRules', { ListenerArn: listener });
    expect(Rules?.map(({ Priority, IsDefault }) => [Priority, IsDefault])).toEqual([
      ['3', false],
      ['20', false],
      ['default', true],
    ]);
    const page = await opened.call('DescribeRules', { ListenerArn: listener, PageSize: 2 });
    const rest = await opened.call('DescribeRules', { ListenerArn: listener, PageSize: 2, Marker: page.NextMarker });
    expect(rest.Rules?.map(({ Priority }) => Priority)).toEqual(['default']);
  });

  test('[LB-51] every type of condition is taken and shown', async () => {
    const opened = await openElbv2();
    const { listener } = await smallSetUp(opened);
    const rule = await create(opened, listener, {
      Conditions: [
        { Field: 'host-header', HostHeaderConfig: { Values: ['*.example.com'] } },
        { Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'X-Kind', Values: ['a?'] } },
        { Field: 'http-request-method', HttpRequestMethodConfig: { Values: ['GET'] } },
        { QueryStringConfig: { Values: [{ Key: 'v', Value: '1' }] } },
        { Field: 'source-ip', SourceIpConfig: { Values: ['10.0.0.0/8'] } },
      ],
    });
    expect(rule?.Conditions).toEqual([
      { Field: 'host-header', Values: ['*.example.com'], HostHeaderConfig: { Values: ['*.example.com'] } },
      { Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'X-Kind', Values: ['a?'] } },
      { Field: 'http-request-method', HttpRequestMethodConfig: { Values: ['GET'] } },
      { Field: 'query-string', QueryStringConfig: { Values: [{ Key: 'v', Value: '1' }] } },
      { Field: 'source-ip', SourceIpConfig: { Values: ['10.0.0.0/8'] } },
    ]);
  });

  const refused: readonly { readonly name: string; readonly input: Partial<Rule>; readonly want: string }[] = [
    { name: 'no condition', input: { Conditions: [] }, want: 'ValidationError: A condition must be specified' },
    {
      name: 'unknown field',
      input: { Conditions: [{ Field: 'body', Values: ['x'] }] },
      want: "ValidationError: Condition field 'body' must be one of '[host-header, path-pattern, http-header, http-request-method, query-string, source-ip]'",
    },
    {
      name: 'no value',
      input: { Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: [] } }] },
      want: "ValidationError: A condition value must be specified for 'path-pattern'",
    },
    {
      name: 'empty value',
      input: { Conditions: [path('')] },
      want: "ValidationError: A condition value of 'path-pattern' cannot be empty",
    },
    {
      name: 'long value',
      input: { Conditions: [path(`/${'a'.repeat(128)}`)] },
      want: `ValidationError: Condition value '/${'a'.repeat(128)}' cannot be longer than '128' characters`,
    },
    {
      name: 'space in a path',
      input: { Conditions: [path('/a b')] },
      want: "ValidationError: Condition value '/a b' contains a character that is not valid",
    },
    {
      name: 'two old values',
      input: { Conditions: [{ Field: 'path-pattern', Values: ['/a', '/b'] }] },
      want: "ValidationError: A 'path-pattern' condition can only have one value in Values; use PathPatternConfig for several",
    },
    {
      name: 'old and new',
      input: { Conditions: [{ Field: 'path-pattern', Values: ['/a'], PathPatternConfig: { Values: ['/b'] } }] },
      want: "ValidationError: A 'path-pattern' condition can only have one of Values and PathPatternConfig",
    },
    {
      name: 'alien config',
      input: { Conditions: [{ Field: 'path-pattern', HostHeaderConfig: { Values: ['a.b'] } }] },
      want: "ValidationError: A 'path-pattern' condition cannot have a HostHeaderConfig",
    },
    {
      name: 'two paths',
      input: { Conditions: [path('/a'), path('/b')] },
      want: "ValidationError: A rule can only have one 'path-pattern' condition",
    },
    {
      name: 'six values',
      input: {
        Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/1', '/2', '/3', '/4', '/5', '/6'] } }],
      },
      want: "ValidationError: A rule can only have '5' condition values",
    },
    {
      name: 'six wildcards',
      input: { Conditions: [path('/*/*/*/*/*/*')] },
      want: "ValidationError: A rule can only have '5' condition wildcards",
    },
    {
      name: 'host as header',
      input: { Conditions: [{ Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'Host', Values: ['x'] } }] },
      want: "ValidationError: An 'http-header' condition cannot name the host header; use a 'host-header' condition",
    },
    {
      name: 'header name',
      input: { Conditions: [{ Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'a b', Values: ['x'] } }] },
      want: "ValidationError: HTTP header name 'a b' is not valid",
    },
    {
      name: 'method',
      input: { Conditions: [{ Field: 'http-request-method', HttpRequestMethodConfig: { Values: ['get'] } }] },
      want: "ValidationError: HTTP request method 'get' can have up to 40 of the characters A-Z, '-' and '_'",
    },
    {
      name: 'CIDR',
      input: { Conditions: [{ Field: 'source-ip', SourceIpConfig: { Values: ['10.0.0.256/8'] } }] },
      want: "ValidationError: '10.0.0.256/8' is not a valid CIDR block",
    },
    {
      name: 'IPv6 CIDR',
      input: { Conditions: [{ Field: 'source-ip', SourceIpConfig: { Values: ['1:2:3/64'] } }] },
      want: "ValidationError: '1:2:3/64' is not a valid CIDR block",
    },
    {
      name: 'host',
      input: { Conditions: [{ Field: 'host-header', Values: ['localhost'] }] },
      want: "ValidationError: Condition value 'localhost' must contain at least one '.' character",
    },
    {
      name: 'regular expression',
      input: { Conditions: [{ Field: 'path-pattern', RegexValues: ['^/'] }] },
      want: 'ValidationError: A condition with regular expressions (RegexValues) is not implemented by Longshore',
    },
    {
      name: 'transform',
      input: { Transforms: [{ Type: 'url-rewrite' }] },
      want: 'ValidationError: Transforms is not implemented by Longshore',
    },
    { name: 'priority in use', input: { Priority: 5 }, want: "PriorityInUse: Priority '5' is currently in use" },
  ];
  test.each(refused)('[LB-52] refuses $name', async ({ input, want }) => {
    const opened = await openElbv2();
    const { listener } = await smallSetUp(opened);
    await create(opened, listener, { Priority: 5 });
    const before = opened.db.revision;
    expect(await outcome(create(opened, listener, input))).toBe(want);
    expect(opened.db.revision).toBe(before);
  });

  test('[LB-52] IPv6 blocks are taken', async () => {
    const opened = await openElbv2();
    const { listener } = await smallSetUp(opened);
    const Values = ['2001:db8::/32', '::1/128', '1:2:3:4:5:6:7:8/64'];
    expect(
      await outcome(create(opened, listener, { Conditions: [{ Field: 'source-ip', SourceIpConfig: { Values } }] })),
    ).toBe('ok');
  });

  test('[LB-53] a rule is modified in part; the default rule cannot be modified, deleted or moved', async () => {
    const opened = await openElbv2();
    const { listener } = await smallSetUp(opened);
    const arn = (await create(opened, listener))?.RuleArn ?? '';
    const { Rules } = await opened.call('ModifyRule', { RuleArn: arn, Conditions: [path('/b')] });
    expect(Rules?.[0]).toMatchObject({
      Priority: '10',
      Conditions: [{ Values: ['/b'] }],
      Actions: [{ Type: 'fixed-response' }],
    });
    const all = await opened.call('DescribeRules', { ListenerArn: listener });
    const last = all.Rules?.at(-1)?.RuleArn ?? '';
    expect(await outcome(opened.call('ModifyRule', { RuleArn: last, Actions: [fixed] }))).toContain(
      'OperationNotPermitted',
    );
    expect(await outcome(opened.call('DeleteRule', { RuleArn: last }))).toBe(
      `OperationNotPermitted: Default rule '${last}' cannot be deleted`,
    );
    expect(
      await outcome(opened.call('SetRulePriorities', { RulePriorities: [{ RuleArn: last, Priority: 1 }] })),
    ).toContain('OperationNotPermitted');
    expect((await opened.call('DescribeRules', { RuleArns: [last] })).Rules?.[0]?.IsDefault).toBe(true);
    await opened.call('DeleteRule', { RuleArn: arn });
    expect(await outcome(opened.call('DescribeRules', { RuleArns: [arn] }))).toBe(
      'RuleNotFound: One or more rules not found',
    );
    expect(await outcome(opened.call('DeleteRule', { RuleArn: arn }))).toBe(`RuleNotFound: Rule '${arn}' not found`);
  });

  test('[LB-54] priorities are exchanged at once, and stay unique', async () => {
    const opened = await openElbv2();
    const { listener } = await smallSetUp(opened);
    const arns: string[] = [];
    for (const Priority of [1, 2, 3]) arns.push((await create(opened, listener, { Priority }))?.RuleArn ?? '');
    const set = (pairs: readonly (readonly [number, number])[]) =>
      opened.call('SetRulePriorities', {
        RulePriorities: pairs.map(([index, Priority]) => ({ RuleArn: arns[index]!, Priority })),
      });
    const order = async () =>
      (await opened.call('DescribeRules', { ListenerArn: listener })).Rules?.slice(0, -1).map(({ RuleArn }) =>
        arns.indexOf(RuleArn ?? ''),
      );
    const { Rules } = await set([
      [0, 2],
      [1, 1],
    ]);
    expect(Rules?.map(({ Priority }) => Priority)).toEqual(['1', '2']);
    expect(await order()).toEqual([1, 0, 2]);
    expect(await outcome(set([[0, 3]]))).toBe("PriorityInUse: Priority '3' is currently in use");
    expect(await order()).toEqual([1, 0, 2]);
    const elsewhere = await newListener(
      opened,
      await newLoadBalancer(opened, 'other'),
      await newTargetGroup(opened, 'other'),
    );
    arns.push((await create(opened, elsewhere))?.RuleArn ?? '');
    expect(
      await outcome(
        set([
          [0, 7],
          [3, 8],
        ]),
      ),
    ).toBe('ValidationError: All rules must belong to the same listener');
  });

  test('[LB-55] a hundred rules over all listeners are the most; they go with their listener', async () => {
    const opened = await openElbv2();
    const { loadBalancer, targetGroup, listener } = await smallSetUp(opened);
    const second = await newListener(opened, loadBalancer, targetGroup, 81);
    for (let Priority = 1; Priority <= 100; Priority += 1)
      await create(opened, Priority % 2 === 0 ? listener : second, { Priority });
    expect(await outcome(create(opened, listener, { Priority: 200 }))).toBe(
      'TooManyRules: A load balancer can have at most 100 rules',
    );
    await opened.call('DeleteListener', { ListenerArn: second });
    expect(await outcome(create(opened, listener, { Priority: 200 }))).toBe('ok');
  });

  test('[LB-55] network load balancers have no rules', async () => {
    const opened = await openElbv2();
    const nlb = await newLoadBalancer(opened, 'n', 'network');
    const tcp = await newTargetGroup(opened, 't', { Protocol: 'TCP' });
    const { Listeners } = await opened.call('CreateListener', {
      LoadBalancerArn: nlb,
      Protocol: 'TCP',
      Port: 1,
      DefaultActions: [{ Type: 'forward', TargetGroupArn: tcp }],
    });
    expect(await outcome(create(opened, Listeners?.[0]?.ListenerArn ?? ''))).toBe(
      "ValidationError: Rules are not supported with listeners of protocol 'TCP'",
    );
  });
});

describe('tags and lists', () => {
  test('[LB-60] everything can be tagged, several things at once', async () => {
    const opened = await openElbv2();
    const { loadBalancer, targetGroup, listener } = await smallSetUp(opened);
    const { Rules } = await opened.call('CreateRule', {
      ListenerArn: listener,
      Priority: 1,
      Conditions: [path('/')],
      Actions: [fixed],
      Tags: [{ Key: 'own', Value: '1' }],
    });
    const rule = Rules?.[0]?.RuleArn ?? '';
    const all = [loadBalancer, targetGroup, listener, rule];
    await opened.call('AddTags', { ResourceArns: all, Tags: [{ Key: 'team', Value: 'a' }, { Key: 'empty' }] });
    await opened.call('AddTags', { ResourceArns: all, Tags: [{ Key: 'team', Value: 'b' }] });
    await opened.call('RemoveTags', { ResourceArns: all, TagKeys: ['empty', 'absent'] });
    const { TagDescriptions } = await opened.call('DescribeTags', { ResourceArns: all });
    const team = { Key: 'team', Value: 'b' };
    expect(TagDescriptions).toEqual([
      { ResourceArn: loadBalancer, Tags: [team] },
      { ResourceArn: targetGroup, Tags: [team] },
      { ResourceArn: listener, Tags: [team] },
      { ResourceArn: rule, Tags: [{ Key: 'own', Value: '1' }, team] },
    ]);
    const many = Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}` }));
    expect(await outcome(opened.call('AddTags', { ResourceArns: [loadBalancer], Tags: many }))).toBe(
      'TooManyTags: A resource can have no more than 50 tags',
    );
    expect(await outcome(opened.call('DescribeTags', { ResourceArns: ['x'] }))).toBe(
      "ValidationError: 'x' is not a valid ARN",
    );
    expect(
      await outcome(opened.call('DescribeTags', { ResourceArns: [`${listener.slice(0, -16)}0000000000000000`] })),
    ).toContain('ListenerNotFound');
    expect(
      await outcome(
        opened.call('AddTags', { ResourceArns: Array.from({ length: 21 }, (_, n) => `a${n}`), Tags: [team] }),
      ),
    ).toContain('At most 20 resource ARNs');
  });

  test('[LB-61] security policies and account limits are listed', async () => {
    const opened = await openElbv2();
    const { SslPolicies = [] } = await opened.call('DescribeSSLPolicies', {
      Names: ['ELBSecurityPolicy-TLS13-1-3-2021-06'],
    });
    expect(SslPolicies).toEqual([
      {
        Name: 'ELBSecurityPolicy-TLS13-1-3-2021-06',
        SslProtocols: ['TLSv1.3'],
        Ciphers: [
          { Name: 'TLS_AES_128_GCM_SHA256', Priority: 1 },
          { Name: 'TLS_AES_256_GCM_SHA384', Priority: 2 },
          { Name: 'TLS_CHACHA20_POLY1305_SHA256', Priority: 3 },
        ],
        SupportedLoadBalancerTypes: ['application', 'network'],
      },
    ]);
    const all = await opened.call('DescribeSSLPolicies', { LoadBalancerType: 'application' });
    expect(all.SslPolicies?.map(({ Name }) => Name)).toContain('ELBSecurityPolicy-2016-08');
    expect(await outcome(opened.call('DescribeSSLPolicies', { Names: ['x'] }))).toBe(
      "SSLPolicyNotFound: SSL policy 'x' not found",
    );
    const { Limits } = await opened.call('DescribeAccountLimits', {});
    expect(Limits).toContainEqual({ Name: 'rules-per-application-load-balancer', Max: '100' });
  });
});
