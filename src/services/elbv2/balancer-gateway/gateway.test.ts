import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TargetGroupConfig, TargetHealth } from '../../../balancer-protocol/index.ts';
import {
  type FakeDataPlane,
  goodCertificate,
  newListener,
  newLoadBalancer,
  newTargetGroup,
  openElbv2,
  otherCertificate,
  outcome,
  smallSetUp,
  type OpenedElbv2,
} from '../contract/opened-elbv2.ts';
import { listeners } from '../records/listener.ts';
import { readReport } from './read-report.ts';
import { worstHealth } from './worst-health.ts';

const ip = (last: number): string => `172.31.0.${last}`;

async function shownHealth(opened: OpenedElbv2, arn: string): Promise<readonly string[]> {
  const { TargetHealthDescriptions = [] } = await opened.call('DescribeTargetHealth', { TargetGroupArn: arn });
  return TargetHealthDescriptions.map(({ Target, TargetHealth: health }) =>
    [Target?.Id, health?.State, health?.Reason, health?.Description].filter((one) => one !== undefined).join(' '),
  );
}

async function withTargets(...lasts: readonly number[]) {
  const opened = await openElbv2();
  const made = await smallSetUp(opened);
  const Targets = lasts.map((last) => ({ Id: ip(last) }));
  if (Targets.length > 0) await opened.call('RegisterTargets', { TargetGroupArn: made.targetGroup, Targets });
  const told = (last: number, health: Omit<TargetHealth, 'targetGroupArn' | 'id' | 'port'>): TargetHealth => ({
    targetGroupArn: made.targetGroup,
    id: ip(last),
    port: 8080,
    ...health,
  });
  return { opened, ...made, told };
}

const healthy = { state: 'healthy' } as const;
const unhealthy = {
  state: 'unhealthy',
  reason: 'Target.ResponseCodeMismatch',
  description: 'Health checks failed with these codes: [500]',
} as const;

