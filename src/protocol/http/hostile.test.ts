import * as net from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { jsonHeaders, signedHeaders } from '../contract/signed.ts';
import { sendPlain, startTestServer } from '../contract/test-server.ts';
import type { PlainAnswer } from '../contract/test-server.ts';
import { testServices } from '../contract/test-services.ts';
import type { ServerLimits } from './limits.ts';

// Clients that are broken, slow or malicious: the right error or a closed connection, and others are served meanwhile.

/** A signed AWS JSON request with any bytes as its body. */
function call(
  port: number,
  body: string | Buffer,
  { operation = 'CreateCluster', headers = {} }: { operation?: string; headers?: Record<string, string> } = {},
): Promise<PlainAnswer> {
  const all = { ...jsonHeaders(operation), ...headers };
  return sendPlain(port, { headers: signedHeaders({ port, headers: all, body }), body });
}

async function expectServing(port: number): Promise<void> {
  expect((await call(port, '{"clusterName":"other"}')).status).toBe(200);
}

/** Opens a connection, writes `text`, and gives what came back when the server closed it, or after `waitMs`. */
function rawExchange(port: number, text: string, waitMs = 3_000): Promise<{ text: string; closed: boolean }> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(text));
    let received = '';
    const finish = (closed: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ text: received, closed });
    };
    const timer = setTimeout(() => finish(false), waitMs);
    socket.on('data', (chunk) => (received += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => finish(true));
  });
}

test.each<{ name: string; body: string | Buffer; want: object }>([
  { name: 'truncated JSON', body: '{"clusterName":', want: { __type: 'SerializationException' } },
  { name: 'no JSON', body: 'hello', want: { __type: 'SerializationException' } },
  { name: 'invalid UTF-8', body: Buffer.from([0x7b, 0xff, 0xfe]), want: { __type: 'SerializationException' } },
  { name: 'a list', body: '[]', want: { __type: 'SerializationException' } },
  { name: 'null', body: 'null', want: { __type: 'SerializationException' } },
  {
    name: 'a number for a string',
    body: '{"clusterName":1}',
    want: { __type: 'SerializationException', message: 'NUMBER_VALUE can not be converted to a String' },
  },
  {
    name: 'an object for a string',
    body: '{"clusterName":{}}',
    want: { message: 'Start of structure or map found where not expected.' },
  },
  { name: 'a string for a list', body: '{"tags":"x"}', want: { message: 'Expected list or null' } },
  { name: 'deep nesting', body: '['.repeat(100_000), want: { __type: 'SerializationException' } },
])('answers $name with SerializationException', async ({ body, want }) => {
  const { port } = await startTestServer(testServices);
  const answer = await call(port, body);
  expect(answer).toMatchObject({ status: 400, headers: { 'content-type': 'application/x-amz-json-1.1' } });
  expect(JSON.parse(answer.body)).toMatchObject(want);
});

test.each<{
  name: string;
  headers: Record<string, string>;
  path?: string;
  body?: string;
  status: number;
  want: RegExp;
}>([
  {
    name: 'an unknown JSON operation',
    headers: jsonHeaders('MakeCoffee'),
    status: 400,
    want: /"__type":"UnknownOperationException","message":"MakeCoffee is not an operation of ecs"/,
  },
  {
    name: 'an operation called constructor',
    headers: jsonHeaders('constructor'),
    status: 400,
    want: /UnknownOperationException/,
  },
  {
    name: 'an unknown target',
    headers: { 'x-amz-target': 'Nobody.Nothing' },
    status: 400,
    want: /UnknownOperationException/,
  },
  {
    name: 'an unknown action',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'Action=MakeCoffee&Version=2011-06-15',
    status: 400,
    want: /<Code>InvalidAction<\/Code><Message>Could not find operation MakeCoffee for version 2011-06-15<\/Message>/,
  },
  {
    name: 'an unknown EC2 action',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'Action=Make%3CCoffee&Version=2016-11-15',
    status: 400,
    want: /<Code>InvalidAction<\/Code><Message>The action Make&lt;Coffee is not valid for this web service.<\/Message>/,
  },
  {
    name: 'no action',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'Version=2011-06-15',
    status: 400,
    want: /MissingAction/,
  },
  {
    name: 'stray percent signs',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'Action=%zz',
    status: 400,
    want: /MalformedQueryString/,
  },
  { name: 'nothing of AWS', headers: {}, path: '/favicon.ico', status: 404, want: /no AWS request/ },
])('answers $name', async ({ headers, path = '/', body = '', status, want }) => {
  const { port } = await startTestServer(testServices);
  const service = body.includes('2011-06-15') ? 'sts' : body.includes('2016-11-15') ? 'ec2' : 'ecs';
  const signed = signedHeaders({ port, path, service, headers, body });
  const answer = await sendPlain(port, { path, headers: signed, body });
  expect(answer.status).toBe(status);
  expect(answer.body).toMatch(want);
  expect(answer.headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/);
});

