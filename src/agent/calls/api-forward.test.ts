import { createServer, request, Agent, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { keptLog, realClock } from '../contract/real-time.ts';
import { ApiForward } from './api-forward.ts';
import { WayKeeper } from './way-keeper.ts';

const authorization = `AWS4-HMAC-SHA256 Credential=AKIA/20260102/us-east-1/ecs/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listening(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** A control plane that says what it got, and the forward before it. `state.closed` closes the way of signed calls. */
async function opened(speed = 1) {
  const state = { closed: false, connections: 0 };
  const behind = createServer((asked, answer) => {
    const chunks: Buffer[] = [];
    asked.on('data', (chunk: Buffer) => chunks.push(chunk));
    asked.on('end', () => {
      if (asked.url === '/die') {
        asked.socket.destroy();
        return;
      }
      answer.setHeader('x-id', 'a');
      if (asked.url === '/stream') {
        answer.write('first,');
        setTimeout(() => answer.end('last'), 100);
        return;
      }
      const { method, url, rawHeaders, headers } = asked;
      answer.end(JSON.stringify({ method, url, rawHeaders, headers, body: Buffer.concat(chunks).toString() }));
    });
  });
  behind.on('connection', () => (state.connections += 1));
  behind.on('upgrade', (asked, socket) => {
    if (asked.url === '/refused') {
      socket.end('HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno');
      return;
    }
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\nX-Id: b\r\n\r\n');
    socket.pipe(socket);
  });
  const endpoint = `http://127.0.0.1:${await listening(behind)}`;
  const way = () => Promise.resolve(state.closed ? { closed: 'no route' } : {});
  const clock = {
    nowMs: () => Date.now() * speed,
    after: (ms: number, run: () => void) => realClock.after(Math.min(ms, 20), run),
  };
  const keeper = new WayKeeper({ way }, clock);
  const forward = new ApiForward({ endpoint, trust: undefined, region: 'us-east-1', keeper, log: keptLog() });
  const port = await listening(forward.server);
  return { state, port, behind, forward: forward.server };
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

function ask(
  port: number,
  given: { method?: string; path?: string; headers?: Record<string, string>; body?: string; agent?: Agent } = {},
): Promise<Answer> {
  const { method = 'POST', path = '/', headers = {}, body = '', agent } = given;
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, method, path, headers, ...(agent && { agent }) }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: text }));
      answer.on('error', reject);
    });
    call.on('error', reject);
    call.on('continue', () => call.end(body));
    if (headers['Expect'] === undefined) call.end(body);
    else call.flushHeaders();
  });
}

test('requests arrive as they were sent, one after the other over one connection behind each of a program’s', async () => {
  const { state, port } = await opened();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { 'X-Amz-Target': 'T.Op', Authorization: authorization, 'x-UPPER': '1' };
  const got = [];
  for (const body of ['{"a":1}', '', 'x'.repeat(300_000)])
    got.push(await ask(port, { headers, body, agent, path: '/a?b=%20' }));
  for (const [at, body] of ['{"a":1}', '', 'x'.repeat(300_000)].entries()) {
    const said = JSON.parse(got[at]?.body ?? '') as {
      rawHeaders: string[];
      body: string;
      headers: Record<string, string>;
    };
    expect(said).toMatchObject({ method: 'POST', url: '/a?b=%20', body });
    expect(said.rawHeaders).toEqual(expect.arrayContaining(['X-Amz-Target', 'T.Op', 'x-UPPER', '1']));
    expect(said.headers['host']).toBe(`127.0.0.1:${port}`);
    expect(got[at]?.headers['x-id']).toBe('a');
  }
  expect(state.connections).toBe(1);
  agent.destroy();
});

test('no body, HEAD, Expect: 100-continue, and answers that come bit by bit', async () => {
  const { port } = await opened();
  expect(await ask(port, { method: 'HEAD', headers: { Authorization: authorization } })).toMatchObject({
    status: 200,
    body: '',
  });
  expect(JSON.parse((await ask(port, { method: 'GET' })).body)).toMatchObject({ method: 'GET', body: '' });
  const waited = await ask(port, { headers: { Expect: '100-continue', 'Content-Length': '4' }, body: 'body' });
  expect(JSON.parse(waited.body)).toMatchObject({ body: 'body' });
  const streamed = await fetch(`http://127.0.0.1:${port}/stream`);
  const reader = (streamed.body as ReadableStream<Uint8Array>).getReader();
  expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('first,');
  expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('last');
});

test('a control plane that breaks off, or is away, ends the connection', async () => {
  const { port, behind } = await opened();
  await expect(ask(port, { path: '/die' })).rejects.toThrow(/socket hang up|ECONNRESET/);
  behind.closeAllConnections();
  await new Promise((resolve) => behind.close(resolve));
  await expect(ask(port)).rejects.toThrow(/socket hang up|ECONNRESET/);
});

test('another protocol is spoken over the connection, or refused', async () => {
  const { port } = await opened();
  const spoken = (path: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1');
      let text = '';
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (text.endsWith('hello')) socket.end();
      });
      socket.on('close', () => resolve(text));
      socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello`);
    });
  expect(await spoken('/ws')).toMatch(/^HTTP\/1.1 101 .*X-Id: b\r\n\r\nhello$/s);
  expect(await spoken('/refused')).toMatch(/^HTTP\/1.1 403 No\r\n.*\r\n\r\nno$/s);
});

test('[WAY-15] a call without a way is held until there is one; requests for no service pass', async () => {
  const { state, port } = await opened();
  state.closed = true;
  const headers = { Authorization: authorization };
  let answered = false;
  const held = ask(port, { headers, body: 'late' }).finally(() => (answered = true));
  expect(await ask(port, { path: '/health', method: 'GET' })).toMatchObject({ status: 200 });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(answered).toBe(false);
  expect(state.connections).toBe(1);
  state.closed = false;
  expect(JSON.parse((await held).body)).toMatchObject({ body: 'late' });
});

test('[WAY-15] in the end its connection is reset, and a program that goes is let go', async () => {
  const { state, port, forward } = await opened(1_000);
  state.closed = true;
  const headers = { Authorization: authorization };
  const began = Date.now();
  await expect(ask(port, { headers })).rejects.toThrow('ECONNRESET');
  expect(Date.now() - began).toBeGreaterThanOrEqual(50);
  const open = () => new Promise<number>((resolve) => forward.getConnections((_, count) => resolve(count)));
  await expect.poll(open).toBe(0);
  expect(state.connections).toBe(0);
});

test('a program that waits no longer is let go', async () => {
  const { state, port, forward } = await opened();
  state.closed = true;
  const call = request({ host: '127.0.0.1', port, headers: { Authorization: authorization } });
  call.on('error', () => undefined);
  call.end();
  const open = () => new Promise<number>((resolve) => forward.getConnections((_, count) => resolve(count)));
  await expect.poll(open).toBe(1);
  call.destroy();
  await expect.poll(open).toBe(0);
  expect(state.connections).toBe(0);
});
