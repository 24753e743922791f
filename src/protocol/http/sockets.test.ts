import * as net from 'node:net';
import { expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { ApiError } from '../api/index.ts';
import type { Authorizer, ServiceDefinition, Socket } from '../api/index.ts';
import { signedHeaders } from '../contract/signed.ts';
import { startTestServer } from '../contract/test-server.ts';
import type { TestServer } from '../contract/test-server.ts';
import { testEcs } from '../contract/test-services.ts';
import type { ServerLimits } from './limits.ts';

interface Fixture extends TestServer {
  /** What the service saw. */
  readonly seen: string[];
  readonly sockets: Socket[];
}

async function start(limits: Partial<ServerLimits> = {}, authorizer?: Authorizer): Promise<Fixture> {
  const seen: string[] = [];
  const sockets: Socket[] = [];
  const service: ServiceDefinition = {
    ...testEcs,
    sockets: [
      {
        path: '/acs/ws',
        signingName: 'ecs',
        async accept(query, context) {
          const { caller, region } = context;
          const instance = query.get('containerInstanceArn');
          if (instance === 'gone') throw new ApiError('InactiveInstanceException', 'The instance is gone');
          if (instance === 'bug') throw new TypeError('a bug');
          context.authorize({ action: 'ecs:Poll', resource: '*' });
          seen.push(`${caller.account} ${region} ${query.get('dockerVersion')}`);
          return (socket) => {
            sockets.push(socket);
            socket.listen({
              onText: (text) => {
                if (text === 'bug') throw new TypeError('a bug in the listener');
                seen.push(text);
                socket.send(`echo ${text}`);
              },
              onClose: (code) => seen.push(`closed ${code}`),
            });
          };
        },
      },
    ],
  };
  const options = authorizer === undefined ? { limits } : { limits, authorizer };
  return { ...(await startTestServer([service], options)), seen, sockets };
}

const agentPath = '/acs/ws?containerInstanceArn=arn%3Aaws%3Aecs&dockerVersion=DockerVersion%3A+20.10.24%2Bdfsg1';

/** Connects as the agent does: signed with `%20`, sent with `+`. */
function connect(port: number, path = agentPath, headers: Record<string, string> = {}): WebSocket {
  const signed = signedHeaders({ port, method: 'GET', path: path.replaceAll('+', '%20'), headers });
  return new WebSocket(`ws://127.0.0.1:${port}${path}`, {
    headers: signed as Record<string, string>,
    perMessageDeflate: true,
  });
}

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
}

function closed(socket: WebSocket): Promise<{ code: number; reason: string }> {
  return new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
}

function refusal(socket: WebSocket): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    socket.once('open', () => reject(new Error('the upgrade was accepted')));
    socket.once('unexpected-response', (_request, response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }));
    });
  });
}

test('[AUT-9] a route asks the caller’s policies before the socket is opened', async () => {
  const asked: string[] = [];
  const authorizer = {
    mayEverything: () => false,
    refusal({ action }: { readonly action: string }) {
      asked.push(action);
      return 'User: u is not authorized';
    },
  };
  const { port, seen } = await start({}, authorizer);
  const { status, body } = await refusal(connect(port));
  expect({ status, body }).toEqual({
    status: 400,
    body: { type: 'AccessDeniedException', message: { message: 'User: u is not authorized' } },
  });
  expect(asked).toEqual(['ecs:Poll']);
  expect(seen).toEqual([]);
});

test('opens a signed websocket, without compression, both ways', async () => {
  const { port, seen } = await start();
  const socket = connect(port);
  const answer = new Promise((resolve) => socket.once('message', (data: Buffer) => resolve(data.toString())));
  await opened(socket);
  socket.send('hello');
  expect(await answer).toBe('echo hello');
  expect(socket.extensions).toBe('');
  socket.close(1000);
  await vi.waitFor(() =>
    expect(seen).toEqual(['123456789012 us-east-1 DockerVersion: 20.10.24+dfsg1', 'hello', 'closed 1000']),
  );
});

test('frames sent in one turn, and a close after them, arrive in order', async () => {
  const { port, sockets } = await start();
  const socket = connect(port);
  const received: string[] = [];
  socket.on('message', (data: Buffer) => received.push(data.toString()));
  await opened(socket);
  await vi.waitFor(() => expect(sockets).toHaveLength(1));
  for (const text of ['one', 'two', 'three']) sockets[0]?.send(text);
  await vi.waitFor(() => expect(received).toEqual(['one', 'two', 'three']));
  const end = closed(socket);
  sockets[0]?.send('last');
  sockets[0]?.close(1001, 'over');
  expect(await end).toEqual({ code: 1001, reason: 'over' });
  expect(received.at(-1)).toBe('last');
});