describe('what data planes are sent', () => {
  test('[LB-70] everything first, in one message', async () => {
    const opened = await openElbv2();
    const { loadBalancer, targetGroup, listener } = await smallSetUp(opened);
    await newTargetGroup(opened, 'unused');
    await opened.call('RegisterTargets', {
      TargetGroupArn: targetGroup,
      Targets: [{ Id: ip(9) }, { Id: '172.31.32.1' }],
    });
    const { Rules } = await opened.call('CreateRule', {
      ListenerArn: listener,
      Priority: 7,
      Conditions: [{ Field: 'path-pattern', Values: ['/x'] }],
      Actions: [{ Type: 'fixed-response', Order: 1, FixedResponseConfig: { StatusCode: '200', MessageBody: 'x' } }],
    });
    const plane = await opened.connect();
    expect(plane.messages).toHaveLength(1);
    expect(plane.messages[0]).toEqual({
      type: 'config',
      complete: true,
      sequence: 1,
      loadBalancers: [
        {
          arn: loadBalancer,
          name: 'web',
          type: 'application',
          dnsName: expect.stringMatching(/^web-\d{10}\./),
          loopbackAddress: '127.80.0.1',
          nodes: [
            {
              zone: 'us-east-1a',
              subnetId: 'subnet-a',
              networkInterfaceId: 'eni-1',
              privateIpv4Address: '172.31.200.1',
            },
            {
              zone: 'us-east-1b',
              subnetId: 'subnet-b',
              networkInterfaceId: 'eni-2',
              privateIpv4Address: '172.31.200.2',
            },
          ],
          attributes: {
            crossZone: true,
            idleTimeoutMs: 60_000,
            clientKeepAliveMs: 3_600_000,
            http2: true,
            dropInvalidHeaderFields: false,
            preserveHostHeader: false,
            xffHeaderProcessing: 'append',
            xffClientPort: false,
            desyncMitigation: 'defensive',
          },
          listeners: [
            {
              arn: listener,
              protocol: 'HTTP',
              port: 80,
              certificates: [],
              alpnPolicy: [],
              rules: [
                {
                  arn: Rules?.[0]?.RuleArn,
                  conditions: [{ field: 'path-pattern', values: ['/x'] }],
                  action: { type: 'fixed-response', statusCode: 200, contentType: 'text/plain', body: 'x' },
                },
                {
                  arn: expect.stringContaining(':listener-rule/app/web/'),
                  conditions: [],
                  action: { type: 'forward', targetGroups: [{ arn: targetGroup, weight: 1 }] },
                },
              ],
            },
          ],
        },
      ],
      removedLoadBalancers: [],
      targetGroups: [
        {
          arn: targetGroup,
          name: 'web',
          protocol: 'HTTP',
          protocolVersion: 'HTTP1',
          algorithm: 'round_robin',
          slowStartMs: 0,
          healthCheck: {
            protocol: 'HTTP',
            path: '/',
            matcher: '200',
            intervalMs: 30_000,
            timeoutMs: 5_000,
            healthyThreshold: 5,
            unhealthyThreshold: 2,
          },
          closeOnDeregistration: false,
          closeOnUnhealthy: false,
          preserveClientIp: false,
          proxyProtocolV2: false,
          // The target in the third zone, where the load balancer is not, is left out.
          targets: [
            { id: ip(9), port: 8080, address: ip(9), zone: 'us-east-1a', state: 'registered', lastHealth: 'initial' },
          ],
        },
      ],
      removedTargetGroups: [],
    });
  });

  test('[LB-71] then only what changed, and what changes in one turn at once', async () => {
    const opened = await openElbv2();
    const { loadBalancer, targetGroup, listener } = await smallSetUp(opened);
    const other = await newTargetGroup(opened, 'other');
    await newListener(opened, loadBalancer, other, 81);
    const plane = await opened.connect();
    await opened.pass();
    await Promise.all(
      [1, 2, 3].map((last) =>
        opened.call('RegisterTargets', { TargetGroupArn: targetGroup, Targets: [{ Id: ip(last) }] }),
      ),
    );
    await opened.pass();
    const since = plane.messages.slice(1);
    expect(since.flatMap(({ targetGroups }) => targetGroups.map(({ arn }) => arn))).toEqual(
      since.map(() => targetGroup),
    );
    expect(since.flatMap(({ loadBalancers }) => loadBalancers)).toEqual([]);
    expect(plane.targetGroups.get(targetGroup)?.targets).toHaveLength(3);
    await opened.call('ModifyListener', { ListenerArn: listener, Port: 8_000 });
    await opened.pass();
    expect(plane.messages.at(-1)).toMatchObject({
      complete: false,
      targetGroups: [],
      loadBalancers: [{ arn: loadBalancer }],
    });
  });

  test('[LB-71] what no data plane sees is not sent', async () => {
    const { opened, targetGroup, loadBalancer, listener, told } = await withTargets(1);
    const plane = await opened.connect();
    await opened.pass();
    plane.report({ type: 'health', targets: [told(1, healthy)] });
    await opened.call('AddTags', { ResourceArns: [targetGroup, loadBalancer], Tags: [{ Key: 'a', Value: 'b' }] });
    await opened.call('ModifyTargetGroup', { TargetGroupArn: targetGroup });
    await opened.call('CreateTargetGroup', { Name: 'lonely', Protocol: 'HTTP', Port: 1, VpcId: 'vpc-1' });
    await opened.pass();
    expect(await shownHealth(opened, targetGroup)).toEqual([`${ip(1)} healthy`]);
    expect(plane.messages).toHaveLength(1);
    await opened.call('DeleteListener', { ListenerArn: listener });
    await opened.pass();
    expect(plane.messages.at(-1)).toMatchObject({
      removedTargetGroups: [targetGroup],
      loadBalancers: [{ listeners: [] }],
    });
    await opened.call('DeleteLoadBalancer', { LoadBalancerArn: loadBalancer });
    await opened.pass();
    expect(plane.messages.at(-1)).toMatchObject({ removedLoadBalancers: [loadBalancer] });
  });

  test('[LB-72] certificates are sent with their keys, and again when they were imported again', async () => {
    const opened = await openElbv2();
    const loadBalancer = await newLoadBalancer(opened);
    const { Listeners } = await opened.call('CreateListener', {
      LoadBalancerArn: loadBalancer,
      Protocol: 'HTTPS',
      Port: 443,
      SslPolicy: 'ELBSecurityPolicy-TLS13-1-2-Res-2021-06',
      Certificates: [{ CertificateArn: goodCertificate }],
      DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '200' } }],
    });
    await opened.call('AddListenerCertificates', {
      ListenerArn: Listeners?.[0]?.ListenerArn ?? '',
      Certificates: [{ CertificateArn: otherCertificate }],
    });
    const plane = await opened.connect();
    await opened.pass();
    const listener = () => plane.loadBalancers.get(loadBalancer)?.listeners[0];
    expect(listener()).toMatchObject({
      minimumTlsVersion: 'TLSv1.2',
      maximumTlsVersion: 'TLSv1.3',
      certificates: [
        { arn: goodCertificate, certificate: 'CERT 1', privateKey: 'KEY 1', names: ['example.com'] },
        { arn: otherCertificate, certificate: 'CERT 2', privateKey: 'KEY 2', names: ['*.example.org'] },
      ],
    });
    expect(listener()?.ciphers).toContain('ECDHE-RSA-AES128-GCM-SHA256');
    opened.certificates.present.set(goodCertificate, { certificate: 'NEW', privateKey: 'KEY', names: [] });
    for (const tell of opened.certificates.listeners) tell(goodCertificate);
    await opened.pass();
    expect(listener()?.certificates[0]?.certificate).toBe('NEW');
  });

  test('[LB-73] while a data plane does not keep up, changes wait and become one', async () => {
    const { opened, targetGroup } = await withTargets();
    const plane = await opened.connect();
    plane.applies = false;
    await opened.pass();
    for (let last = 1; last <= 40; last += 1) {
      await opened.call('RegisterTargets', { TargetGroupArn: targetGroup, Targets: [{ Id: ip(last) }] });
      await opened.pass();
    }
    expect(plane.messages).toHaveLength(17);
    plane.applies = true;
    plane.report({ type: 'applied', sequence: 17 });
    await opened.pass();
    expect(plane.messages).toHaveLength(18);
    expect(plane.targetGroups.get(targetGroup)?.targets).toHaveLength(40);
  });

  test('[LB-73] a full socket gets nothing until it was emptied', async () => {
    const { opened, targetGroup } = await withTargets();
    const plane = await opened.connect();
    await opened.pass();
    plane.bufferedBytes = 2_000_000;
    await opened.call('RegisterTargets', { TargetGroupArn: targetGroup, Targets: [{ Id: ip(1) }] });
    await opened.pass(1_000);
    expect(plane.messages).toHaveLength(1);
    plane.bufferedBytes = 0;
    await opened.pass(100);
    expect(plane.messages).toHaveLength(2);
  });

  test('[LB-74] only the installation itself may connect, and not without end', async () => {
    const opened = await openElbv2();
    const [route] = opened.service.definition.sockets ?? [];
    const accept = async (account: string) => {
      await route?.accept(new Map(), { account, sourceIp: '127.0.0.1' } as never);
    };
    expect(await outcome(accept('123456789012'))).toBe(
      "AccessDenied: Only the installation's own data planes may connect here",
    );
    expect(route).toMatchObject({ path: '/elbv2/balancer', signingName: 'elasticloadbalancing' });
    for (let count = 0; count < 16; count += 1) await opened.connect();
    expect(await outcome(accept('000000000000'))).toBe('ServiceUnavailable: 16 data planes are connected already');
    opened.service.stop();
  });
});

