import { describe, expect, test } from 'vitest';
import type { TargetConfig } from '../../balancer-protocol/index.ts';
import { startBackend, startRawBackend, type Backend } from './backend.ts';
import { rowsUnless, testUnless, type Exceptions } from './exceptions.ts';
import { RawClient, exchangeRaw } from './raw-client.ts';
import { eventually, keepAliveAgent, type World } from './world.ts';

const get = (path = '/', more = ''): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
const statusOf = (text: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);

interface Setting {
  world(): World;
  /** A target that does everything right. */
  backend(): Backend;
  serve(targets: TargetConfig[]): Promise<void>;
}

/** What targets do wrong over HTTP/1.1. */
export function describeBadTargets({ world, backend, serve }: Setting, exceptions: Exceptions): void {
  describe('bad targets', () => {
    test.each<readonly [string, string, boolean]>(
      rowsUnless(exceptions, [
        ['nothing', '', true],
        ['no HTTP', 'hello\r\n\r\n', true],
        ['half a head', 'HTTP/1.1 200 OK\r\nContent-Le', true],
        ['two lengths in an answer', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na', false],
        [
          'length and chunks in an answer',
          'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
          false,
        ],
        ['a bare line feed in an answer', 'HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n', false],
        ['a head without end', `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(40_000)}`, false],
      ] as const),
    )('[BL-20] a target that answers %s is 502', async (_, answer, ends) => {
      const bad = await startRawBackend('bad', (socket) => {
        socket.once('data', () => {
          socket.write(answer);
          if (ends) socket.end();
        });
      });
      await serve([bad.target()]);
      const text = await exchangeRaw(world().address, 8000, get('/', 'Connection: close\r\n'));
      expect(statusOf(text)).toBe(502);
      expect(text).toContain('<center><h1>502 Bad Gateway</h1></center>');
      await bad.stop();
    });

    test('[BL-14] a target that changes the protocol without being asked is 502', async () => {
      const eager = await startRawBackend('eager', (socket) =>
        socket.once('data', () =>
          socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhi'),
        ),
      );
      await serve([eager.target()]);
      const text = await exchangeRaw(world().address, 8000, get('/', 'Connection: close\r\n'));
      expect(statusOf(text)).toBe(502);
      await eager.stop();
    });

    test('[BL-20] an answer that breaks off breaks the connection off; one that ends with its connection is whole', async () => {
      const half = await startRawBackend('half', (socket) => {
        socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'));
      });
      const old = await startRawBackend('old', (socket) => {
        socket.once('data', () => socket.end('HTTP/1.0 200 OK\r\nX-A: 1\r\n\r\nabc'));
      });
      await serve([half.target()]);
      await expect(world().get()).rejects.toThrow();
      await serve([old.target()]);
      const text = await exchangeRaw(world().address, 8000, get('/', 'Connection: close\r\n'));
      // With the end of the connection, or in chunks.
      expect(text).toMatch(/^HTTP\/1\.[01] 200 OK\r\nx-a: 1\r\n/i);
      expect(text).toMatch(/\r\n\r\n(?:abc|3\r\nabc\r\n0\r\n\r\n)$/);
      await Promise.all([half.stop(), old.stop()]);
    });

    test('[BL-20] a target that refuses connections is passed over, with any method; when all do it is 502', async () => {
      const gone = await startBackend('gone');
      await gone.stop();
      await serve([gone.target(), backend().target()]);
      for (let i = 0; i < 6; i += 1)
        expect((await world().get('/echo', { method: 'POST', body: `body ${i}` })).body).toBe(`body ${i}`);
      await serve([gone.target()]);
      expect((await world().get()).status).toBe(502);
    });

    test('[BL-21] what an idle connection lost is sent again when it may be repeated, and only then', async () => {
      let requests = 0;
      const flaky = await startRawBackend('flaky', (socket) => {
        let first = true;
        socket.on('data', () => {
          requests += 1;
          if (first) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
          else socket.destroy();
          first = false;
        });
      });
      await serve([flaky.target()]);
      const agent = keepAliveAgent();
      for (const [method, statuses] of [
        ['GET', [200, 200]],
        ['PUT', [200, 200]],
        ['POST', [200, 502]],
      ] as const) {
        await eventually(() => flaky.connections.open.size <= 1);
        for (const socket of flaky.connections.open) socket.destroy();
        await eventually(() => flaky.connections.open.size === 0);
        await new Promise((resolve) => setTimeout(resolve, 50));
        const got: number[] = [];
        for (let i = 0; i < 2; i += 1) {
          // What cannot be sent again is answered with 502, or its connection ends without an answer.
          const answer = await world()
            .get('/', { method, agent, body: method === 'GET' ? '' : 'x' })
            .catch(() => ({ status: 502 }));
          got.push(answer.status);
        }
        expect([method, got]).toEqual([method, statuses]);
      }
      expect(requests).toBeGreaterThan(6);
      agent.destroy();
      await flaky.stop();
    });

    test('[BL-21] a target killed in the middle of requests that may be repeated is replaced by another', async () => {
      const dying = await startRawBackend('dying', (socket) => {
        socket.once('data', () => setTimeout(() => socket.resetAndDestroy(), 30));
      });
      await serve([dying.target(), backend().target()]);
      const answers = await Promise.all(Array.from({ length: 8 }, () => world().get('/')));
      expect(answers.map(({ body }) => body)).toEqual(Array.from({ length: 8 }, () => 'web'));
      expect(
        (await Promise.all(Array.from({ length: 4 }, () => world().get('/echo', { method: 'POST', body: 'x' })))).some(
          ({ status }) => status === 502,
        ),
      ).toBe(true);
      await dying.stop();
    });

    testUnless(
      exceptions,
      '[BL-25] an early answer to an unfinished body is passed on, and the connection closed after it',
      async () => {
        const early = await startRawBackend('early', (socket) => {
          socket.once('data', () => socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig'));
        });
        await serve([early.target()]);
        const client = await RawClient.open(world().address, 8000);
        client.send('POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc');
        expect(await client.untilEnd()).toMatch(/^HTTP\/1\.1 413 [^]*big$/);
        client.close();
        await eventually(() => early.connections.open.size === 0);
        await early.stop();
      },
    );
  });
}