test.each<{ name: string; path: string; headers?: Record<string, string>; status: number; type: string }>([
  {
    name: 'what the service refuses',
    path: '/acs/ws?containerInstanceArn=gone',
    status: 400,
    type: 'InactiveInstanceException',
  },
  { name: 'a path nobody serves', path: '/elsewhere', status: 404, type: 'BadRequestException' },
  { name: 'a bug', path: '/acs/ws?containerInstanceArn=bug', status: 500, type: 'ServerException' },
  {
    name: 'a bad signature',
    path: '/acs/ws',
    headers: { 'X-Amz-Date': '20200101T000000Z' },
    status: 400,
    type: 'InvalidSignatureException',
  },
])('refuses $name in plain HTTP', async ({ path, headers, status, type }) => {
  const { port } = await start();
  const found = await refusal(connect(port, path, headers));
  expect(found).toEqual({ status, body: { type, message: { message: expect.any(String) } } });
});

test('refuses an unsigned upgrade and upgrades to other things', async () => {
  const { port } = await start();
  expect(await refusal(new WebSocket(`ws://127.0.0.1:${port}/acs/ws`))).toMatchObject({
    body: { type: 'MissingAuthenticationTokenException' },
  });
  const text = await new Promise<string>((resolve) => {
    const raw = net.connect(port, '127.0.0.1');
    raw.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n');
    let received = '';
    raw.on('data', (chunk) => (received += chunk.toString()));
    raw.on('close', () => resolve(received));
  });
  expect(text).toMatch(/^HTTP\/1.1 400 .*BadRequestException/s);
});

test('refuses websockets over the limit', async () => {
  const { port } = await start({ maxSockets: 1 });
  await opened(connect(port));
  expect(await refusal(connect(port))).toMatchObject({ status: 503 });
});

test('ends a websocket that sends too much, binary or what its listener cannot take; others stay', async () => {
  const { port, log } = await start({ maxSocketFrameBytes: 1_000 });
  const other = connect(port);
  await opened(other);
  const send = async (data: string | Buffer): Promise<number> => {
    const socket = connect(port);
    await opened(socket);
    const end = closed(socket);
    socket.send(data);
    return (await end).code;
  };
  expect(await send('x'.repeat(2_000))).toBe(1009);
  expect(await send(Buffer.from('x'))).toBe(1003);
  expect(await send('bug')).toBe(1011);
  expect(log).toMatchObject([{ level: 'debug' }, { level: 'error', fields: { error: 'a bug in the listener' } }]);
  expect(other.readyState).toBe(WebSocket.OPEN);
});

test('ends half-open websockets: peers that answer no ping', async () => {
  const { port, seen, sockets } = await start({ socketPingMs: 50 });
  const deaf = connect(port);
  const live = connect(port);
  await Promise.all([opened(deaf), opened(live)]);
  deaf.pause();
  await vi.waitFor(() => expect(seen).toContain('closed 1006'), { timeout: 3_000 });
  expect(live.readyState).toBe(WebSocket.OPEN);
  expect(sockets).toHaveLength(2);
  deaf.terminate();
});

test('shows what a slow reader leaves unread, and ends it at the bound', async () => {
  const { port, sockets, seen, log } = await start({ maxSocketBufferedBytes: 1_000_000 });
  const slow = connect(port);
  await opened(slow);
  slow.pause();
  const [socket] = sockets;
  for (let sent = 0; sent < 200; sent++) socket?.send('x'.repeat(100_000));
  expect(socket?.bufferedBytes).toBeLessThan(2_000_000);
  await vi.waitFor(() => expect(seen).toContain('closed 1006'));
  expect(log).toMatchObject([{ level: 'warn', message: expect.stringMatching(/does not read/) }]);
  slow.terminate();
});

test('asks peers to reconnect when it stops, and ends those that do not', async () => {
  const { port, stop } = await start({ stopTimeoutMs: 200 });
  const polite = connect(port);
  const deaf = connect(port);
  await Promise.all([opened(polite), opened(deaf)]);
  deaf.pause();
  const end = closed(polite);
  await stop();
  expect(await end).toEqual({ code: 1001, reason: 'the server is stopping' });
  deaf.terminate();
});
