import fc from 'fast-check';
import { createServer as createHttp2Server, type Http2Server } from 'node:http2';
import { createServer as createRawServer } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import type { HealthCheckConfig, TargetHealth } from '../../balancer-protocol/index.ts';
import type { Clock } from '../../kernel/index.ts';
import { randomIds, systemClock } from '../../platform/index.ts';
import { freshAddress } from '../contract/addresses.ts';
import { startBackend } from '../contract/backend.ts';
import { eventually, group } from '../contract/world.ts';
import { limits } from '../limits.ts';
import { checkOnce } from './check.ts';
import {
  failed,
  initialHealth,
  matchesCode,
  mismatch,
  nextHealth,
  startingHealth,
  timedOut,
  type CheckOutcome,
} from './decide.ts';
import { HealthChecker } from './health-checker.ts';

const passed: CheckOutcome = { passed: true };
const thresholds = { healthyThreshold: 3, unhealthyThreshold: 2 };
const after = (start: typeof initialHealth, outcomes: readonly CheckOutcome[]): typeof initialHealth =>
  outcomes.reduce((view, outcome) => nextHealth(view, outcome, thresholds), start);

describe('decisions', () => {
  test.each([
    ['a new target is healthy after one pass', initialHealth, [passed], 'healthy'],
    ['a new target is initial after one failure', initialHealth, [failed], 'initial'],
    ['a new target is unhealthy after as many failures as the threshold', initialHealth, [failed, failed], 'unhealthy'],
    ['one failure leaves a target healthy', startingHealth('healthy'), [failed, passed, failed], 'healthy'],
    ['two in a row do not', startingHealth('healthy'), [failed, failed], 'unhealthy'],
    [
      'an unhealthy target needs all its passes in a row',
      startingHealth('unhealthy'),
      [passed, passed, failed, passed, passed],
      'unhealthy',
    ],
    ['and is healthy with the last', startingHealth('unhealthy'), [passed, passed, passed], 'healthy'],
  ])('[BL-50] %s', (_, start, outcomes, state) => {
    expect(after(start, outcomes).state).toBe(state);
  });

  test('[BL-50] a state only changes after as many outcomes of one kind as it takes, and says why it is unhealthy', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(passed, failed, timedOut, mismatch(500)), { maxLength: 30 }), (outcomes) => {
        let view = initialHealth;
        for (const [index, outcome] of outcomes.entries()) {
          const next = nextHealth(view, outcome, thresholds);
          const last = (count: number): readonly CheckOutcome[] => outcomes.slice(index + 1 - count, index + 1);
          if (next.state !== view.state && next.state === 'unhealthy')
            expect(last(2).every((one) => !one.passed)).toBe(true);
          if (next.state !== view.state && next.state === 'healthy' && view.state === 'unhealthy')
            expect(last(3).every((one) => one.passed)).toBe(true);
          expect(next.reason === undefined).toBe(next.state === 'healthy');
          view = next;
        }
      }),
    );
  });

  test('[BL-51] matchers are codes, lists and ranges', () => {
    expect(
      ['200', '200,202', '200-299', '0-99', '302, 301'].map((matcher) =>
        [200, 202, 301, 12].filter((code) => matchesCode(matcher, code)),
      ),
    ).toEqual([[200], [200, 202], [200, 202], [12], [301]]);
  });
});

