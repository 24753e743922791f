import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { RuleConfig } from '../../balancer-protocol/index.ts';
import { startBackend, type Backend } from './backend.ts';
import { attributes, checked, eventually, forward, group, listener, World } from './world.ts';

const action = (arn: string): RuleConfig['action'] => ({ type: 'forward', targetGroups: [{ arn, weight: 1 }] });

/** Rules, weights, stickiness, algorithms, health. */
export function describeRouting(open: () => Promise<World>): void {
  describe('routing', () => {
    let a: Backend;
    let b: Backend;
    let world: World;
    beforeAll(async () => {
      [a, b] = await Promise.all([
        startBackend('a', (request, response) => {
          if (request.url === '/login') response.setHeader('Set-Cookie', 'session=1; Path=/');
          response.end('a');
        }),
        startBackend('b', (request, response) => {
          if (request.url === '/login') response.setHeader('Set-Cookie', 'session=1; Path=/');
          response.end('b');
        }),
      ]);
    });
    afterAll(() => Promise.all([a.stop(), b.stop()]));
    afterEach(() => world.plane.close());

    test.each<[string, RuleConfig['conditions'][number], string, Record<string, string>, boolean]>([
      ['a path', { field: 'path-pattern', values: ['/api/*'] }, '/api/x?y=1', {}, true],
      ['a path, with case', { field: 'path-pattern', values: ['/api/*'] }, '/API/x', {}, false],
      ['a path with ?', { field: 'path-pattern', values: ['/v?/x'] }, '/v2/x', {}, true],
      ['a host', { field: 'host-header', values: ['*.example.com'] }, '/', { Host: 'WWW.Example.com:80' }, true],
      ['another host', { field: 'host-header', values: ['*.example.com'] }, '/', { Host: 'example.com' }, false],
      ['a header', { field: 'http-header', name: 'X-Beta', values: ['y?s'] }, '/', { 'x-beta': 'YES' }, true],
      ['no header', { field: 'http-header', name: 'X-Beta', values: ['yes'] }, '/', {}, false],
      ['a method', { field: 'http-request-method', values: ['GET'] }, '/', {}, true],
      ['a query', { field: 'query-string', values: [{ key: 'v', value: '1*' }] }, '/?a=b&V=12', {}, true],
      ['a query value', { field: 'query-string', values: [{ value: 'b' }] }, '/?a=b', {}, true],
      ['another query', { field: 'query-string', values: [{ key: 'v', value: '1' }] }, '/?v=2', {}, false],
      ['a source', { field: 'source-ip', values: ['127.0.0.0/8'] }, '/', {}, true],
      ['another source', { field: 'source-ip', values: ['10.0.0.0/8'] }, '/', {}, false],
    ])('[BL-1] rules match %s', async (_, condition, path, headers, matches) => {
      world = await open();
      await world.set(
        [group('A', [a.target()]), group('B', [b.target()])],
        [listener([{ arn: 'r1', conditions: [condition], action: action('B') }, forward('A')])],
      );
      expect((await world.get(path, { headers })).body).toBe(matches ? 'b' : 'a');
    });

    test('[BL-1] all conditions of a rule must match, and the first rule wins', async () => {
      world = await open();
      const path = { field: 'path-pattern', values: ['/x*'] } as const;
      const header = { field: 'http-header', name: 'x-b', values: ['1'] } as const;
      await world.set(
        [group('A', [a.target()]), group('B', [b.target()])],
        [
          listener([
            { arn: 'r1', conditions: [path, header], action: action('B') },
            { arn: 'r2', conditions: [path], action: action('A') },
            { arn: 'r3', conditions: [], action: action('B') },
          ]),
        ],
      );
      const of = async (url: string, headers = {}): Promise<string> => (await world.get(url, { headers })).body;
      expect([await of('/x', { 'x-b': '1' }), await of('/x'), await of('/y')]).toEqual(['b', 'a', 'b']);
    });

    test('[BL-2] redirects fill in the request, fixed responses answer as they say', async () => {
      world = await open();
      const redirect: RuleConfig = {
        arn: 'r1',
        conditions: [{ field: 'path-pattern', values: ['/old/*'] }],
        action: {
          type: 'redirect',
          statusCode: 301,
          protocol: 'HTTPS',
          host: '#{host}',
          port: '443',
          path: '/new/#{path}',
          query: '#{query}',
        },
      };
      const fixed: RuleConfig = {
        arn: 'r2',
        conditions: [],
        action: { type: 'fixed-response', statusCode: 418, contentType: 'text/plain', body: 'tea' },
      };
      await world.set([], [listener([redirect, fixed])]);
      const moved = await world.get('/old/x?a=b', { headers: { Host: 'example.com' } });
      expect([moved.status, moved.headers.location]).toEqual([301, 'https://example.com:443/new/old/x?a=b']);
      const tea = await world.get('/');
      expect([tea.status, tea.headers['content-type'], tea.headers['server'], tea.body]).toEqual([
        418,
        'text/plain',
        'awselb/2.0',
        'tea',
      ]);
      expect((await world.get('/', { method: 'HEAD' })).body).toBe('');
    });

    test('[BL-3] weights share requests exactly; weight 0 gets nothing', async () => {
      world = await open();
      const weights = (x: number, y: number): RuleConfig => ({
        arn: 'r',
        conditions: [],
        action: {
          type: 'forward',
          targetGroups: [
            { arn: 'A', weight: x },
            { arn: 'B', weight: y },
          ],
        },
      });
      await world.set([group('A', [a.target()]), group('B', [b.target()])], [listener([weights(9, 1)])]);
      const count = async (): Promise<number> => {
        let hits = 0;
        for (let i = 0; i < 20; i += 1) if ((await world.get()).body === 'b') hits += 1;
        return hits;
      };
      expect(await count()).toBe(2);
      await world.set([], [listener([weights(1, 0)])]);
      expect(await count()).toBe(0);
      await world.set([], [listener([weights(0, 0)])]);
      expect((await world.get()).status).toBe(503);
    });

    test('[BL-3] group stickiness keeps a client on its group', async () => {
      world = await open();
      const rule: RuleConfig = {
        arn: 'r',
        conditions: [],
        action: {
          type: 'forward',
          stickinessMs: 60_000,
          targetGroups: [
            { arn: 'A', weight: 1 },
            { arn: 'B', weight: 1 },
          ],
        },
      };
      await world.set([group('A', [a.target()]), group('B', [b.target()])], [listener([rule])]);
      const first = await world.get();
      const [set = '', cors = ''] = first.headers['set-cookie'] ?? [];
      expect(set).toMatch(/^AWSALBTG=[^;]+; Expires=[^;]+; Path=\/$/);
      expect(cors).toMatch(/^AWSALBTGCORS=[^;]+; Expires=[^;]+; Path=\/; SameSite=None; Secure$/);
      for (let i = 0; i < 6; i += 1)
        expect((await world.get('/', { headers: { Cookie: `a=b; ${set.split(';')[0]}` } })).body).toBe(first.body);
      const others = [await world.get(), await world.get('/', { headers: { Cookie: 'AWSALBTG=forged' } })];
      expect(others.map(({ body }) => body).sort()).toEqual(['a', 'b']);
    });

    test('[BL-4] lb_cookie and app_cookie keep a client on its target while that is healthy', async () => {
      world = await open();
      const both = [a.target(), b.target()];
      const lb = { type: 'lb_cookie', durationMs: 60_000 } as const;
      await world.set([group('A', both, { ...checked, stickiness: lb })], [listener([forward('A')])]);
      const first = await world.get();
      const cookie = first.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
      expect(cookie).toMatch(/^AWSALB=/);
      const again = (path = '/'): Promise<{ body: string }> => world.get(path, { headers: { Cookie: cookie } });
      for (let i = 0; i < 5; i += 1) expect((await again()).body).toBe(first.body);
      const stuck = first.body === 'a' ? a : b;
      await world.plane.setHealth([{ targetGroupArn: 'A', id: stuck.address, port: stuck.port, state: 'unhealthy' }]);
      expect((await again()).body).not.toBe(first.body);

      const app = { type: 'app_cookie', durationMs: 60_000, cookieName: 'session' } as const;
      await world.set([group('A', both, { stickiness: app })]);
      expect((await world.get()).headers['set-cookie']).toBeUndefined();
      const login = await world.get('/login');
      const cookies = (login.headers['set-cookie'] ?? []).map((one) => one.split(';')[0] ?? '');
      expect(cookies.map((one) => one.split('=')[0])).toEqual(['session', 'AWSALBAPP-0', 'AWSALBAPP-0CORS']);
      for (let i = 0; i < 5; i += 1)
        expect((await world.get('/', { headers: { Cookie: cookies.join('; ') } })).body).toBe(login.body);
    });

    test('[BL-5] round robin takes turns; least outstanding requests goes where least is under way', async () => {
      world = await open();
      await world.set([group('A', [a.target(), b.target()])], [listener([forward('A')])]);
      const bodies: string[] = [];
      for (let i = 0; i < 6; i += 1) bodies.push((await world.get()).body);
      expect(bodies.filter((body) => body === 'a')).toHaveLength(3);

      const waiting: (() => void)[] = [];
      const slow = await startBackend('slow', (_request, response) => void waiting.push(() => response.end('slow')));
      await world.set([group('A', [slow.target(), b.target()], { algorithm: 'least_outstanding_requests' })]);
      const pending = [world.get(), world.get()];
      await eventually(() => waiting.length > 0);
      for (let i = 0; i < 5; i += 1) expect((await world.get()).body).toBe('b');
      for (const end of waiting) end();
      await Promise.all(pending);
      await slow.stop();
    });

    test('[BL-6] unhealthy targets get nothing; when none is healthy all do; without targets 503', async () => {
      world = await open();
      await world.set([group('A', [a.target(), b.target()], checked)], [listener([forward('A')])]);
      const state = (backend: Backend, value: 'healthy' | 'unhealthy'): Promise<void> =>
        world.plane.setHealth([{ targetGroupArn: 'A', id: backend.address, port: backend.port, state: value }]);
      const bodies = async (): Promise<readonly string[]> => {
        const found = new Set<string>();
        for (let i = 0; i < 6; i += 1) found.add((await world.get()).body);
        return [...found].sort();
      };
      await state(a, 'unhealthy');
      expect(await bodies()).toEqual(['b']);
      await state(b, 'unhealthy');
      expect(await bodies()).toEqual(['a', 'b']);
      await state(a, 'healthy');
      expect(await bodies()).toEqual(['a']);
      await world.set([group('A', [])]);
      const none = await world.get();
      expect([none.status, none.headers['server'], none.headers['content-length']]).toEqual([503, 'awselb/2.0', '162']);
    });

    test('[BL-73] connections to targets of a zone come from the load balancer’s address there', async () => {
      const seen: (string | undefined)[] = [];
      const backend = await startBackend('c', (request, response) => {
        seen.push(request.socket.remoteAddress);
        response.end('c');
      });
      try {
        world = await open();
        await world.set([group('A', [backend.target({ zone: 'zone-a' })])], [listener([forward('A')])]);
        await world.get();
        await world.set([group('A', [backend.target({ zone: 'zone-a', id: 'i-1' })])]);
        await world.get();
        expect(seen).toEqual([World.source, expect.not.stringContaining(World.source)]);
      } finally {
        await backend.stop();
      }
    });

    test('[BL-7] without cross-zone balancing a node serves the targets of its zone', async () => {
      world = await open();
      const nodes = ['zone-a', 'zone-b'].map((zone, index) => ({
        zone,
        networkInterfaceId: `eni-${zone}`,
        subnetId: zone,
        privateIpv4Address: world.address.replace(/\.\d+$/, `.${251 + index}`),
      }));
      const targets = [a.target({ zone: 'zone-a' }), b.target({ zone: 'zone-b' })];
      const off = { ...attributes, crossZone: false };
      await world.set([group('A', targets)], [listener([forward('A')])], { nodes, attributes: off });
      for (const [index, body] of ['a', 'b'].entries()) {
        for (let i = 0; i < 4; i += 1)
          expect((await world.get('/', { host: nodes[index]!.privateIpv4Address })).body).toBe(body);
      }
      await world.set([], [listener([forward('A')])], { nodes, attributes });
      const both = new Set<string>();
      for (let i = 0; i < 4; i += 1) both.add((await world.get('/', { host: nodes[0]!.privateIpv4Address })).body);
      expect([...both].sort()).toEqual(['a', 'b']);
    });
  });
}
