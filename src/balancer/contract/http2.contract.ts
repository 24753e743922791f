import { createServer, type IncomingMessage } from 'node:http';
import { constants, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TargetConfig } from '../../balancer-protocol/index.ts';
import { freshAddress } from './addresses.ts';
import { startRawBackend, type Backend } from './backend.ts';
import { exampleCom } from './certificates.ts';
import { callHttp2, openHttp2, sendRawHttp2, startHttp2Target, type Http2Target } from './http2-client.ts';
import { attributes, forward, group, listener, type World } from './world.ts';

/** What HTTP/2 has and HTTP/1.1 has not, and the other way round. */
export function describeHttp2(open: () => Promise<World>): void {
  describe('between HTTP/2 and HTTP/1.1', () => {
    let world: World;
    const closers: (() => unknown)[] = [];
    beforeEach(async () => {
      world = await open();
    });
    afterEach(async () => {
      for (const close of closers.splice(0)) await close();
      await world.plane.close();
    });
    const rule = listener([forward('A')], { protocol: 'HTTPS', certificates: [exampleCom] });
    const serve = (targets: readonly TargetConfig[], more = {}): Promise<void> =>
      world.set([group('A', targets, more)], [rule], { attributes });
    const session = async (): Promise<ClientHttp2Session> => {
      const client = await openHttp2(world.address);
      closers.push(() => client.destroy());
      return client;
    };
    const http2Target = async (...args: Parameters<typeof startHttp2Target>): Promise<Http2Target> => {
      const started = await startHttp2Target(...args);
      closers.push(() => started.stop());
      return started;
    };
    /** Answers each request with the same bytes. */
    const answering = async (answer: string): Promise<Backend> => {
      const backend = await startRawBackend('raw', (socket) => socket.on('data', () => socket.write(answer)));
      closers.push(() => backend.stop());
      return backend;
    };

    test('[BL-27] answers that HTTP/2 cannot say as they are harm nobody', async () => {
      const twice = await answering(
        'HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Type: c/d\r\nETag: "1"\r\nETag: "2"\r\nTE: gzip\r\n' +
          'HTTP2-Settings: AAA\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n\r\nok',
      );
      await serve([twice.target()]);
      const client = await session();
      for (let i = 0; i < 2; i += 1) {
        const answer = await callHttp2(client, { ':path': '/' });
        expect([answer.status, answer.body]).toEqual([200, 'ok']);
        expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2']);
      }
      const odd = await answering('HTTP/1.1 700 Odd\r\nContent-Length: 2\r\n\r\nok');
      await serve([odd.target()]);
      expect([502, 700]).toContain((await callHttp2(client, { ':path': '/' })).status);
      await serve([twice.target()]);
      expect((await callHttp2(client, { ':path': '/' })).status).toBe(200);
    });

    test('[BL-28] requests that HTTP/2 cannot pass on as they are harm nobody', async () => {
      const seen: IncomingHttpHeaders[] = [];
      const target = await http2Target((stream, headers) => {
        seen.push(headers);
        stream.respond({ ':status': 200 });
        stream.end('ok');
      });
      await serve([target.target()], { protocolVersion: 'HTTP2' });
      const get = [
        [':method', 'GET'],
        [':scheme', 'https'],
        [':authority', 'example.com'],
        [':path', '/'],
      ] as const;
      await sendRawHttp2(world.address, [...get, ['te', 'Trailers']]);
      await sendRawHttp2(world.address, [...get, ['http2-settings', 'AAA']]);
      expect((await callHttp2(await session(), { ':path': '/' })).body).toBe('ok');
      expect(seen.at(-1)?.['http2-settings']).toBeUndefined();
    });

    test('[BL-28] trailers of requests reach targets of either version', async () => {
      const seen: IncomingMessage['trailers'][] = [];
      const server = createServer((request, response) => {
        request.resume();
        request.on('end', () => {
          seen.push(request.trailers);
          response.end('ok');
        });
      });
      const address = freshAddress();
      await new Promise<void>((resolve) => server.listen(8080, address, resolve));
      closers.push(() => {
        server.closeAllConnections();
        server.close();
      });
      const http1: TargetConfig = { id: address, port: 8080, address, state: 'registered', lastHealth: 'healthy' };
      await serve([http1]);
      const client = await session();
      const post = { ':path': '/', ':method': 'POST' };
      expect((await callHttp2(client, post, 'x', { 'x-sum': '1', 'x-more': 'a b' })).body).toBe('ok');
      expect(seen).toMatchObject([{ 'x-sum': '1', 'x-more': 'a b' }]);
      const tails: IncomingHttpHeaders[] = [];
      const http2 = await http2Target((stream) => {
        stream.on('trailers', (tail: IncomingHttpHeaders) => tails.push(tail));
        stream.respond({ ':status': 200 });
        stream.resume();
        stream.on('end', () => stream.end('ok'));
      });
      await serve([http2.target()], { protocolVersion: 'HTTP2' });
      expect((await callHttp2(client, post, 'x', { 'x-sum': '2' })).body).toBe('ok');
      expect(tails).toMatchObject([{ 'x-sum': '2' }]);
      expect((await callHttp2(client, post, 'x')).body).toBe('ok');
    });

    test('[BL-13] early hints reach HTTP/2 clients from targets of either version', async () => {
      const raw = await answering(
        'HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
      );
      await serve([raw.target()]);
      const client = await session();
      const hinted = { status: 200, body: 'ok', hints: [{ ':status': 103, link: '</a.css>' }] };
      expect(await callHttp2(client, { ':path': '/' })).toMatchObject(hinted);
      const http2 = await http2Target((stream) => {
        stream.additionalHeaders({ ':status': 103, link: '</a.css>' });
        stream.respond({ ':status': 200 });
        stream.end('ok');
      });
      await serve([http2.target()], { protocolVersion: 'HTTP2' });
      expect(await callHttp2(client, { ':path': '/' })).toMatchObject(hinted);
    });

    test('[BL-28] a body is whole at the second target when the first refuses the stream', async () => {
      const refusing = await http2Target((stream) => {
        stream.on('error', () => undefined);
        stream.close(constants.NGHTTP2_REFUSED_STREAM); // not looked at
      });
      const taking = await http2Target((stream) => {
        stream.respond({ ':status': 200 });
        stream.on('data', (piece: Buffer) => stream.write(piece));
        stream.on('end', () => stream.end());
      });
      await serve([refusing.target(), taking.target()], { protocolVersion: 'HTTP2' });
      const client = await session();
      const body = 'abcdefgh'.repeat(40_000);
      const statuses = new Set<number>();
      for (let delayMs = 0; delayMs < 24; delayMs += 1) {
        const stream = client.request({ ':path': '/', ':method': 'POST' });
        let text = '';
        let status = 0;
        stream.setEncoding('latin1');
        stream.on('error', () => undefined);
        stream.on('response', (head) => {
          status = Number(head[':status']);
        });
        stream.on('data', (piece: string) => {
          text += piece;
        });
        setTimeout(() => stream.end(body), delayMs / 4);
        await new Promise((resolve) => stream.on('close', resolve));
        statuses.add(status);
        if (status === 200) expect(text === body).toBe(true);
      }
      expect([...statuses].filter((status) => status !== 502)).toEqual([200]);
    });
  });
}
