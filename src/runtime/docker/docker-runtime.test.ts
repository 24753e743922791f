import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { InvalidArgument, Unsupported, silentLog } from '../../kernel/index.ts';
import { EngineRefused, EngineTimeout, EngineUnavailable } from '../index.ts';
import type { EngineEvent } from '../index.ts';
import { until } from '../contract/runtime-contract.ts';
import { parseEngineAddress } from './address.ts';
import { DockerRuntime } from './docker-runtime.ts';
import { engineEvent } from './events.ts';
import { pullQuery } from './images.ts';
import { containerStats } from './stats.ts';
import { chooseVersion } from './versions.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on a socket that answers as an engine might, or worse. */
class StubEngine {
  readonly path: string;
  handle: Handler = (_request, response) => response.writeHead(404).end('{"message":"page not found"}');
  version: object = { Version: '20.10.0', ApiVersion: '1.41', MinAPIVersion: '1.12' };
  readonly seen: string[] = [];
  readonly sockets = new Set<Socket>();
  #server: Server | undefined;

  constructor(path: string) {
    this.path = path;
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      this.seen.push(`${request.method} ${request.url}`);
      if (request.url === '/version') response.end(JSON.stringify(this.version));
      else this.handle(request, response);
    });
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.path, resolve));
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server?.close(resolve));
  }
}

const state: { folder: string; engine?: StubEngine; runtime?: DockerRuntime } = { folder: '' };
beforeEach(async () => {
  state.folder = mkdtempSync(join(tmpdir(), 'stub-'));
  state.engine = new StubEngine(join(state.folder, 'engine.sock'));
  await state.engine.start();
  state.runtime = new DockerRuntime({ address: `unix://${state.engine.path}`, log: silentLog });
});
afterEach(async () => {
  state.runtime?.close();
  await state.engine?.stop();
  rmSync(state.folder, { recursive: true });
});
const engine = (): StubEngine => state.engine as StubEngine;
const runtime = (): DockerRuntime => state.runtime as DockerRuntime;

describe('the address', () => {
  test.each(['tcp://127.0.0.1:2375', 'ssh://host', '/var/run/docker.sock', 'unix://relative', 'http://host/path', ''])(
    'refuses %j',
    (text) => {
      expect(() => parseEngineAddress(text)).toThrow(InvalidArgument);
    },
  );
  test('takes sockets and http', () => {
    expect(parseEngineAddress('unix:///run/x.sock')).toMatchObject({ kind: 'unix', socketPath: '/run/x.sock' });
    expect(parseEngineAddress('http://10.0.0.1:2375')).toMatchObject({ kind: 'http', host: '10.0.0.1', port: 2375 });
  });
});

describe('the version', () => {
  test.each([
    ['1.41', '1.12', '1.41'],
    ['1.48', '1.24', '1.48'],
    ['1.99', '1.44', '1.48'],
  ])('an engine of %s to %s is spoken to in %s', (newest, oldest, expected) => {
    expect(chooseVersion(newest, oldest)).toBe(expected);
  });
  test.each([
    ['1.30', '1.12'],
    ['1.9', '1.1'],
    ['2.0', '1.99'],
  ])('an engine of %s to %s is refused', (newest, oldest) => {
    expect(() => chooseVersion(newest, oldest)).toThrow(Unsupported);
  });
  test('is asked once', async () => {
    engine().handle = (_request, response) => response.end('[]');
    await Promise.all([runtime().list({}), runtime().list({})]);
    await runtime().list({});
    expect(engine().seen.filter((line) => line === 'GET /version')).toHaveLength(1);
    expect(engine().seen.at(-1)).toMatch(/^GET \/v1\.41\/containers\/json\?all=1&filters=/);
  });
});

describe('what goes wrong', () => {
  test.each([
    [500, '{"message":"driver failed"}', 'driver failed'],
    [409, '{"cause":"podman says so","message":"","response":409}', 'podman says so'],
    [400, 'plain text', 'plain text'],
    [503, '', 'HTTP 503 without a message'],
    [500, '{"message": broken', '{"message": broken'],
    [301, '', 'HTTP 301'],
  ])('HTTP %i %j', async (status, body, message) => {
    engine().handle = (_request, response) => response.writeHead(status).end(body);
    await expect(runtime().start('a')).rejects.toBeInstanceOf(EngineRefused);
    await expect(runtime().start('a')).rejects.toMatchObject({ status, message: expect.stringContaining(message) });
  });

  test('an engine that is not there', async () => {
    await engine().stop();
    await expect(runtime().list({})).rejects.toBeInstanceOf(EngineUnavailable);
    await expect(runtime().list({})).rejects.toThrow('is the engine started?');
    await engine().start();
    engine().handle = (_request, response) => response.end('[]');
    expect(await runtime().list({})).toEqual([]);
  });

  test('a connection that dies before the reply, and in the middle of it', async () => {
    engine().handle = (request) => request.socket.destroy();
    await expect(runtime().start('a')).rejects.toBeInstanceOf(EngineUnavailable);
    engine().handle = (request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('[', () => request.socket.destroy());
    };
    await expect(runtime().list({})).rejects.toBeInstanceOf(EngineUnavailable);
  });

  test('a kept connection that the engine closed is no error for a read', async () => {
    engine().handle = (_request, response) => response.end('[]');
    await runtime().list({});
    const [idle] = engine().sockets;
    let dropped = false;
    engine().handle = (request, response) => {
      if (request.socket === idle && !dropped) {
        dropped = true;
        return request.socket.destroy();
      }
      return response.end('[]');
    };
    expect(await runtime().list({})).toEqual([]);
    expect(dropped).toBe(true);
  });

  test('a name that would be another path of the API', async () => {
    for (const name of ['', '..', 'a/b', 'a?b'])
      await expect(runtime().remove(name)).rejects.toBeInstanceOf(InvalidArgument);
    await expect(runtime().inspectImage('../containers/json')).rejects.toBeInstanceOf(InvalidArgument);
  });
});

