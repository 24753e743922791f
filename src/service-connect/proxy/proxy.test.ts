import { Agent } from 'node:http';
import { connect as dial, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { ConnectEndpoint, ConnectHost } from '../../connect-protocol/index.ts';
import { openProxy } from '../contract/opened-proxy.ts';
import { call, call2, closeServers, deadHost, http2Host, httpHost, tcpHost } from '../contract/servers.ts';
import { limits } from '../limits.ts';
import { ConnectProxy } from './connect-proxy.ts';

let opened: Awaited<ReturnType<typeof openProxy>> | undefined;

afterEach(async () => {
  await opened?.close();
  closeServers();
});

async function proxied(
  config: Partial<Omit<ConnectEndpoint, 'id' | 'hosts'>>,
  ...hosts: readonly (ConnectHost | Promise<ConnectHost>)[]
) {
  opened = await openProxy(config, await Promise.all(hosts.map((host) => Promise.resolve(host))));
  return opened;
}

const says = (id: string, status = 200) =>
  httpHost(id, (request, response) => {
    request.resume().once('end', () => response.writeHead(status).end(id));
  });

async function bodies(port: number, count: number, options = {}): Promise<readonly string[]> {
  const found: string[] = [];
  for (let at = 0; at < count; at += 1) {
    const { status, body } = await call(port, options);
    found.push(status === 200 ? body : String(status));
  }
  return found;
}

describe('HTTP/1.1', () => {
  test('[CN-21] [CN-29] hosts are called in turn, and counted', async () => {
    const { port, figures } = await proxied({}, says('a'), says('b'), says('c'));
    expect(await bodies(port, 6)).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
    expect(figures()).toMatchObject({
      requests: 6,
      answered2xx: 6,
      retries: 0,
      failed: 0,
      inFlight: 0,
      receivedBytes: 6,
    });
  });

  test('[CN-26] method, path, headers, body and trailers pass; what is between neighbours does not', async () => {
    const echo = httpHost('echo', (request, response) => {
      let body = '';
      request.on('data', (piece: Buffer) => (body += piece.toString()));
      request.on('end', () => {
        const { method, url, rawHeaders } = request;
        response.writeHead(207, { 'X-Answer': 'yes', Trailer: 'x-sum' });
        response.write(JSON.stringify({ method, url, rawHeaders, body }));
        response.addTrailers({ 'x-sum': '7' });
        response.end();
      });
    });
    const { port } = await proxied({}, echo);
    const headers = { Host: 'backend:80', 'X-Case': 'Kept', Connection: 'close, X-Hop', 'X-Hop': '1' };
    const answer = await call(port, { method: 'POST', path: '/a?b=c', headers, body: 'hello' });
    const { rawHeaders, ...got } = JSON.parse(answer.body) as { rawHeaders: string[] };
    expect(got).toEqual({ method: 'POST', url: '/a?b=c', body: 'hello' });
    expect(rawHeaders).toEqual(expect.arrayContaining(['Host', 'backend:80', 'X-Case', 'Kept']));
    expect(rawHeaders).not.toContain('X-Hop');
    expect(answer).toMatchObject({ status: 207, headers: { 'x-answer': 'yes' }, trailers: { 'x-sum': '7' } });
  });

  test('[CN-22] a host that takes no connections costs no request, whatever its method', async () => {
    const { port, figures } = await proxied({}, deadHost('dead'), says('a'));
    expect(await bodies(port, 4, { method: 'POST', body: 'x'.repeat(200_000) })).toEqual(['a', 'a', 'a', 'a']);
    expect(figures()).toMatchObject({ answered2xx: 4, failed: 0 });
    expect(figures()?.retries).toBeGreaterThan(0);
  });

  test('[CN-22] a connection that breaks before the answer is tried elsewhere for what may be repeated only', async () => {
    let broken = 0;
    const breaks = httpHost('breaks', (request) => {
      broken += 1;
      request.socket.destroy();
    });
    const { port } = await proxied({}, breaks, says('a'));
    expect(await bodies(port, 2, { method: 'PUT', body: 'b' })).toEqual(['a', 'a']);
    expect(broken).toBeGreaterThan(0);
    expect(await bodies(port, 2, { method: 'POST', body: 'b' })).toContain('503');
  });

  test('[CN-22] a kept connection that the only host was closing costs no request, and no blame', async () => {
    const asked = new Map<unknown, number>();
    const closing = httpHost('c', (request, response) => {
      const count = (asked.get(request.socket) ?? 0) + 1;
      asked.set(request.socket, count);
      if (count > 1) request.socket.destroy();
      else response.end('c');
    });
    const { port, figures } = await proxied({}, closing);
    expect(await bodies(port, 12)).toEqual(Array.from({ length: 12 }, () => 'c'));
    expect(figures()).toMatchObject({ failed: 0, ejections: 0 });
    expect(figures()?.retries).toBeGreaterThan(0);
  });

  test('[CN-22] an answer of 503 is asked for elsewhere, at most twice', async () => {
    const { port, figures } = await proxied({}, says('x', 503), says('a'));
    expect(await bodies(port, 4)).toEqual(['a', 'a', 'a', 'a']);
    expect((await call(port, { method: 'POST' })).status).toBeOneOf([200, 503]);
    await opened?.close();
    const all = await proxied({}, says('x', 503), says('y', 503), says('z', 503), says('w', 503));
    expect(await bodies(all.port, 1)).toEqual(['503']);
    expect(all.figures()?.retries).toBe(limits.retries);
    expect(figures()?.failed).toBe(0);
  });

  test('[CN-23] a host with errors in a row is left out', async () => {
    let asked = 0;
    const bad = httpHost('bad', (_request, response) => {
      asked += 1;
      response.writeHead(500).end();
    });
    const { port, figures } = await proxied({}, bad, says('a'));
    await bodies(port, 10);
    expect(asked).toBe(limits.ejectAfterErrors);
    expect(await bodies(port, 10)).toEqual(Array.from({ length: 10 }, () => 'a'));
    expect(figures()).toMatchObject({ ejections: 1, answered5xx: 5 });
  });

  test('[CN-24] an answer that does not come in time is 504; one that breaks off in the middle breaks off', async () => {
    const slow = httpHost('slow', (request, response) => {
      if (request.url === '/half') response.write('half');
    });
    const { port, figures } = await proxied({ requestTimeoutMs: 150 }, slow);
    expect(await call(port)).toMatchObject({ status: 504, body: 'upstream request timeout' });
    await expect(call(port, { path: '/half' })).rejects.toThrow();
    await expect.poll(() => figures()).toMatchObject({ timedOut: 2, inFlight: 0 });
  });

  test('[CN-25] without a host the answer is 503', async () => {
    const { port } = await proxied({});
    expect(await call(port)).toMatchObject({ status: 503, body: 'no healthy upstream' });
  });

  test('[CN-26] another protocol takes over the connection', async () => {
    const upgrades = await httpHost('up', () => undefined);
    closeServers();
    const { createServer } = await import('node:http');
    const server = createServer().on('upgrade', (_request, socket: Socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n');
      socket.pipe(socket);
    });
    await new Promise<void>((resolve) => void server.listen(upgrades.port, '127.0.0.1', resolve));
    const { port } = await proxied({}, upgrades);
    const socket = dial(port, '127.0.0.1');
    let text = '';
    socket.on('data', (piece: Buffer) => (text += piece.toString()));
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n');
    await expect.poll(() => text).toContain('101 Switching');
    socket.write('ping');
    await expect.poll(() => text.endsWith('ping')).toBe(true);
    socket.destroy();
    server.close();
  });

  test('[CN-28] while hosts come and go no request fails, and one that left ends what is in flight', async () => {
    const slowly = (id: string) => httpHost(id, (_request, response) => void setTimeout(() => response.end(id), 20));
    const first = await Promise.all([slowly('a'), slowly('b')]);
    const { port, tell, figures } = await proxied({}, ...first);
    const agent = new Agent({ keepAlive: true });
    const seen: string[] = [];
    const load = { goes: true };
    const loops = Array.from({ length: 8 }, async () => {
      while (load.goes) {
        const { status, body } = await call(port, { agent });
        seen.push(status === 200 ? body : String(status));
      }
    });
    let hosts: readonly ConnectHost[] = first;
    for (let round = 0; round < 6; round += 1) {
      const next = [...hosts.slice(1), await slowly(`n${round}`)];
      const [leaving] = hosts;
      await tell(next);
      // Nothing is in flight to it: it may end.
      const atMs = seen.length;
      await sleep(60);
      expect(seen.slice(atMs + 16)).not.toContain(leaving?.id);
      hosts = next;
    }
    load.goes = false;
    await Promise.all(loops);
    agent.destroy();
    expect(seen.filter((one) => /^\d+$/.test(one))).toEqual([]);
    expect(figures()).toMatchObject({ failed: 0, retries: 0 });
  });

  test('[CN-28] a host that left is waited for', async () => {
    let finish: (() => void) | undefined;
    const holds = await httpHost('h', (_request, response) => {
      finish = () => response.end('late');
    });
    const { port, tell } = await proxied({}, holds);
    const asked = call(port);
    await expect.poll(() => finish).toBeDefined();
    let drained = false;
    const left = tell([]).then(() => (drained = true));
    await sleep(50);
    expect(drained).toBe(false);
    finish?.();
    expect((await asked).body).toBe('late');
    await left;
    expect(drained).toBe(true);
  });
});

describe('HTTP/2 and gRPC', () => {
  const grpc = { ':method': 'POST', ':path': '/shop.Shop/Buy', 'content-type': 'application/grpc', te: 'trailers' };
  const replies = (id: string, status = '0') =>
    http2Host(id, (stream) => {
      let body = '';
      stream.on('data', (piece: Buffer) => (body += piece.toString()));
      stream.on('end', () => {
        if (status !== '0') {
          stream.respond(
            { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': status },
            { endStream: true },
          );
          return;
        }
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
        stream.end(`${id}:${body}`);
      });
    });

  test('[CN-26] a gRPC call passes with its trailers, in turn over the hosts', async () => {
    const { port } = await proxied({ protocol: 'grpc' }, replies('a'), replies('b'));
    const answers = [await call2(port, grpc, 'one'), await call2(port, grpc, 'two')];
    expect(answers.map(({ body }) => body)).toEqual(['a:one', 'b:two']);
    expect(answers[0]?.trailers).toMatchObject({ 'grpc-status': '0' });
  });

  test('[CN-22] UNAVAILABLE and hosts that are gone are tried elsewhere', async () => {
    const { port, figures } = await proxied({ protocol: 'grpc' }, deadHost('d'), replies('x', '14'), replies('a'));
    for (const body of ['1', '2', '3']) expect((await call2(port, grpc, body)).body).toBe(`a:${body}`);
    expect(figures()?.retries).toBeGreaterThan(1);
  });

  test('[CN-24] [CN-25] gRPC clients read their own status when time is over, or there is no host', async () => {
    const silent = http2Host('s', () => undefined);
    const { port, tell } = await proxied({ protocol: 'grpc', requestTimeoutMs: 150 }, silent);
    expect((await call2(port, grpc, 'x')).headers['grpc-status']).toBe('4');
    await tell([]);
    expect((await call2(port, grpc, 'x')).headers['grpc-status']).toBe('14');
    expect(await call2(port, { ':path': '/' })).toMatchObject({ status: 503 });
  });
});

test('[CN-27] what comes to an ingress port goes to the port of the container', async () => {
  const app = await says('app');
  const { port } = await deadHost('free');
  const timeouts = { idleTimeoutMs: 0, requestTimeoutMs: 1_000 };
  const proxy = new ConnectProxy({
    listeners: [],
    ingress: [{ port, containerPort: app.port, protocol: 'http', ...timeouts }],
  });
  await proxy.listen('127.0.0.1');
  expect(await call(port)).toMatchObject({ status: 200, body: 'app' });
  expect(proxy.figures).toMatchObject([{ endpoint: `ingress:${port}`, answered2xx: 1 }]);
  const second = new ConnectProxy({
    listeners: [],
    ingress: [{ port, containerPort: 1, protocol: 'tcp', ...timeouts }],
  });
  await expect(second.listen('127.0.0.1')).rejects.toThrow('EADDRINUSE');
  await proxy.close();
});

describe('TCP', () => {
  const talk = (port: number, text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = dial(port, '127.0.0.1');
      let heard = '';
      socket.on('data', (piece: Buffer) => (heard += piece.toString()));
      socket.on('error', reject);
      socket.on('end', () => resolve(heard));
      socket.end(text);
    });

  test('[CN-26] either side may end first; [CN-22] a host that takes no connections costs none', async () => {
    const upper = tcpHost('u', (socket) => {
      let heard = '';
      socket.on('data', (piece: Buffer) => (heard += piece.toString()));
      socket.on('end', () => socket.end(heard.toUpperCase()));
    });
    const { port, figures } = await proxied({ protocol: 'tcp', requestTimeoutMs: 0 }, deadHost('d'), upper);
    for (const text of ['one', 'two', 'three']) expect(await talk(port, text)).toBe(text.toUpperCase());
    expect(figures()).toMatchObject({ requests: 3, failed: 0 });
  });

  test('[CN-25] without a host a connection is reset; [CN-24] one that is idle ends', async () => {
    const { port, tell } = await proxied({ protocol: 'tcp', idleTimeoutMs: 100 });
    await expect(talk(port, 'x')).rejects.toThrow('ECONNRESET');
    await tell([await tcpHost('quiet', () => undefined)]);
    const socket = dial(port, '127.0.0.1');
    socket.on('error', () => undefined);
    const startedMs = Date.now();
    await new Promise((resolve) => socket.once('close', resolve));
    expect(Date.now() - startedMs).toBeGreaterThanOrEqual(90);
  });
});