test('keeps a member called __proto__ from becoming a prototype', async () => {
  const { port } = await startTestServer(testServices);
  const body = '{"clusterName":"web","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
  expect((await call(port, body)).status).toBe(200);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

test('refuses a body over the limit with 413, whether it says its length or not', async () => {
  const { port } = await startTestServer(testServices, { limits: { maxBodyBytes: 1_000 } });
  const body = JSON.stringify({ clusterName: 'x'.repeat(2_000) });
  const headers = jsonHeaders('CreateCluster');
  for (const extra of [{}, { 'transfer-encoding': 'chunked' }]) {
    const answer = await sendPlain(port, { headers: { ...headers, ...extra }, body });
    expect(answer).toMatchObject({ status: 413, headers: { connection: 'close' } });
    expect(JSON.parse(answer.body)).toMatchObject({ __type: 'RequestEntityTooLarge' });
  }
  await expectServing(port);
});

test('ends the connection of a client that never stops sending', async () => {
  const { port } = await startTestServer(testServices, { limits: { maxBodyBytes: 1_000 } });
  const head = 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000\r\n\r\n';
  const { text, closed } = await rawExchange(port, head + 'x'.repeat(100_000));
  expect({ status: text.slice(0, 12), closed }).toEqual({ status: 'HTTP/1.1 413', closed: true });
  await expectServing(port);
});

test('tells clients to slow down when it holds too much, and recovers', async () => {
  const { port } = await startTestServer(testServices, { limits: { maxBufferedBytes: 10_000 } });
  const waiting = net.connect(port, '127.0.0.1');
  waiting.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9500\r\n\r\n${'x'.repeat(9_000)}`);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const refused = await call(port, JSON.stringify({ clusterName: 'x'.repeat(2_000) }));
  expect(refused).toMatchObject({ status: 503 });
  waiting.destroy();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect((await call(port, JSON.stringify({ clusterName: 'web', tags: [{ key: 'x'.repeat(2_000) }] }))).status).toBe(
    200,
  );
});

test('reads gzip, and neither bombs nor junk', async () => {
  const { port } = await startTestServer(testServices, { limits: { maxInflatedBytes: 10_000 } });
  const headers = { 'content-encoding': 'gzip' };
  expect((await call(port, gzipSync('{"clusterName":"zipped"}'), { headers })).body).toMatch(/zipped/);
  expect((await call(port, gzipSync('x'.repeat(1_000_000)), { headers })).status).toBe(413);
  expect(JSON.parse((await call(port, 'junk', { headers })).body)).toMatchObject({ __type: 'SerializationException' });
  expect((await call(port, '{}', { headers: { 'content-encoding': 'br' } })).status).toBe(415);
});

test.each<{ name: string; limits: Partial<ServerLimits>; text: string }>([
  {
    name: 'headers',
    limits: { headersTimeoutMs: 300, requestTimeoutMs: 60_000 },
    text: 'POST / HTTP/1.1\r\nhost: x\r\n',
  },
  {
    name: 'body',
    limits: { headersTimeoutMs: 300, requestTimeoutMs: 600 },
    text: 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc',
  },
])('ends connections that never finish their $name, and serves others meanwhile', async ({ limits, text }) => {
  const { port } = await startTestServer(testServices, { limits });
  const slow = rawExchange(port, text);
  await expectServing(port);
  expect(await slow).toMatchObject({ closed: true, text: expect.stringMatching(/^HTTP\/1.1 408/) });
  await expectServing(port);
});

test.each([
  { name: 'no HTTP at all', text: '\x16\x03\x01\x02\x00\x01\x00', status: '400' },
  {
    name: 'enormous headers',
    text: `GET / HTTP/1.1\r\nhost: x\r\nx-big: ${'y'.repeat(100_000)}\r\n\r\n`,
    status: '431',
  },
  {
    name: 'two lengths',
    text: 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
    status: '400',
  },
  {
    name: 'a length and chunks',
    text: 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    status: '400',
  },
])('answers $name with $status and closes', async ({ text, status }) => {
  const { port } = await startTestServer(testServices);
  const exchange = await rawExchange(port, text);
  expect({ status: exchange.text.slice(9, 12), closed: exchange.closed }).toEqual({ status, closed: true });
  await expectServing(port);
});

test('survives clients that hang up at any moment', async () => {
  const { port, log } = await startTestServer(testServices);
  const body = '{"cluster":"a","taskDefinition":"b"}';
  const headers = signedHeaders({ port, headers: jsonHeaders('RunTask'), body });
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`);
  const whole = `POST / HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`;
  for (let cut = 1; cut <= whole.length; cut += 37) await rawExchange(port, whole.slice(0, cut), 5);
  await rawExchange(port, whole, 5);
  await expectServing(port);
  expect(log.filter(({ level }) => level === 'error')).toEqual([]);
});

test('closes connections over the limit', async () => {
  const { port } = await startTestServer(testServices, { limits: { maxConnections: 2 } });
  const held = [net.connect(port, '127.0.0.1'), net.connect(port, '127.0.0.1')];
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await rawExchange(port, 'GET /health HTTP/1.1\r\nhost: x\r\n\r\n')).toEqual({ text: '', closed: true });
  for (const socket of held) socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 100));
  await expectServing(port);
});