describe('pull', () => {
  test.each([
    ['nginx', { fromImage: 'nginx', tag: 'latest' }],
    ['nginx:1.27', { fromImage: 'nginx', tag: '1.27' }],
    ['localhost:5000/team/app', { fromImage: 'localhost:5000/team/app', tag: 'latest' }],
    ['localhost:5000/app:2', { fromImage: 'localhost:5000/app', tag: '2' }],
    ['app@sha256:abc', { fromImage: 'app@sha256:abc' }],
  ])('%s', (reference, query) => {
    expect(pullQuery(reference)).toEqual(query);
  });

  test('tells progress, sends the credentials', async () => {
    let auth: unknown;
    engine().handle = (request, response) => {
      auth = request.headers['x-registry-auth'];
      for (const line of [
        { status: 'Pulling from app', id: '2' },
        { status: 'Downloading', id: 'l', progress: '[=]' },
      ]) {
        response.write(`${JSON.stringify(line)}\r\n`);
      }
      response.end();
    };
    const lines: string[] = [];
    const onProgress = (line: string): void => void lines.push(line);
    const login = { username: 'u', password: 'p>?', serverAddress: 'r' };
    await runtime().pullImage('app:2', { auth: login, timeoutMs: 5_000, inactivityTimeoutMs: 5_000, onProgress });
    expect(lines).toEqual(['2: Pulling from app', 'l: Downloading [=]']);
    expect(auth).toMatch(/^[\w=-]+$/);
    expect(JSON.parse(Buffer.from(String(auth), 'base64url').toString())).toEqual({
      username: 'u',
      password: 'p>?',
      serveraddress: 'r',
    });
  });

  test('an error inside the stream is a refusal', async () => {
    const error = { errorDetail: { message: 'manifest unknown' }, error: 'manifest unknown' };
    engine().handle = (_request, response) => response.end(`{"status":"x"}\n${JSON.stringify(error)}\n`);
    const pull = runtime().pullImage('app', { timeoutMs: 5_000, inactivityTimeoutMs: 5_000 });
    await expect(pull).rejects.toMatchObject({ name: 'EngineRefused', message: 'manifest unknown' });
  });

  test('ends when nothing moves, and when it takes too long although it moves', async () => {
    engine().handle = (_request, response) => void response.write('{"status":"x"}\n');
    const still = runtime().pullImage('app', { timeoutMs: 5_000, inactivityTimeoutMs: 100 });
    await expect(still).rejects.toBeInstanceOf(EngineTimeout);
    engine().handle = (_request, response) => {
      const timer = setInterval(() => response.write('{"status":"x"}\n'), 20);
      response.on('close', () => clearInterval(timer));
    };
    const slow = runtime().pullImage('app', { timeoutMs: 200, inactivityTimeoutMs: 100 });
    await expect(slow).rejects.toThrow('within 200 ms');
  });
});

describe('events', () => {
  test('come back after the engine was away, with word of both, and say what the engine is asked', async () => {
    const streams: ServerResponse[] = [];
    engine().handle = (_request, response) => {
      response.writeHead(200).flushHeaders();
      streams.push(response);
    };
    const events: EngineEvent[] = [];
    const subscription = runtime().events({ a: 'b' }, (event) => events.push(event));
    await until(() => events.length === 1);
    const die = {
      Type: 'container',
      Action: 'die',
      Actor: { ID: 'c1', Attributes: { a: 'b', exitCode: '7' } },
      timeNano: 5e15,
    };
    const text = JSON.stringify(die);
    streams[0]?.write(text.slice(0, 20));
    streams[0]?.write(`${text.slice(20)}\n`);
    await until(() => events.length === 2);
    await engine().stop();
    await engine().start();
    await until(() => events.length === 4);
    subscription.close();
    expect(events).toEqual([
      { type: 'resync' },
      { type: 'die', id: 'c1', labels: { a: 'b', exitCode: '7' }, timeMs: 5e9, exitCode: 7 },
      { type: 'interrupted' },
      { type: 'resync' },
    ]);
    expect(decodeURIComponent(engine().seen[1] ?? '')).toContain('"label":["a=b"]');
  });

  test.each([
    [
      { Action: 'health_status: unhealthy', id: 'c' },
      { type: 'health', health: 'unhealthy' },
    ],
    [
      { Action: 'health_status', id: 'c', HealthStatus: 'healthy' },
      { type: 'health', health: 'healthy' },
    ],
    [
      { Action: 'died', id: 'c', Actor: { Attributes: { containerExitCode: '3' } } },
      { type: 'die', exitCode: 3 },
    ],
  ])('%j', (reply, event) => {
    expect(engineEvent(reply)).toMatchObject(event);
  });
  test('others are not for us', () => {
    expect(engineEvent({ Action: 'exec_start: sh', id: 'c' })).toBeUndefined();
  });
});