describe('checks', () => {
  const check: HealthCheckConfig = {
    protocol: 'HTTP',
    path: '/health',
    matcher: '200',
    intervalMs: 50,
    timeoutMs: 400,
    healthyThreshold: 2,
    unhealthyThreshold: 2,
  };
  const servers: { close(): unknown }[] = [];
  afterAll(() => void servers.map((server) => server.close()));

  test('[BL-51] HTTP: a code that does not match, no answer, no connection have the codes and sentences of AWS', async () => {
    const backend = await startBackend('web', (request, response) => {
      if (request.url === '/silent') return;
      response.writeHead(request.url === '/health' ? 200 : 500).end();
    });
    const target = { address: backend.address, port: backend.port };
    const outcome = (path: string): Promise<CheckOutcome> =>
      checkOnce({ target, check: { ...check, path }, version: 'HTTP1' });
    expect(await outcome('/health')).toEqual(passed);
    expect(backend.seen[0]?.headers['user-agent']).toBe('ELB-HealthChecker/2.0');
    expect(await outcome('/other')).toEqual({
      passed: false,
      reason: 'Target.ResponseCodeMismatch',
      description: 'Health checks failed with these codes: [500]',
    });
    expect(await outcome('/silent')).toEqual({
      passed: false,
      reason: 'Target.Timeout',
      description: 'Request timed out',
    });
    await eventually(() => backend.connections.open.size === 0);
    await backend.stop();
    expect(await outcome('/health')).toEqual({
      passed: false,
      reason: 'Target.FailedHealthChecks',
      description: 'Health checks failed',
    });
  });

  test('[BL-51] TCP: a connection is enough; another port than the target is meant', async () => {
    const server = createRawServer((socket) => socket.on('error', () => undefined));
    const address = freshAddress();
    await new Promise<void>((resolve) => server.listen(9000, address, resolve));
    servers.push(server);
    const target = { address, port: 9001 };
    expect(await checkOnce({ target, check: { ...check, protocol: 'TCP', port: 9000 }, version: 'HTTP1' })).toEqual(
      passed,
    );
    expect(await checkOnce({ target, check: { ...check, protocol: 'TCP' }, version: 'HTTP1' })).toEqual(failed);
  });

  test('[BL-51] HTTP/2 and gRPC: the status of the answer, and of the call', async () => {
    const server: Http2Server = createHttp2Server();
    server.on('stream', (stream, headers) => {
      if (headers[':method'] === 'GET') {
        stream.respond({ ':status': headers[':path'] === '/health' ? 200 : 404 });
        stream.end();
        return;
      }
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': headers[':path'] === '/ok' ? '0' : '12' }));
      stream.end();
    });
    const address = freshAddress();
    await new Promise<void>((resolve) => server.listen(9000, address, resolve));
    servers.push(server);
    const outcome = (path: string, matcher: string, version: 'HTTP2' | 'GRPC'): Promise<CheckOutcome> =>
      checkOnce({ target: { address, port: 9000 }, check: { ...check, path, matcher }, version });
    expect(await outcome('/health', '200', 'HTTP2')).toEqual(passed);
    expect(await outcome('/none', '200', 'HTTP2')).toEqual(mismatch(404));
    expect(await outcome('/ok', '0', 'GRPC')).toEqual(passed);
    expect(await outcome('/none', '12', 'GRPC')).toEqual(passed);
    expect(await outcome('/none', '0', 'GRPC')).toEqual(mismatch(12));
  });
});

describe('the checker', () => {
  const config = (targets: number, more = {}): ReturnType<typeof group> =>
    group(
      'A',
      Array.from(
        { length: targets },
        (_, index) =>
          ({
            id: `10.0.0.${index}`,
            port: 80,
            address: `10.0.0.${index}`,
            state: 'registered',
            lastHealth: 'initial',
            ...more,
          }) as const,
      ),
      {
        healthCheck: {
          protocol: 'HTTP',
          path: '/',
          matcher: '200',
          intervalMs: 10_000,
          timeoutMs: 1_000,
          healthyThreshold: 2,
          unhealthyThreshold: 2,
        },
      },
    );
  const change = (...groups: readonly ReturnType<typeof group>[]): Parameters<HealthChecker['apply']>[0] => ({
    complete: false,
    loadBalancers: [],
    removedLoadBalancers: [],
    targetGroups: groups,
    removedTargetGroups: [],
  });

  test('[BL-52] the first check is at once, later ones after the interval, give or take; a draining target is not checked', async () => {
    const timers: { delayMs: number; run: () => void }[] = [];
    const clock: Clock = { nowMs: () => 0, after: (delayMs, run) => (timers.push({ delayMs, run }), () => undefined) };
    const seen: TargetHealth[] = [];
    let checks = 0;
    const checker = new HealthChecker({
      clock,
      ids: randomIds,
      onChange: (targets) => seen.push(...targets),
      check: () => {
        checks += 1;
        return Promise.resolve(passed);
      },
    });
    checker.apply(change(config(1)));
    await eventually(() => timers.length === 1);
    expect(checks).toBe(1);
    expect(seen.map(({ state }) => state)).toEqual(['initial', 'healthy']);
    expect(seen[0]).toMatchObject({
      reason: 'Elb.InitialHealthChecking',
      description: 'Initial health checks in progress',
    });
    expect(timers[0]!.delayMs).toBeGreaterThan(9_400);
    expect(timers[0]!.delayMs).toBeLessThan(10_600);
    checker.apply(change(config(1)));
    expect(checks).toBe(1);
    timers[0]!.run();
    await eventually(() => timers.length === 2);
    checker.apply(change(config(1, { state: 'draining' })));
    timers[1]!.run();
    expect(checks).toBe(2);
    expect(checker.all()).toEqual([]);
    checker.close();
  });

  test('[BL-52] however many targets there are, only so many are checked at once, and all of them', async () => {
    let running = 0;
    let most = 0;
    const seen = new Set<string>();
    const checker = new HealthChecker({
      clock: systemClock,
      ids: randomIds,
      onChange: () => undefined,
      check: async ({ target }) => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 1));
        running -= 1;
        seen.add(target.address);
        return passed;
      },
    });
    checker.apply(change(config(250)));
    await eventually(() => seen.size === 250);
    expect(most).toBe(limits.healthChecksAtOnce);
    checker.close();
  });
});