test('answers GET /health without credentials, with 503 when a part is not well', async () => {
  let status = 'ok';
  const { port } = await startTestServer(testServices, { health: () => ({ status }) });
  const get = (): Promise<PlainAnswer> => sendPlain(port, { method: 'GET', path: '/health' });
  expect(await get()).toMatchObject({ status: 200, body: '{"status":"ok"}' });
  status = 'degraded';
  expect(await get()).toMatchObject({ status: 503, body: '{"status":"degraded"}' });
});

test('lets a running request finish when it stops, and takes no new ones', async () => {
  const { port, stop } = await startTestServer(testServices, { limits: { stopTimeoutMs: 2_000 } });
  const running = call(port, '{"cluster":"a","taskDefinition":"b"}', { operation: 'RunTask' });
  await new Promise((resolve) => setTimeout(resolve, 50));
  const stopped = stop();
  expect(await running).toMatchObject({ status: 200, headers: { connection: 'close' } });
  await stopped;
  await expect(call(port, '{}')).rejects.toThrow(/ECONNREFUSED/);
});

test('says in start() that its port is taken', async () => {
  const { port } = await startTestServer(testServices);
  const { createServer } = await import('./server.ts');
  const { realClock, recordingLog, testCredentials, testIds } = await import('../contract/test-server.ts');
  const second = createServer({
    host: '127.0.0.1',
    port,
    services: [],
    credentials: testCredentials,
    clock: realClock,
    ids: testIds,
    log: recordingLog([]),
    health: () => ({ status: 'ok' }),
  });
  await expect(second.start()).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test.each([
  { name: 'opened and silent', text: '' },
  { name: 'with half a request line', text: 'POST / HT' },
  { name: 'idle after an answer', text: 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n' },
])('does not wait for a connection $name when it stops', async ({ text }) => {
  const { port, stop } = await startTestServer(testServices, { limits: { stopTimeoutMs: 10_000 } });
  const exchange = rawExchange(port, text, 8_000);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const startedMs = performance.now();
  await stop();
  expect(performance.now() - startedMs).toBeLessThan(2_000);
  expect((await exchange).closed).toBe(true);
});