describe('what data planes report', () => {
  test('[LB-75] health is shown with its reason, and written only when it changes', async () => {
    const { opened, targetGroup, told } = await withTargets(1, 2);
    const plane = await opened.connect();
    await opened.pass();
    const initial = {
      state: 'initial',
      reason: 'Elb.InitialHealthChecking',
      description: 'Initial health checks in progress',
    } as const;
    plane.report({ type: 'health', targets: [told(1, initial), told(2, unhealthy), told(3, healthy)] });
    await opened.pass();
    expect(await shownHealth(opened, targetGroup)).toEqual([
      `${ip(1)} initial Elb.InitialHealthChecking Initial health checks in progress`,
      `${ip(2)} unhealthy Target.ResponseCodeMismatch Health checks failed with these codes: [500]`,
    ]);
    const before = opened.db.revision;
    plane.report({ type: 'health', targets: [told(2, unhealthy)] });
    await opened.pass();
    expect(opened.db.revision).toBe(before);
    plane.report({ type: 'health', targets: [told(1, healthy), told(2, healthy)] });
    await opened.pass();
    expect(await shownHealth(opened, targetGroup)).toEqual([`${ip(1)} healthy`, `${ip(2)} healthy`]);
    expect(opened.db.revision).toBeLessThanOrEqual(before + 2);
  });

  test('[LB-75] health is forgotten when nobody uses the group any more', async () => {
    const { opened, targetGroup, listener, loadBalancer, told } = await withTargets(1);
    const plane = await opened.connect();
    await opened.pass();
    plane.report({ type: 'health', targets: [told(1, healthy)] });
    await opened.pass();
    await opened.call('DeleteListener', { ListenerArn: listener });
    await opened.pass(1);
    await newListener(opened, loadBalancer, targetGroup, 82);
    await opened.pass();
    expect(await shownHealth(opened, targetGroup)).toEqual([
      `${ip(1)} initial Elb.RegistrationInProgress Target registration is in progress`,
    ]);
    expect(plane.targetGroups.get(targetGroup)?.targets[0]?.lastHealth).toBe('initial');
  });

  test('[LB-76] of several data planes the worst counts, as long as they are connected', async () => {
    const { opened, targetGroup, told } = await withTargets(1);
    const [one, two] = [await opened.connect(), await opened.connect()];
    await opened.pass();
    one.report({ type: 'health', targets: [told(1, healthy)] });
    await opened.pass();
    expect(await shownHealth(opened, targetGroup)).toEqual([`${ip(1)} healthy`]);
    two.report({ type: 'health', targets: [told(1, unhealthy)] });
    one.report({ type: 'health', targets: [told(1, healthy)] });
    await opened.pass();
    expect((await shownHealth(opened, targetGroup))[0]).toContain('unhealthy');
    two.end();
    await opened.pass();
    expect(await shownHealth(opened, targetGroup)).toEqual([`${ip(1)} healthy`]);
    one.end();
    await opened.pass();
    expect(await shownHealth(opened, targetGroup)).toEqual([`${ip(1)} healthy`]);
    // Who connects next starts from it.
    const three = await opened.connect();
    expect(three.targetGroups.get(targetGroup)?.targets[0]?.lastHealth).toBe('healthy');
  });

  test.each([
    { told: [], want: undefined },
    { told: ['initial', 'healthy'], want: 'healthy' },
    { told: ['healthy', 'unhealthy', 'initial'], want: 'unhealthy' },
  ] as const)('[LB-76] $told together are $want', ({ told, want }) => {
    expect(worstHealth(told.map((state) => ({ state })))?.state).toBe(want);
  });

  test('[LB-77] a target goes when it is drained everywhere, not before, and not when it came back', async () => {
    const { opened, targetGroup, told } = await withTargets(1, 2);
    const [one, two] = [await opened.connect(), await opened.connect()];
    await opened.pass();
    const Targets = [{ Id: ip(1) }, { Id: ip(2) }];
    await opened.call('DeregisterTargets', { TargetGroupArn: targetGroup, Targets });
    await opened.pass();
    expect(one.targetGroups.get(targetGroup)?.targets[0]).toMatchObject({
      state: 'draining',
      drainDeadlineMs: opened.clock.nowMs() + 300_000,
    });
    await opened.call('RegisterTargets', { TargetGroupArn: targetGroup, Targets: [Targets[1]!] });
    await opened.pass();
    const drained = { type: 'drained', targets: [told(1, healthy), told(2, healthy)] } as const;
    one.report(drained);
    await opened.pass();
    expect(await shownHealth(opened, targetGroup)).toHaveLength(2);
    two.report(drained);
    await opened.pass();
    expect(await shownHealth(opened, targetGroup)).toEqual([
      `${ip(2)} initial Elb.RegistrationInProgress Target registration is in progress`,
    ]);
    expect(one.targetGroups.get(targetGroup)?.targets.map(({ id }) => id)).toEqual([ip(2)]);
  });

  test('[LB-77] what was drained before does not count for the next time', async () => {
    const { opened, targetGroup, told } = await withTargets(1);
    const [one, two] = [await opened.connect(), await opened.connect()];
    await opened.pass();
    const drained = { type: 'drained', targets: [told(1, healthy)] } as const;
    one.report(drained);
    await opened.call('DeregisterTargets', { TargetGroupArn: targetGroup, Targets: [{ Id: ip(1) }] });
    await opened.pass();
    two.report(drained);
    await opened.pass();
    expect(await shownHealth(opened, targetGroup)).toHaveLength(1);
    one.report(drained);
    await opened.pass();
    expect(await shownHealth(opened, targetGroup)).toEqual([]);
  });

  test('[LB-77] a data plane that leaves holds nobody back', async () => {
    const { opened, targetGroup, told } = await withTargets(1);
    const [one, two] = [await opened.connect(), await opened.connect()];
    await opened.pass();
    await opened.call('DeregisterTargets', { TargetGroupArn: targetGroup, Targets: [{ Id: ip(1) }] });
    await opened.pass();
    one.report({ type: 'drained', targets: [told(1, healthy)] });
    await opened.pass();
    two.end();
    await opened.pass();
    expect(await shownHealth(opened, targetGroup)).toEqual([]);
  });

  test('[LB-78] listeners that could not be opened are shown in the load balancer’s state', async () => {
    const { opened, loadBalancer, listener, targetGroup } = await withTargets();
    const second = await newListener(opened, loadBalancer, targetGroup, 81);
    const plane = await opened.connect();
    await opened.pass();
    const state = async () =>
      (await opened.call('DescribeLoadBalancers', { LoadBalancerArns: [loadBalancer] })).LoadBalancers?.[0]?.State;
    plane.report({ type: 'listeners', listeners: [{ arn: listener, problem: 'port 80 is in use' }] });
    expect(await state()).toEqual({ Code: 'active_impaired', Reason: 'HTTP:80: port 80 is in use' });
    plane.report({
      type: 'listeners',
      listeners: [
        { arn: second, problem: 'not permitted' },
        { arn: 'x', problem: 'y' },
      ],
    });
    expect(await state()).toEqual({ Code: 'failed', Reason: 'HTTP:80: port 80 is in use; HTTP:81: not permitted' });
    plane.report({
      type: 'listeners',
      listeners: [
        { arn: listener, problem: '' },
        { arn: second, problem: '' },
      ],
    });
    expect(await state()).toEqual({ Code: 'active' });
  });

  test.each([
    'nonsense',
    '[]',
    '{"type":"applied","sequence":"1"}',
    '{"type":"health","targets":[{"targetGroupArn":"a","id":"b","port":1,"state":"dead"}]}',
    '{"type":"health","targets":[{"targetGroupArn":"a","id":"b","port":1,"state":"unhealthy","reason":"Elb.InitialHealthChecking"}]}',
    '{"type":"health","targets":[{"targetGroupArn":"a","id":"b","port":1,"state":"unhealthy"}]}',
    '{"type":"drained","targets":[1]}',
    '{"type":"listeners"}',
    '{"type":"other"}',
  ])('[LB-79] %s is no report and ends the connection', async (text) => {
    const opened = await openElbv2();
    const plane = await opened.connect();
    plane.sendText(text);
    expect(plane.closed).toEqual({ code: 1008, reason: 'not a report' });
  });

  test('[LB-79] long texts are cut, and what names nothing is dropped', async () => {
    const { opened, targetGroup, told } = await withTargets(1);
    const plane = await opened.connect();
    const long = readReport(
      JSON.stringify({ type: 'health', targets: [told(1, { ...unhealthy, description: 'x'.repeat(9_999) })] }),
    );
    expect(long?.type === 'health' ? long.targets[0]?.description?.length : 0).toBe(512);
    plane.report({
      type: 'health',
      targets: [
        { targetGroupArn: 'x', id: ip(1), port: 8080, state: 'healthy' },
        { targetGroupArn: targetGroup, id: '../..', port: 8080, state: 'healthy' },
        { targetGroupArn: targetGroup, id: ip(1), port: 1.5, state: 'healthy' },
      ],
    });
    await opened.pass();
    expect(plane.closed).toBeUndefined();
    expect((await shownHealth(opened, targetGroup))[0]).toContain('initial');
  });

  test('[LB-79] a load balancer’s targets survive a restart of the control plane with their health', async () => {
    const { opened, targetGroup, told } = await withTargets(1);
    const plane = await opened.connect();
    await opened.pass();
    plane.report({ type: 'health', targets: [told(1, healthy)] });
    await opened.pass();
    opened.service.stop();
    expect(plane.closed).toEqual({ code: 1001, reason: 'the control plane stops' });
    expect(await shownHealth(opened, targetGroup)).toEqual([`${ip(1)} healthy`]);
  });
});

