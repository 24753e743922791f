import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2';
import { createServer as createHttpsServer, request as httpsRequest } from 'node:https';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TargetConfig } from '../../balancer-protocol/index.ts';
import { freshAddress } from './addresses.ts';
import { startBackend, startRawBackend } from './backend.ts';
import { exampleCom, exampleOrg } from './certificates.ts';
import { callHttp2, openHttp2, startHttp2Target, type Http2Target } from './http2-client.ts';
import { attributes, checked, eventually, forward, group, listener, type World } from './world.ts';

/** HTTPS listeners: TLS, HTTP/2 and gRPC. */
export function describeHttps(open: () => Promise<World>): void {
  describe('HTTPS', () => {
    let world: World;
    const closers: (() => unknown)[] = [];
    beforeEach(async () => {
      world = await open();
    });
    afterEach(async () => {
      for (const close of closers.splice(0)) await close();
      await world.plane.close();
    });
    const rule = listener([forward('A')], { protocol: 'HTTPS', certificates: [exampleCom, exampleOrg] });
    const serve = async (target: TargetConfig, more = {}, lb = {}): Promise<void> =>
      world.set([group('A', [target], more)], [rule], { attributes: { ...attributes, ...lb } });
    const call = callHttp2;
    const session = async (): Promise<ClientHttp2Session> => {
      const client = await openHttp2(world.address);
      closers.push(() => client.destroy());
      return client;
    };

    test('[BL-26] TLS is ended here, by server name and lowest version, for HTTP/1.1 clients too', async () => {
      const backend = await startBackend('web', (request, response) => response.end(JSON.stringify(request.headers)));
      closers.push(() => backend.stop());
      await serve(backend.target());
      const get = (servername: string): Promise<{ name: string; headers: Record<string, string> }> =>
        new Promise((resolve, reject) => {
          const request = httpsRequest(
            {
              host: world.address,
              port: 8000,
              servername,
              rejectUnauthorized: false,
              agent: false,
              headers: { Host: servername },
            },
            (response) => {
              const name = (
                response.socket as unknown as { getPeerCertificate(): { subject: { CN: string } } }
              ).getPeerCertificate().subject.CN;
              response.on('data', (bytes: Buffer) =>
                resolve({ name, headers: JSON.parse(bytes.toString()) as Record<string, string> }),
              );
            },
          );
          request.on('error', reject);
          request.end();
        });
      const got = await get('a.example.org');
      expect(got.name).toBe('example.org');
      expect(got.headers).toMatchObject({
        'x-forwarded-proto': 'https',
        'x-forwarded-port': '8000',
        host: 'a.example.org:8000',
      });
      await world.set([], [{ ...rule, minimumTlsVersion: 'TLSv1.3' }]);
      const code = await new Promise<string>((resolve) => {
        const socket = connectTls(
          { host: world.address, port: 8000, rejectUnauthorized: false, maxVersion: 'TLSv1.2' },
          () => resolve('connected'),
        );
        socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
      });
      expect(code).toBe('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
    });

    test('[BL-26] HTTPS targets are spoken to over TLS, and kept; one that speaks no TLS is 502', async () => {
      const server = createHttpsServer(
        { cert: exampleCom.certificate, key: exampleCom.privateKey },
        (_request, response) => response.end('secure'),
      );
      let connections = 0;
      server.on('secureConnection', () => {
        connections += 1;
      });
      const address = freshAddress();
      await new Promise<void>((resolve) => server.listen(8080, address, resolve));
      closers.push(() => {
        server.closeAllConnections();
        server.close();
      });
      const plain = await startBackend('plain');
      closers.push(() => plain.stop());
      const target: TargetConfig = { id: address, port: 8080, address, state: 'registered', lastHealth: 'healthy' };
      await world.set([group('A', [target], { protocol: 'HTTPS' })], [listener([forward('A')])], { attributes });
      for (let i = 0; i < 3; i += 1) expect((await world.get()).body).toBe('secure');
      expect(connections).toBe(1);
      await world.set([group('A', [plain.target()], { protocol: 'HTTPS' })]);
      expect((await world.get()).status).toBe(502);
    });

    test('[BL-27] HTTP/2 clients reach HTTP/1.1 targets, with bodies of any kind, and many at once', async () => {
      const backend = await startBackend('web', (request, response, body) => {
        if (request.url === '/chunks') {
          response.write('one');
          setTimeout(() => response.end('two'), 10);
        } else if (request.url === '/headers') response.end(JSON.stringify(request.headers));
        else response.end(body);
      });
      closers.push(() => backend.stop());
      await serve(backend.target());
      const client = await session();
      expect(await call(client, { ':path': '/chunks' })).toMatchObject({ status: 200, body: 'onetwo' });
      const large = 'x'.repeat(300_000);
      expect((await call(client, { ':path': '/', ':method': 'POST' }, large)).body).toBe(large);
      expect((await call(client, { ':path': '/', ':method': 'POST', 'content-length': '5' }, 'hello')).body).toBe(
        'hello',
      );
      expect(await call(client, { ':path': '/', ':method': 'HEAD' })).toMatchObject({ status: 200, body: '' });
      const headers = JSON.parse((await call(client, { ':path': '/headers', cookie: 'a=b' })).body) as Record<
        string,
        string
      >;
      expect(headers).toMatchObject({ 'x-forwarded-proto': 'https', 'x-forwarded-for': '127.0.0.1', cookie: 'a=b' });
      const many = await Promise.all(
        Array.from({ length: 60 }, (_, i) => call(client, { ':path': '/', ':method': 'POST' }, `body ${i}`)),
      );
      expect(many.map(({ body }) => body)).toEqual(Array.from({ length: 60 }, (_, i) => `body ${i}`));
    });

    test('[BL-27] what an HTTP/2 client may not say is refused, and what its target does wrong is 502', async () => {
      const bad = await startRawBackend('bad', (socket) => socket.once('data', () => socket.end('no HTTP\r\n\r\n')));
      closers.push(() => bad.stop());
      await serve(bad.target());
      const client = await session();
      await expect(call(client, { ':path': '/a b' })).rejects.toThrow('PROTOCOL_ERROR');
      const far = '1.1.1.1, '.repeat(31);
      expect((await call(client, { ':path': '/', 'x-forwarded-for': `${far}1.1.1.1` })).status).toBe(463);
      expect((await call(client, { ':path': `/${'a'.repeat(17_000)}` })).status).toBe(414);
      expect(
        (await call(client, { ':path': '/', 'content-type': 'application/grpc', ':method': 'POST' }, 'x')).status,
      ).toBe(464);
      const answer = await call(client, { ':path': '/' });
      expect([answer.status, answer.headers['server']]).toEqual([502, 'awselb/2.0']);
      await serve(bad.target(), {}, { http2: false });
      const socket = connectTls({
        host: world.address,
        port: 8000,
        rejectUnauthorized: false,
        ALPNProtocols: ['h2', 'http/1.1'],
      });
      await new Promise<void>((resolve) => socket.once('secureConnect', () => resolve()));
      expect(socket.alpnProtocol).toBe('http/1.1');
      socket.destroy();
    });

    const http2Target = async (...args: Parameters<typeof startHttp2Target>): Promise<Http2Target> => {
      const started = await startHttp2Target(...args);
      closers.push(() => started.stop());
      return started;
    };

    test('[BL-28] gRPC calls reach their targets and come back with their trailers, streaming both ways', async () => {
      const seen: IncomingHttpHeaders[] = [];
      const server = await http2Target((stream, headers) => {
        seen.push(headers);
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'grpc-message': 'done' }));
        stream.on('data', (piece: Buffer) => stream.write(piece.toString().toUpperCase()));
        stream.on('end', () => stream.end());
      });
      await serve(server.target(), { protocolVersion: 'GRPC' });
      const client = await session();
      const grpc = {
        ':path': '/pkg.Service/Method',
        ':method': 'POST',
        'content-type': 'application/grpc',
        te: 'trailers',
      };
      const stream = client.request(grpc);
      let text = '';
      stream.setEncoding('utf8');
      stream.on('data', (piece: string) => {
        text += piece;
      });
      stream.write('one');
      await eventually(() => text === 'ONE');
      stream.write('two');
      await eventually(() => text === 'ONETWO');
      const trailers = new Promise<IncomingHttpHeaders>((resolve) => stream.once('trailers', resolve));
      stream.end();
      expect(await trailers).toMatchObject({ 'grpc-status': '0', 'grpc-message': 'done' });
      expect(seen[0]).toMatchObject({ ':path': '/pkg.Service/Method', te: 'trailers', 'x-forwarded-proto': 'https' });
      expect(seen[0]?.['x-amzn-trace-id']).toMatch(/^Root=1-/);
      expect((await call(client, { ...grpc, ':method': 'GET' })).status).toBe(464);
    });

    test('[BL-28] an HTTP/2 target drains as others do: its streams finish, then its connection ends', async () => {
      const waiting: (() => void)[] = [];
      const old = await http2Target((stream) => {
        waiting.push(() => {
          stream.respond({ ':status': 200 });
          stream.end('old');
        });
      });
      const fresh = await http2Target((stream) => {
        stream.respond({ ':status': 200 });
        stream.end('new');
      });
      const more = { protocolVersion: 'HTTP2', ...checked } as const;
      await serve(old.target(), more);
      const client = await session();
      const under = call(client, { ':path': '/' });
      await eventually(() => waiting.length === 1);
      await world.set([
        group('A', [old.target({ state: 'draining', drainDeadlineMs: Date.now() + 10_000 }), fresh.target()], more),
      ]);
      expect((await call(client, { ':path': '/' })).body).toBe('new');
      expect(world.drained).toEqual([]);
      for (const finish of waiting) finish();
      expect((await under).body).toBe('old');
      await eventually(() => world.drained.length === 1 && old.sessions.size === 0);
    });

    test('[BL-28] an HTTP/2 target that refuses connections is passed over', async () => {
      const gone = await startBackend('gone');
      await gone.stop();
      const fresh = await http2Target((stream) => {
        stream.respond({ ':status': 200 });
        stream.end('new');
      });
      await world.set([group('A', [gone.target(), fresh.target()], { protocolVersion: 'HTTP2' })], [rule], {
        attributes,
      });
      const client = await session();
      for (let i = 0; i < 4; i += 1) expect((await call(client, { ':path': '/' })).body).toBe('new');
      await world.set([group('A', [gone.target()], { protocolVersion: 'HTTP2' })]);
      expect((await call(client, { ':path': '/' })).status).toBe(502);
    });

    test('[BL-28] what only reads is asked of another HTTP/2 target when the first is killed; a call that may act is 502', async () => {
      const dying = await http2Target((stream) => stream.session?.destroy());
      const fresh = await http2Target((stream) => {
        stream.respond({ ':status': 200 });
        stream.end('new');
      });
      const targets = [dying.target(), fresh.target()];
      await world.set([group('A', targets, { protocolVersion: 'HTTP2' })], [rule], { attributes });
      const client = await session();
      for (let i = 0; i < 4; i += 1) expect((await call(client, { ':path': '/' })).body).toBe('new');
      const posts: number[] = [];
      for (let i = 0; i < 4; i += 1) posts.push((await call(client, { ':path': '/', ':method': 'POST' }, 'x')).status);
      expect(posts.filter((status) => status === 502)).toHaveLength(2);
    });

    test('[BL-28] an answer of an HTTP/2 target that breaks off does not look whole', async () => {
      const half = await http2Target((stream) => {
        stream.respond({ ':status': 200 });
        stream.write('abc');
        setTimeout(() => stream.session?.destroy(), 50);
      });
      await serve(half.target(), { protocolVersion: 'HTTP2' });
      await expect(call(await session(), { ':path': '/' })).rejects.toThrow('NGHTTP2_INTERNAL_ERROR');
    });

    test('[BL-29] a listener that goes away says GOAWAY, and finishes what is under way', async () => {
      const waiting: (() => void)[] = [];
      const backend = await startBackend('web', (_request, response) => void waiting.push(() => response.end('web')));
      closers.push(() => backend.stop());
      await serve(backend.target());
      const client = await session();
      let goaway = false;
      client.on('goaway', () => {
        goaway = true;
      });
      const under = call(client, { ':path': '/' });
      await eventually(() => waiting.length === 1);
      await world.remove();
      await eventually(() => goaway);
      for (const finish of waiting) finish();
      expect((await under).body).toBe('web');
      await eventually(() => client.destroyed || client.closed);
    });
  });
}