describe('stats', () => {
  const sample = { read: '2026-11-20T21:00:00Z', cpu_stats: { cpu_usage: { total_usage: 5 } } };
  test.each([
    ['cgroup v1', { usage: 100, stats: { total_inactive_file: 30 } }, 70],
    ['cgroup v2', { usage: 100, stats: { inactive_file: 40 } }, 60],
    ['nothing to take off', { usage: 10, stats: { inactive_file: 40 } }, 10],
    ['nothing known', {}, 0],
  ])('memory: %s', (_name, memory_stats, memoryBytes) => {
    expect(containerStats({ ...sample, memory_stats })).toMatchObject({ memoryBytes, cpuTotalNs: 5 });
  });
  test('a container that ends while it is sampled has none: the engine says 200, and then nothing', async () => {
    engine().handle = (_request, response) => response.writeHead(200).end();
    expect(await runtime().stats('c')).toBeUndefined();
  });
  test('a container that does not run has none', () => {
    expect(containerStats({ ...sample, read: '0001-01-01T00:00:00Z', memory_stats: {} })).toBeUndefined();
  });
});

describe('timeouts', () => {
  test('of create and start are what was chosen', async () => {
    engine().handle = () => undefined;
    const quick = new DockerRuntime({
      address: `unix://${engine().path}`,
      log: silentLog,
      timeouts: { createMs: 100, startMs: 150 },
    });
    await expect(quick.create({ name: 'a', config: { Image: 'app' } })).rejects.toThrow('within 100 ms');
    await expect(quick.start('a')).rejects.toThrow('within 150 ms');
    quick.close();
  });
});

describe('Podman', () => {
  const podman = { ApiVersion: '1.41', Components: [{ Name: 'Podman Engine', Version: '4.3.1' }] };
  const refuse = (response: ServerResponse): void => void response.writeHead(500).end('{"message":"in use by c1"}');
  const inspected = {
    Id: 'c1',
    Name: '/a',
    Image: 'sha256:1',
    Created: '',
    State: { Status: 'exited', Pid: 0, ExitCode: 0, OOMKilled: false, Error: '', StartedAt: '', FinishedAt: '' },
    Config: { Image: 'app' },
    HostConfig: {},
    NetworkSettings: {},
  };
  const answer =
    (exists: boolean): Handler =>
    (request, response) => {
      if (request.method === 'POST') return refuse(response);
      response.writeHead(exists ? 200 : 404).end(JSON.stringify(exists ? inspected : { message: 'no such container' }));
    };

  test.each([
    { name: 'a name that is taken is a conflict', version: podman, exists: true, want: 409 },
    { name: 'what is no conflict stays what it is', version: podman, exists: false, want: 500 },
    { name: 'Docker means what it says', version: { ApiVersion: '1.41' }, exists: true, want: 500 },
  ])('$name', async ({ version, exists, want }) => {
    engine().version = version;
    engine().handle = answer(exists);
    const refusal = { status: want, message: 'in use by c1' };
    await expect(runtime().create({ name: 'a', config: { Image: 'app' } })).rejects.toMatchObject(refusal);
  });

  test('killing what has ended is a conflict', async () => {
    engine().version = podman;
    engine().handle = answer(true);
    await expect(runtime().kill('c1', 'SIGKILL')).rejects.toMatchObject({ status: 409 });
  });

  test('a digest of this machine is no digest of a registry', async () => {
    const digests = ['localhost/app@sha256:1', 'registry.test/app@sha256:2'];
    engine().handle = (_request, response) =>
      response.end(JSON.stringify({ Id: 'sha256:1', RepoDigests: digests, Size: 1 }));
    expect((await runtime().inspectImage('app'))?.repoDigests).toEqual(['registry.test/app@sha256:2']);
  });
});

describe('the list of images', () => {
  test('has those with a reference, and when they were built', async () => {
    const images = [
      { Id: 'sha256:1', RepoTags: ['app:1'], RepoDigests: ['app@sha256:2'], Created: 5 },
      { Id: 'sha256:2', RepoTags: ['<none>:<none>'], RepoDigests: ['<none>@<none>'], Created: 6 },
      { Id: 'sha256:3', RepoTags: null, RepoDigests: null, Created: 7 },
    ];
    engine().handle = (_request, response) => response.end(JSON.stringify(images));
    expect(await runtime().listImages()).toEqual([
      { id: 'sha256:1', references: ['app:1', 'app@sha256:2'], createdAtMs: 5_000 },
    ]);
  });
});
