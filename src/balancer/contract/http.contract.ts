import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startBackend, startRawBackend, type Backend } from './backend.ts';
import { describeBadTargets } from './bad-targets.contract.ts';
import { rowsUnless, testUnless, type Exceptions } from './exceptions.ts';
import { RawClient, exchangeRaw } from './raw-client.ts';
import { attributes, eventually, forward, group, listener, type World } from './world.ts';

const get = (path = '/', more = ''): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
const statusOf = (text: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);

/** HTTP/1.1 on both sides: framing, headers, what is refused, what targets do wrong. */
export function describeHttp(open: () => Promise<World>, exceptions: Exceptions = {}): void {
  let backend: Backend;
  let world: World;
  beforeAll(async () => {
    backend = await startBackend('web', (request, response, body) => {
      switch (request.url?.split('?')[0]) {
        case '/echo':
          response.end(body);
          return;
        case '/chunks':
          if (request.httpVersion !== '1.0') response.setHeader('Trailer', 'X-Sum');
          response.write('one');
          setTimeout(() => {
            response.write('two');
            if (request.httpVersion !== '1.0') response.addTrailers({ 'X-Sum': '6' });
            response.end();
          }, 20);
          return;
        case '/204':
          response.writeHead(204).end();
          return;
        case '/304':
          response.writeHead(304, { ETag: '"a"' }).end();
          return;
        case '/hints':
          response.writeEarlyHints({ link: '</a.css>; rel=preload' });
          response.end('hinted');
          return;
        case '/sized':
          response.setHeader('Content-Length', 3).end('web');
          return;
        case '/slow':
          setTimeout(() => response.end('slow'), 300);
          return;
        case '/headers':
          response.end(JSON.stringify(request.headers));
          return;
        default:
          response.end('web');
      }
    });
  });
  afterAll(() => backend.stop());
  beforeEach(async () => {
    world = await open();
  });
  afterEach(() => world.plane.close());
  const serve = (targets = [backend.target()], more: Partial<typeof attributes> = {}): Promise<void> =>
    world.set([group('A', targets)], [listener([forward('A')])], { attributes: { ...attributes, ...more } });

  describe('messages', () => {
    test('[BL-10] connections stay on both sides, and pipelined requests are answered in order', async () => {
      await serve();
      const before = backend.connections.made;
      const client = await RawClient.open(world.address, 8000);
      client.send(get('/slow') + get('/echo') + get('/204') + get('/'));
      const text = await client.until((all) => all.endsWith('web'));
      expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1])).toEqual(['200', '200', '204', '200']);
      expect(text.indexOf('slow')).toBeLessThan(text.indexOf('204'));
      client.send(get('/'));
      await client.until((all) => all.split('web').length === 3);
      expect(backend.connections.made - before).toBe(1);
      client.close();
    });

    test('[BL-11] bodies stream both ways, whatever their size and framing', async () => {
      await serve();
      const body = Buffer.alloc(3_000_000, 'abcdefghij');
      for (const chunked of [false, true]) {
        const headers = chunked ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': body.length };
        const digest = await new Promise<string>((resolve, reject) => {
          const request = httpRequest(
            { host: world.address, port: 8000, path: '/echo', method: 'POST', headers, agent: false },
            (response) => {
              const hash = createHash('sha256');
              response.on('data', (piece: Buffer) => hash.update(piece));
              response.on('end', () => resolve(hash.digest('hex')));
            },
          );
          request.on('error', reject);
          request.end(body);
        });
        expect(digest).toBe(createHash('sha256').update(body).digest('hex'));
      }
      const client = await RawClient.open(world.address, 8000);
      client.send(get('/chunks'));
      const text = await client.until((all) => /x-sum: 6\r\n\r\n$/i.test(all));
      expect(text).toContain('3\r\none\r\n');
      client.close();
    });

    test('[BL-11] a client that does not read holds its target up instead of filling memory', async () => {
      let written = 0;
      const flood = await startBackend('flood', (_request, response) => {
        const more = (): void => {
          for (let room = true; room && written < 400_000_000; written += 65_536)
            room = response.write(Buffer.alloc(65_536));
        };
        response.on('drain', more);
        more();
      });
      await serve([flood.target()]);
      const client = await RawClient.open(world.address, 8000);
      client.socket.pause();
      client.send(get('/'));
      await eventually(() => written > 0);
      let before = -1;
      for (let i = 0; i < 50 && before !== written; i += 1) {
        before = written;
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
      expect(written).toBeLessThan(40_000_000);
      client.close();
      await flood.stop();
    });

    test('[BL-12] answers without a body end with their head', async () => {
      await serve();
      const client = await RawClient.open(world.address, 8000);
      client.send(`HEAD / HTTP/1.1\r\nHost: x\r\n\r\n${get('/204')}${get('/304')}${get('/')}`);
      const text = await client.until((all) => all.endsWith('web'));
      expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1])).toEqual(['200', '204', '304', '200']);
      expect(text).toMatch(/content-length: 3\r\n/i);
      client.close();
    });

    test('[BL-13] Expect: 100-continue is answered at once and not passed on; early hints are', async () => {
      await serve();
      const client = await RawClient.open(world.address, 8000);
      client.send('POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n');
      await client.until((all) => all === 'HTTP/1.1 100 Continue\r\n\r\n');
      client.send('hello');
      await client.until((all) => all.endsWith('hello'));
      expect(backend.seen.at(-1)?.headers['expect']).toBeUndefined();
      client.text = '';
      client.send(get('/hints'));
      expect(await client.until((all) => all.endsWith('hinted'))).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nlink: /i);
      client.close();
    });

    test('[BL-14] an upgrade becomes a tunnel, and counts as in flight until it ends', async () => {
      const tunnel = await startRawBackend(
        'tunnel',
        (socket) => {
          socket.once('data', (head) => {
            expect(head.toString()).toMatch(/\r\nupgrade: websocket\r\n/i);
            expect(head.toString()).toMatch(/\r\nconnection: Upgrade\r\n/i);
            socket.write(
              'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\nhi',
            );
            socket.on('data', (bytes) => socket.write(bytes));
            socket.on('end', () => socket.end('bye'));
          });
        },
        { allowHalfOpen: true },
      );
      await serve([tunnel.target()]);
      const client = await RawClient.open(world.address, 8000);
      client.send(
        get(
          '/',
          'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n',
        ),
      );
      const head = await client.until((all) => all.endsWith('\r\n\r\nhi'));
      expect(head).toMatch(/^HTTP\/1\.1 101 /);
      await eventually(() => world.plane.inFlight({ targetGroupArn: 'A', id: tunnel.address, port: 8080 }) === 1);
      client.send('GET / ping');
      await client.until((all) => all.endsWith('GET / ping'));
      client.socket.end();
      expect(await client.untilEnd()).toMatch(/bye$/);
      await eventually(() => world.plane.inFlight({ targetGroupArn: 'A', id: tunnel.address, port: 8080 }) === 0);
      await tunnel.stop();
    });

    test('[BL-14] an upgrade to HTTP/2 is not passed on: behind it no rule would be asked', async () => {
      await serve();
      const client = await RawClient.open(world.address, 8000);
      const more = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';
      client.send(get('/headers', more));
      const text = await client.until((all) => all.endsWith('}'));
      expect(text).toMatch(/^HTTP\/1\.1 200 /);
      expect(text).not.toMatch(/"upgrade":|"http2-settings":/);
      client.close();
    });

    test('[BL-15] targets see the client, the protocol, the port, a trace and the host', async () => {
      await serve();
      const headers = async (more: Record<string, string> = {}): Promise<Record<string, string>> =>
        JSON.parse((await world.get('/headers', { headers: { Host: 'example.com', ...more } })).body);
      const plain = await headers({ 'X-Forwarded-Proto': 'https' });
      expect(plain).toMatchObject({
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'http',
        'x-forwarded-port': '8000',
        host: 'example.com:8000',
      });
      expect(plain['x-amzn-trace-id']).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/);
      const traced = await headers({
        'X-Amzn-Trace-Id': 'Root=1-67891233-a;CalledFrom=app',
        'X-Forwarded-For': '1.2.3.4',
      });
      expect(traced['x-amzn-trace-id']).toMatch(/^Self=1-[0-9a-f]{8}-[0-9a-f]{24};Root=1-67891233-a;CalledFrom=app$/);
      expect(traced['x-forwarded-for']).toBe('1.2.3.4, 127.0.0.1');
      await serve(undefined, { xffHeaderProcessing: 'preserve', preserveHostHeader: true });
      expect(await headers({ 'X-Forwarded-For': '1.2.3.4' })).toMatchObject({
        'x-forwarded-for': '1.2.3.4',
        host: 'example.com',
      });
      await serve(undefined, { xffHeaderProcessing: 'remove' });
      expect((await headers({ 'X-Forwarded-For': '1.2.3.4' }))['x-forwarded-for']).toBeUndefined();
      await serve(undefined, { xffClientPort: true });
      expect((await headers())['x-forwarded-for']).toMatch(/^127\.0\.0\.1:\d+$/);
    });

    test('[BL-16] headers of one connection are not passed on; invalid names only where that is asked for', async () => {
      await serve();
      const more = 'Connection: keep-alive\r\nKeep-Alive: timeout=5\r\nTE: gzip\r\nX_Odd: 1\r\n';
      const client = await RawClient.open(world.address, 8000);
      client.send(get('/headers', more));
      const text = await client.until((all) => all.endsWith('}'));
      expect(text).not.toMatch(/"keep-alive":|"te"/);
      expect(text).toContain('"x_odd":"1"');
      expect(text.slice(0, text.indexOf('\r\n\r\n'))).not.toMatch(/keep-alive:/i);
      await serve(undefined, { dropInvalidHeaderFields: true });
      client.text = '';
      client.send(get('/headers', more));
      expect(await client.until((all) => all.endsWith('}'))).not.toContain('x_odd');
      client.close();
    });

    testUnless(exceptions, '[BL-16] headers that Connection names are not passed on', async () => {
      await serve();
      const headers = { Connection: 'close, X-Hop', 'X-Hop': '1' };
      expect((await world.get('/headers', { headers })).body).not.toContain('x-hop');
    });

    test('[BL-19] HTTP/1.0 clients get HTTP/1.0 framing', async () => {
      await serve();
      const text = await exchangeRaw(world.address, 8000, 'GET /chunks HTTP/1.0\r\n\r\n');
      expect(text).toMatch(/\r\n\r\nonetwo$/);
      expect(text).not.toMatch(/transfer-encoding/i);
      expect(backend.seen.at(-1)?.headers.host).toBe('web-1.us-east-1.elb.amazonaws.com:8000');
      const client = await RawClient.open(world.address, 8000);
      client.send('GET /sized HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
      expect(await client.until((all) => all.endsWith('web'))).toMatch(/connection: keep-alive/i);
      expect(client.ended).toBe(false);
      client.close();
    });
  });

  describe('bad requests', () => {
    const post = (headers: string, body = ''): string => `POST /echo HTTP/1.1\r\nHost: x\r\n${headers}\r\n${body}`;
    test.each<readonly [string, string]>(
      rowsUnless(exceptions, [
        ['two lengths', post('Content-Length: 1\r\nContent-Length: 2\r\n', 'ab')],
        ['the same length twice', post('Content-Length: 1\r\nContent-Length: 1\r\n', 'a')],
        ['length and chunks', post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')],
        ['a length with a sign', post('Content-Length: +5\r\n', 'hello')],
        ['two lengths in one', post('Content-Length: 5, 5\r\n', 'hello')],
        ['a folded header', get('/', 'X-A: 1\r\n  Transfer-Encoding: chunked\r\n')],
        ['a blank before the colon', post('Content-Length : 5\r\n', 'hello')],
        ['a bare line feed', 'GET / HTTP/1.1\nHost: x\n\n'],
        ['a bare line feed among others', get('/', 'X-A: 1\nX-B: 2\r\n')],
        ['a bare carriage return', get('/', 'X-A: 1\rX-B: 2\r\n')],
        ['a NUL', get('/', 'X-A: a\0b\r\n')],
        ['chunks twice', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n')],
        ['chunks in HTTP/1.0', 'POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
        ['a chunk size that is none', post('Transfer-Encoding: chunked\r\n', '5x\r\nhello\r\n0\r\n\r\n')],
        ['a chunk size with a prefix', post('Transfer-Encoding: chunked\r\n', '0x5\r\nhello\r\n0\r\n\r\n')],
        ['a huge chunk size', post('Transfer-Encoding: chunked\r\n', 'fffffffffffffffff\r\n')],
        ['a chunk that ends in a line feed', post('Transfer-Encoding: chunked\r\n', '1\na\r\n0\r\n\r\n')],
        ['no host', 'GET / HTTP/1.1\r\n\r\n'],
        ['two hosts', get('/', 'Host: y\r\n')],
        ['a host that is none', 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n'],
        ['no version', 'GET /\r\nHost: x\r\n\r\n'],
        ['a space in the target', 'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n'],
        ['no request at all', '\x16\x03\x01\x02\r\n\r\n'],
      ] as const),
    )('[BL-17] %s is refused with 400, and the connection closed', async (_, text) => {
      await serve();
      const seen = backend.seen.length;
      const answer = await exchangeRaw(world.address, 8000, `${text}${get('/smuggled')}`);
      expect(statusOf(answer)).toBe(400);
      expect(answer).toMatch(/connection: close/i);
      expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
      expect(backend.seen.slice(seen).map(({ url }) => url)).not.toContain('/smuggled');
    });

    test.each<readonly [string, string, number]>(
      rowsUnless(exceptions, [
        ['a request line over 16 KiB', get(`/${'a'.repeat(17_000)}`), 414],
        ['a header over 16 KiB', get('/', `X-A: ${'a'.repeat(17_000)}\r\n`), 400],
        ['a head over 64 KiB', get('/', `X-A: ${'a'.repeat(9_000)}\r\n`.repeat(9)), 400],
        ['TRACE', 'TRACE / HTTP/1.1\r\nHost: x\r\n\r\n', 405],
        ['a coding that is not chunked', post('Transfer-Encoding: gzip, chunked\r\n'), 501],
        ['HTTP/3.0', 'GET / HTTP/3.0\r\nHost: x\r\n\r\n', 505],
        ['more than 30 forwarded addresses', get('/', `X-Forwarded-For: ${'1.1.1.1, '.repeat(31)}1.1.1.1\r\n`), 463],
      ] as const),
    )('[BL-18] %s gets its own status', async (_, text, status) => {
      await serve();
      const answer = await exchangeRaw(world.address, 8000, text);
      expect(statusOf(answer)).toBe(status);
      expect(answer).toMatch(/server: awselb\/2\.0/i);
    });

    test('[BL-17] strictest also refuses what is not compliant but harmless', async () => {
      const lax = `GET /caf\u00e9 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
      const empty = get('/', 'Content-Length: 0\r\nConnection: close\r\n');
      await serve();
      // The backend of this test refuses the first by itself.
      for (const text of [lax, empty]) expect(await exchangeRaw(world.address, 8000, text)).not.toContain('awselb');
      await serve(undefined, { desyncMitigation: 'strictest' });
      for (const text of [lax, empty]) expect(statusOf(await exchangeRaw(world.address, 8000, text))).toBe(400);
    });

    test('[BL-22] heads that do not come are 408, answers that do not come 504, silence is closed', async () => {
      await serve(undefined, { idleTimeoutMs: 400 });
      const silent = await RawClient.open(world.address, 8000);
      expect(await silent.untilEnd()).toBe('');
      const head = await RawClient.open(world.address, 8000);
      const trickle = setInterval(() => head.send('a'), 50);
      head.send('GET / HTTP/1.1\r\nX-A: ');
      expect(statusOf(await head.untilEnd())).toBe(408);
      clearInterval(trickle);
      const deaf = await startRawBackend('deaf', (socket) => socket.resume());
      await serve([deaf.target()], { idleTimeoutMs: 400 });
      expect(statusOf(await exchangeRaw(world.address, 8000, get()))).toBe(504);
      await eventually(() => deaf.connections.open.size === 0);
      await deaf.stop();
    });

    testUnless(exceptions, '[BL-22] a body that does not come is 408', async () => {
      await serve(undefined, { idleTimeoutMs: 400 });
      expect(statusOf(await exchangeRaw(world.address, 8000, post('Content-Length: 9\r\n', 'abc')))).toBe(408);
    });

    test('[BL-23] a client that half-closes gets its answer; one that leaves frees its target', async () => {
      await serve();
      const half = await RawClient.open(world.address, 8000);
      half.send(get('/slow'));
      half.socket.end();
      expect(await half.untilEnd()).toMatch(/slow$/);
      const deaf = await startRawBackend('deaf', (socket) => socket.resume());
      await serve([deaf.target()]);
      const key = { targetGroupArn: 'A', id: deaf.address, port: 8080 };
      const leaving = await RawClient.open(world.address, 8000);
      leaving.send(post('Content-Length: 9\r\n', 'abc'));
      await eventually(() => world.plane.inFlight(key) === 1);
      leaving.socket.end();
      await eventually(() => world.plane.inFlight(key) === 0 && deaf.connections.open.size === 0);
      await eventually(() => world.plane.figures.snapshot().find(({ arn }) => arn !== 'A')?.abandoned === 1);
      await deaf.stop();
    });

    testUnless(exceptions, '[BL-23] a client that resets its connection while it waits frees its target', async () => {
      const deaf = await startRawBackend('deaf', (socket) => socket.resume());
      await serve([deaf.target()]);
      const key = { targetGroupArn: 'A', id: deaf.address, port: 8080 };
      const resetting = await RawClient.open(world.address, 8000);
      resetting.send(get());
      await eventually(() => world.plane.inFlight(key) === 1);
      resetting.socket.resetAndDestroy();
      await eventually(() => world.plane.inFlight(key) === 0);
      await eventually(() => world.plane.figures.snapshot().find(({ arn }) => arn !== 'A')?.abandoned === 1);
      await deaf.stop();
    });
  });

  describeBadTargets({ world: () => world, backend: () => backend, serve }, exceptions);
}
