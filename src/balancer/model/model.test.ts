import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TargetConfig } from '../../balancer-protocol/index.ts';
import { group } from '../contract/world.ts';
import { CookieSeal, cookieValue } from './cookies.ts';
import { inBlocks } from './cidr.ts';
import { redirectLocation } from './redirect.ts';
import { TargetGroup } from './target-group.ts';
import { WeightedChoice } from './weighted-choice.ts';
import { matchesWildcard } from './wildcard.ts';

describe('wildcards', () => {
  test('[BL-1] match as the expression they stand for does', () => {
    const letters = fc.array(fc.constantFrom('a', 'b', '*', '?', '/'), { maxLength: 8 });
    fc.assert(
      fc.property(letters, fc.array(fc.constantFrom('a', 'b', '/'), { maxLength: 10 }), (pattern, text) => {
        const source = pattern.map((c) => (c === '*' ? '.*' : c === '?' ? '.' : c)).join('');
        expect(matchesWildcard(pattern.join(''), text.join(''))).toBe(new RegExp(`^${source}$`).test(text.join('')));
      }),
      { numRuns: 1_000 },
    );
  });
});

test('[BL-1] source addresses match by block, also IPv4 in IPv6 notation', () => {
  const inside = inBlocks(['10.0.0.0/8', '192.168.1.1/32', '2001:db8::/32']);
  expect(
    ['10.9.9.9', '::ffff:10.1.1.1', '192.168.1.1', '2001:db8::1', '11.0.0.1', '2001:db9::1', ''].map(inside),
  ).toEqual([true, true, true, true, false, false, false]);
});

test('[BL-2] a redirect without query has no question mark', () => {
  const action = {
    type: 'redirect',
    statusCode: 302,
    protocol: '#{protocol}',
    host: '#{host}',
    port: '#{port}',
    path: '/#{path}',
    query: '#{query}',
  } as const;
  const request = { protocol: 'HTTP', host: 'example.com:8080', port: 8080 } as const;
  expect(redirectLocation(action, { ...request, target: '/a/b' })).toBe('http://example.com:8080/a/b');
  expect(redirectLocation(action, { ...request, target: '/?x=1' })).toBe('http://example.com:8080/?x=1');
});

test('[BL-3] after every full round each has had exactly its weight', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 5 }), (weights) => {
      const choice = new WeightedChoice(weights.map((weight, index) => ({ arn: String(index), weight })));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const counts = weights.map(() => 0);
      for (let i = 0; i < total * 2; i += 1) counts[Number(choice.next())]! += 1;
      expect(counts).toEqual(weights.map((weight) => weight * 2));
    }),
  );
});

test('[BL-4] stickiness cookies are read back, and nothing else is', () => {
  const seal = new CookieSeal(Buffer.alloc(32, 1), 10);
  const stuck = { arn: 'arn:group', target: '10.0.0.1:80', untilMs: 1_000 };
  const value = seal.seal(stuck);
  expect(seal.open(value, 999)).toEqual(stuck);
  expect(seal.open(value, 1_000)).toBeUndefined();
  expect(new CookieSeal(Buffer.alloc(32, 1), 10).open(value, 0)).toEqual(stuck);
  expect(new CookieSeal(Buffer.alloc(32, 2), 10).open(value, 0)).toBeUndefined();
  fc.assert(fc.property(fc.string(), (text) => seal.open(text, 0) === undefined));
  expect(cookieValue('a=b; AWSALB=x=y; AWSALBCORS=z', 'AWSALB')).toBe('x=y');
  expect(value).not.toContain('10.0.0.1');
});

describe('slow start', () => {
  const target = (id: string): TargetConfig => ({
    id,
    port: 80,
    address: id,
    state: 'registered',
    lastHealth: 'healthy',
  });
  const healthCheck = {
    protocol: 'TCP',
    path: '',
    matcher: '',
    intervalMs: 1,
    timeoutMs: 1,
    healthyThreshold: 2,
    unhealthyThreshold: 2,
  } as const;

  test('[BL-5] a target that became healthy gets a share that grows over the slow start', () => {
    const targets = new TargetGroup<null>('A', () => null);
    targets.update(
      group('A', [target('old'), { ...target('new'), lastHealth: 'unhealthy' }], { healthCheck, slowStartMs: 1_000 }),
    );
    targets.setHealth('new:80', 'healthy', 10_000);
    const share = (nowMs: number): number => {
      let hits = 0;
      for (let i = 0; i < 1_000; i += 1)
        if (targets.next({ nowMs, chance: () => i / 1_000 })?.config.id === 'new') hits += 1;
      return hits / 1_000;
    };
    expect(share(10_500)).toBeCloseTo(1 / 3, 1);
    expect(share(10_010)).toBeLessThan(0.06);
    expect(share(11_001)).toBeCloseTo(0.5, 1);
  });
});