describe('a data plane’s view', () => {
  /** What everything is, for a data plane that connects now; health it tells itself. */
  const view = (plane: FakeDataPlane): unknown => {
    const withoutHealth = (group: TargetGroupConfig): unknown => ({
      ...group,
      targets: group.targets.map(({ lastHealth: _own, ...target }) => target),
    });
    return {
      loadBalancers: [...plane.loadBalancers.values()].toSorted((a, b) => (a.arn < b.arn ? -1 : 1)),
      targetGroups: [...plane.targetGroups.values()].toSorted((a, b) => (a.arn < b.arn ? -1 : 1)).map(withoutHealth),
    };
  };

  const step = fc.oneof(
    { weight: 1, arbitrary: fc.record({ do: fc.constant('balancer' as const), name: fc.constantFrom('a', 'b') }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('group' as const), name: fc.constantFrom('x', 'y') }) },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('listener' as const),
        name: fc.constantFrom('a', 'b'),
        group: fc.constantFrom('x', 'y'),
        port: fc.constantFrom(80, 81),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('delete-listener' as const), index: fc.nat(3) }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('delete-balancer' as const), name: fc.constantFrom('a', 'b') }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('delete-group' as const), name: fc.constantFrom('x', 'y') }) },
    {
      weight: 5,
      arbitrary: fc.record({ do: fc.constant('register' as const), group: fc.constantFrom('x', 'y'), last: fc.nat(3) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('deregister' as const),
        group: fc.constantFrom('x', 'y'),
        last: fc.nat(3),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('health' as const),
        group: fc.constantFrom('x', 'y'),
        last: fc.nat(3),
        healthy: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('drained' as const), group: fc.constantFrom('x', 'y'), last: fc.nat(3) }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('subnets' as const),
        name: fc.constantFrom('a', 'b'),
        third: fc.boolean(),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('attribute' as const),
        group: fc.constantFrom('x', 'y'),
        seconds: fc.constantFrom('0', '30'),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('applies' as const), yes: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('full' as const), yes: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(0, 50, 400_000) }) },
  );

  test('[LB-80] equals the records after any history, whatever was late (property)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40, size: 'max' }), async (steps) => {
        const opened = await openElbv2();
        const plane = await opened.connect();
        const balancers = new Map<string, string>();
        const groups = new Map<string, string>();
        const made: string[] = [];
        // All is there at first, so that most steps find what they need.
        for (const name of ['a', 'b']) balancers.set(name, await newLoadBalancer(opened, name));
        for (const name of ['x', 'y']) groups.set(name, await newTargetGroup(opened, name));
        const run = async (one: (typeof steps)[number]): Promise<void> => {
          switch (one.do) {
            case 'balancer':
              balancers.set(one.name, await newLoadBalancer(opened, one.name));
              return;
            case 'group':
              groups.set(one.name, await newTargetGroup(opened, one.name));
              return;
            case 'listener':
              made.push(
                await newListener(opened, balancers.get(one.name) ?? 'none', groups.get(one.group) ?? 'none', one.port),
              );
              return;
            case 'delete-listener':
              await opened.call('DeleteListener', { ListenerArn: made[one.index] ?? 'none' });
              return;
            case 'delete-balancer':
              await opened.call('DeleteLoadBalancer', { LoadBalancerArn: balancers.get(one.name) ?? 'none' });
              return;
            case 'delete-group':
              await opened.call('DeleteTargetGroup', { TargetGroupArn: groups.get(one.name) ?? 'none' });
              return;
            case 'register':
            case 'deregister': {
              // The third address is in a zone that only some load balancers are in.
              const Id = one.last === 3 ? '172.31.32.3' : ip(one.last + 1);
              const input = { TargetGroupArn: groups.get(one.group) ?? 'none', Targets: [{ Id }] };
              await opened.call(one.do === 'register' ? 'RegisterTargets' : 'DeregisterTargets', input);
              return;
            }
            case 'health':
            case 'drained': {
              const target = { targetGroupArn: groups.get(one.group) ?? 'none', id: ip(one.last + 1), port: 8080 };
              if (one.do === 'drained') plane.report({ type: 'drained', targets: [target] });
              else plane.report({ type: 'health', targets: [{ ...target, ...(one.healthy ? healthy : unhealthy) }] });
              return;
            }
            case 'subnets':
              await opened.call('SetSubnets', {
                LoadBalancerArn: balancers.get(one.name) ?? 'none',
                Subnets: ['subnet-a', one.third ? 'subnet-c' : 'subnet-b'],
              });
              return;
            case 'attribute':
              await opened.call('ModifyTargetGroupAttributes', {
                TargetGroupArn: groups.get(one.group) ?? 'none',
                Attributes: [{ Key: 'slow_start.duration_seconds', Value: one.seconds }],
              });
              return;
            case 'applies':
              plane.applies = one.yes;
              return;
            case 'full':
              plane.bufferedBytes = one.yes ? 2_000_000 : 0;
              return;
            case 'pass':
              await opened.pass(one.ms);
          }
        };
        for (const one of steps) await outcome(run(one));
        plane.applies = true;
        plane.bufferedBytes = 0;
        plane.report({ type: 'applied', sequence: plane.messages.length });
        await opened.pass(1_000);
        const fresh = await opened.connect();
        expect(view(plane)).toEqual(view(fresh));
        // Nothing is sent that no listener uses.
        expect(new Set(fresh.targetGroups.keys())).toEqual(new Set(opened.db.table(listeners).values('targetGroup')));
        opened.service.stop();
      }),
      { numRuns: 100 },
    );
  }, 120_000);
});
