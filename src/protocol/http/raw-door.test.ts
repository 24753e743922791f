import * as http from 'node:http';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { ApiError, type RawRequest, type ServiceDefinition } from '../api/index.ts';
import { sendPlain, startTestServer } from '../contract/test-server.ts';

/** A service that has `/raw/` beside its operations. */
function serviceWith(handle: (request: RawRequest) => Promise<string | AsyncIterable<Uint8Array>>): ServiceDefinition {
  return {
    name: 'ecr',
    handlers: {},
    invalid: () => new ApiError('X', 'x'),
    rawRoutes: [
      {
        prefix: '/raw/',
        handle: async (request) => ({ status: 200, headers: { 'x-route': 'raw' }, body: await handle(request) }),
      },
    ],
  };
}

async function count(body: AsyncIterable<Uint8Array>): Promise<string> {
  let bytes = 0;
  for await (const chunk of body) bytes += chunk.length;
  return String(bytes);
}

test('requests below the path pass, unsigned and of any size, piece by piece', async () => {
  const pieces: number[] = [];
  const service = serviceWith(async ({ method, path, query, headers, basic, body }) => {
    for await (const chunk of body) pieces.push(chunk.length);
    return JSON.stringify({ method, path, n: query.get('n'), type: headers.get('content-type'), basic });
  });
  const { port } = await startTestServer([service], { limits: { maxBodyBytes: 1_000 } });
  const authorization = `Basic ${Buffer.from('AWS:a:b').toString('base64')}`;
  const answer = await sendPlain(port, {
    method: 'PATCH',
    path: '/raw/a%2Fb?n=1',
    headers: { authorization, 'content-type': 'text/plain' },
    body: Buffer.alloc(2_000_000),
  });
  expect(answer.headers['x-route']).toBe('raw');
  expect(JSON.parse(answer.body)).toEqual({
    method: 'PATCH',
    path: '/raw/a%2Fb',
    n: '1',
    type: 'text/plain',
    basic: { user: 'AWS', password: 'a:b' },
  });
  expect(pieces.reduce((sum, bytes) => sum + bytes, 0)).toBe(2_000_000);
  expect(pieces.length).toBeGreaterThan(10);
  expect((await sendPlain(port, { method: 'GET', path: '/other' })).status).not.toBe(200);
});

test('who did not read the body still answers, and a failure is told without its reason', async () => {
  const service = serviceWith(({ path }) =>
    path === '/raw/bad' ? Promise.reject(new Error('a secret')) : Promise.resolve('no'),
  );
  const server = await startTestServer([service]);
  const body = Buffer.alloc(5_000_000);
  expect(await sendPlain(server.port, { path: '/raw/x', body })).toMatchObject({
    status: 200,
    body: 'no',
    headers: { connection: 'close' },
  });
  const failed = await sendPlain(server.port, { path: '/raw/bad', body });
  expect(failed.status).toBe(500);
  expect(failed.body).not.toContain('secret');
  expect(server.log.some(({ fields }) => fields['error'] === 'a secret')).toBe(true);
});

test('a body that nobody wants is not read for ever', async () => {
  const { port } = await startTestServer([serviceWith(() => Promise.resolve('no'))], {
    limits: { maxRawDrainBytes: 200_000 },
  });
  const closed = new Promise<void>((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    socket.write('PUT /raw/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n');
    const more = (): void => void (socket.destroyed || socket.write(Buffer.alloc(65_536), () => setImmediate(more)));
    more();
  });
  await closed;
});

test('a body may take its time but must move; its reader hears that it does not', async () => {
  const heard: string[] = [];
  const service = serviceWith((request) =>
    count(request.body).catch((error: unknown) => {
      heard.push((error as Error).name);
      throw error;
    }),
  );
  const { port } = await startTestServer([service], { limits: { requestTimeoutMs: 300, rawIdleTimeoutMs: 400 } });
  const slow = http.request({ host: '127.0.0.1', port, method: 'PUT', path: '/raw/x', agent: false });
  const answered = new Promise<string>((resolve) =>
    slow.on('response', (reply) => reply.on('data', (chunk: Buffer) => resolve(chunk.toString()))),
  );
  for (let piece = 0; piece < 8; piece += 1) {
    slow.write('x');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  slow.end();
  expect(await answered).toBe('8');
  const stuck = http.request({ host: '127.0.0.1', port, method: 'PUT', path: '/raw/x', agent: false });
  const ended = new Promise<void>((resolve) => stuck.on('error', () => resolve()));
  stuck.write('x');
  await ended;
  await expect.poll(() => heard).toEqual(['Disconnected']);
});

test('an answer streams', async () => {
  async function* letters(): AsyncIterable<Uint8Array> {
    for (const letter of ['a', 'b', 'c']) yield Buffer.from(letter);
  }
  const { port } = await startTestServer([serviceWith(() => Promise.resolve(letters()))]);
  expect((await sendPlain(port, { method: 'GET', path: '/raw/x' })).body).toBe('abc');
});
