import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Clock, Ids, Log } from '../kernel/index.ts';
import { DialledSocket, type Connection, type DialOptions, type Ended, type SocketLimits } from './dialled-socket.ts';
import { ToldSocket } from './told-socket.ts';
import { websocketUrl } from './websocket-url.ts';

/** A control plane that answers as the test says. */
class FakeControlPlane {
  readonly upgrades: { readonly url: string | undefined; readonly authorization: string | undefined }[] = [];
  readonly heard: string[] = [];
  readonly codes: number[] = [];
  sockets: WebSocket[] = [];
  /** Instead of an upgrade: a whole answer. */
  refusal: string | undefined;
  autoPong = true;
  port = 0;
  #server: Server | undefined;
  readonly #raw = new Set<Socket>();

  async start(): Promise<void> {
    const server = createServer();
    const sockets = new WebSocketServer({ noServer: true, autoPong: this.autoPong });
    server.on('connection', (raw) => this.#raw.add(raw));
    server.on('upgrade', (request, raw, head) => {
      this.upgrades.push({ url: request.url, authorization: request.headers.authorization });
      if (this.refusal !== undefined) {
        raw.end(this.refusal);
        return;
      }
      sockets.handleUpgrade(request, raw, head, (socket) => {
        this.sockets.push(socket);
        socket.on('message', (data) => this.heard.push(String(data)));
        socket.on('close', (code) => this.codes.push(code));
        socket.on('error', () => undefined);
      });
    });
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    for (const raw of this.#raw) raw.destroy();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  get socket(): WebSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error('nobody is connected');
    return socket;
  }
}

/** Timers that run when the test says so. */
class Timers implements Clock {
  readonly waiting: { readonly delayMs: number; readonly run: () => void }[] = [];
  now = 0;
  readonly nowMs = (): number => this.now;
  after(delayMs: number, run: () => void): () => void {
    const timer = { delayMs, run };
    this.waiting.push(timer);
    return () => {
      const at = this.waiting.indexOf(timer);
      if (at !== -1) this.waiting.splice(at, 1);
    };
  }

  /** Runs the one timer that waits so long. */
  run(delayMs: number): void {
    const at = this.waiting.findIndex((timer) => Math.abs(timer.delayMs - delayMs) < 0.001);
    const [timer] = at === -1 ? [] : this.waiting.splice(at, 1);
    if (timer === undefined) throw new Error(`nothing waits ${delayMs} ms, but ${String(this.delays())}`);
    timer.run();
  }

  delays(): readonly number[] {
    return this.waiting.map(({ delayMs }) => Math.round(delayMs)).sort((a, b) => a - b);
  }
}

const control = new FakeControlPlane();
const opened: { close(reason: string): void }[] = [];
let timers = new Timers();
let logged: string[] = [];
let keys = 0;

const note = (text: string): void => void logged.push(text);
const log: Log = { debug: note, info: note, warn: note, error: note, with: () => log };
const socketLimits: SocketLimits = {
  frameBytes: 1_000,
  unreadBytes: 100_000,
  handshakeTimeoutMs: 2_000,
  reconnect: { firstMs: 100, factor: 2, longestMs: 1_000 },
  liveness: { pingMs: 20_000 },
};

function dialOptions(more: Partial<DialOptions> = {}): DialOptions {
  return {
    url: () => websocketUrl(`http://127.0.0.1:${control.port}/`, '/a/path'),
    service: 'ec2',
    region: 'us-east-1',
    credentials: () => ({ accessKeyId: `AKID${(keys += 1)}`, secretAccessKey: 'secret' }),
    limits: socketLimits,
    clock: timers,
    ids: { fraction: () => 0.5 } as Ids,
    log,
    ...more,
  };
}

interface Seen {
  readonly connections: Connection[];
  readonly texts: string[];
  readonly ends: Ended[];
  nextMs: number | undefined;
}

function dial(more: Partial<DialOptions> = {}): Seen {
  const seen: Seen = { connections: [], texts: [], ends: [], nextMs: undefined };
  const socket = new DialledSocket(dialOptions(more), {
    onOpen: (connection) => seen.connections.push(connection),
    onText: (text) => seen.texts.push(text),
    onEnd: (ended) => {
      seen.ends.push(ended);
      return seen.nextMs;
    },
  });
  opened.push(socket);
  return seen;
}

const until = (what: () => unknown) => expect.poll(what, { timeout: 5_000, interval: 2 });

beforeEach(async () => {
  timers = new Timers();
  logged = [];
  keys = 0;
  control.upgrades.length = control.heard.length = control.codes.length = 0;
  control.sockets = [];
  control.refusal = undefined;
  control.autoPong = true;
  await control.start();
});
afterEach(async () => {
  for (const socket of opened.splice(0)) socket.close('the test is over');
  await control.stop();
});

test('an upgrade is signed with the credentials of its own dial, and texts travel both ways in their order', async () => {
  const seen = dial();
  await until(() => seen.connections).toHaveLength(1);
  for (const text of ['one', 'two', 'three']) control.socket.send(text);
  control.socket.send(Buffer.from('binary'), { binary: true });
  control.socket.send('four');
  await until(() => seen.texts).toEqual(['one', 'two', 'three', 'four']);
  for (const text of ['a', 'b']) seen.connections[0]?.send(text);
  await until(() => control.heard).toEqual(['a', 'b']);
  control.socket.terminate();
  await until(() => seen.ends).toHaveLength(1);
  timers.run(100);
  await until(() => seen.connections).toHaveLength(2);
  const scope = (key: string) => expect.stringMatching(`^AWS4-HMAC-SHA256 Credential=${key}/\\d{8}/us-east-1/ec2/`);
  expect(control.upgrades).toEqual([
    { url: '/a/path', authorization: scope('AKID1') },
    { url: '/a/path', authorization: scope('AKID2') },
  ]);
  // Its connection is over.
  seen.connections[0]?.send('late');
  seen.connections[1]?.send('c');
  await until(() => control.heard).toEqual(['a', 'b', 'c']);
});

test('pauses grow to the longest, and begin anew once the control plane works', async () => {
  control.refusal = 'HTTP/1.1 403 No\r\nContent-Length: 10\r\n\r\nnot by you';
  const seen = dial();
  for (const [index, pauseMs] of [100, 200, 400, 800, 1_000, 1_000].entries()) {
    await until(() => seen.ends).toHaveLength(index + 1);
    expect(seen.ends[index]).toMatchObject({ failures: index, why: 'it answered 403: not by you', openMs: undefined });
    if (index === 5) control.refusal = undefined;
    timers.run(pauseMs);
  }
  await until(() => seen.connections).toHaveLength(1);
  control.socket.close(1001, 'for a while');
  await until(() => seen.ends).toHaveLength(7);
  expect(seen.ends[6]).toEqual({ failures: 6, why: 'for a while', code: 1001, openMs: 0 });
  timers.run(1_000);
  await until(() => seen.connections).toHaveLength(2);
  seen.connections[1]?.works();
  control.socket.terminate();
  await until(() => seen.ends).toHaveLength(8);
  expect(seen.ends[7]).toMatchObject({ failures: 0, code: 1006 });
  expect(timers.delays()).toEqual([100]);
});

test.each([
  [0, 80],
  [1, 120],
])('of chance %d a pause of 100 ms lasts %d ms', async (fraction, pauseMs) => {
  control.refusal = 'HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n';
  const seen = dial({ ids: { fraction: () => fraction } as Ids });
  await until(() => seen.ends.map(({ why }) => why)).toEqual(['it answered 404']);
  expect(timers.delays()).toEqual([pauseMs]);
});

test('whoever uses it may say when it is dialled again', async () => {
  const seen = dial();
  await until(() => seen.connections).toHaveLength(1);
  seen.nextMs = 12_345;
  control.socket.terminate();
  await until(() => timers.delays()).toEqual([12_345]);
});

test('a dial without a place to go to, or without credentials, is tried again', async () => {
  let place: 'fails' | 'is there' = 'fails';
  const seen = dial({
    url: async () => {
      if (place === 'fails') throw new Error('nobody knows where');
      return websocketUrl(`http://127.0.0.1:${control.port}`, '/');
    },
    credentials: () => {
      if (seen.ends.length === 1) throw new Error('no key yet');
      return { accessKeyId: 'A', secretAccessKey: 's' };
    },
  });
  await until(() => seen.ends).toEqual([
    { why: 'nobody knows where', code: undefined, openMs: undefined, failures: 0 },
  ]);
  place = 'is there';
  timers.run(100);
  await until(() => seen.ends[1]?.why).toBe('no key yet');
  timers.run(200);
  await until(() => seen.connections).toHaveLength(1);
});

test('a control plane that does not answer pings is left, one that does is kept', async () => {
  control.autoPong = false;
  await control.stop();
  await control.start();
  const seen = dial();
  await until(() => seen.connections).toHaveLength(1);
  const pinged = new Promise((resolve) => control.socket.once('ping', resolve));
  timers.run(20_000);
  await pinged;
  control.socket.pong();
  // The pong comes before this text.
  control.socket.send('still there');
  await until(() => seen.texts).toHaveLength(1);
  timers.run(20_000);
  expect(seen.ends).toEqual([]);
  timers.run(20_000);
  await until(() => seen.ends).toHaveLength(1);
  expect(logged).toEqual(['nothing heard from the control plane for 20 s, connecting anew']);
});

test('where silence counts, a connection lasts as long as it works, and no longer than its life', async () => {
  const limits = {
    ...socketLimits,
    liveness: { silenceMs: 60_000, jitterMs: 60_000 },
    life: { lastsMs: 1_000_000, jitterMs: 500_000 },
  };
  const seen = dial({ limits });
  await until(() => seen.connections).toHaveLength(1);
  expect(timers.delays()).toEqual([90_000, 1_250_000]);
  const [before] = timers.waiting.filter(({ delayMs }) => delayMs === 90_000);
  seen.connections[0]?.works();
  expect(timers.delays()).toEqual([90_000, 1_250_000]);
  expect(timers.waiting).not.toContain(before);
  timers.run(90_000);
  await until(() => seen.ends).toHaveLength(1);
  expect(logged).toEqual(['nothing heard from the control plane for 90 s, connecting anew']);
  expect(timers.delays()).toEqual([100]);
  // What is said of a connection that ended sets no timer.
  seen.connections[0]?.works();
  expect(timers.delays()).toEqual([100]);
  timers.run(100);
  await until(() => seen.connections).toHaveLength(2);
  timers.run(1_250_000);
  await until(() => control.codes.at(-1)).toBe(1000);
});

test('a message above the bound ends the connection, one at the bound does not', async () => {
  const seen = dial();
  await until(() => seen.connections).toHaveLength(1);
  control.socket.send('x'.repeat(1_000));
  await until(() => seen.texts).toHaveLength(1);
  control.socket.send('x'.repeat(1_001));
  await until(() => seen.ends).toMatchObject([{ why: 'Max payload size exceeded' }]);
});

test('a control plane that does not read is left before what waits for it fills the memory', async () => {
  const seen = dial();
  await until(() => seen.connections).toHaveLength(1);
  control.socket.pause();
  let sent = 0;
  for (; seen.ends.length === 0 && sent < 100_000; sent += 1) {
    seen.connections[0]?.send('x'.repeat(10_000));
    if (sent % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(seen.ends).toHaveLength(1);
  expect(logged).toEqual(['the control plane does not read what it is told, connecting anew']);
});

test('a dropped connection is followed by the next one; after close none follows, and nothing is said any more', async () => {
  const seen = dial();
  await until(() => seen.connections).toHaveLength(1);
  seen.connections[0]?.drop();
  await until(() => seen.ends).toHaveLength(1);
  timers.run(100);
  await until(() => seen.connections).toHaveLength(2);
  opened.splice(0).forEach((socket) => socket.close('stops'));
  await until(() => control.codes).toHaveLength(2);
  expect(timers.delays()).toEqual([]);
  expect(seen.ends).toHaveLength(1);
});

test.each([
  ['http://127.0.0.1:8080/acs', undefined, 'ws://127.0.0.1:8080/acs'],
  ['https://example.com', '/names', 'wss://example.com/names'],
  ['http://example.com/behind/', '/names', 'ws://example.com/names'],
])('of %s with the path %s comes %s', (endpoint, path, want) => {
  expect(websocketUrl(endpoint, path).href).toBe(want);
});

test('an endpoint of another scheme is refused', () => {
  expect(() => websocketUrl('ftp://example.com')).toThrow("endpoint 'ftp://example.com' is neither http nor https");
});

test('messages are taken as JSON; one that is not, or that is not taken, brings everything again', async () => {
  const taken: unknown[] = [];
  const socket = new ToldSocket({
    ...dialOptions(),
    onOpen: () => taken.push('open'),
    onMessage(message) {
      taken.push(message);
      if (message === 'bad') throw new Error('it is bad');
      return message === 'worse' ? Promise.reject(new Error('it is worse')) : Promise.resolve();
    },
  });
  opened.push(socket);
  const said = [['{"a":1}', '{"a":2}', '"bad"'], ['"worse"'], ['{'], ['"good"']];
  for (const [index, texts] of said.entries()) {
    await until(() => socket.connection).toBeDefined();
    for (const text of texts) control.socket.send(text);
    if (index === 3) break;
    await until(() => socket.connection).toBeUndefined();
    // A message that was taken makes the next failure the first.
    timers.run(100 * 2 ** index);
  }
  await until(() => taken).toEqual(['open', { a: 1 }, { a: 2 }, 'bad', 'open', 'worse', 'open', 'open', 'good']);
  expect(logged.filter((text) => text.startsWith('no connection'))).toHaveLength(1);
  expect(logged.filter((text) => text.startsWith('a message of the control plane could not be taken'))).toHaveLength(3);
  control.socket.terminate();
  await until(() => logged.filter((text) => text.startsWith('no connection'))).toHaveLength(2);
  expect(timers.delays()).toEqual([100]);
});
