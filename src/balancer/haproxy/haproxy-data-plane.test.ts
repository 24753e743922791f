import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { silentLog } from '../../kernel/index.ts';
import { lineLog, randomIds, systemClock } from '../../platform/index.ts';
import { startBackend, startRawBackend } from '../contract/backend.ts';
import { exampleCom } from '../contract/certificates.ts';
import { describeChanges } from '../contract/changes.contract.ts';
import { describeHttp } from '../contract/http.contract.ts';
import { describeHttp2 } from '../contract/http2.contract.ts';
import { describeHttps } from '../contract/https.contract.ts';
import { describeL4 } from '../contract/l4.contract.ts';
import { describeRouting } from '../contract/routing.contract.ts';
import { exchangeRaw } from '../contract/raw-client.ts';
import { eventually, forward, group, listener, World, type PlaneFactory } from '../contract/world.ts';
import { findHaproxy } from './find-haproxy.ts';
import { HaproxyDataPlane } from './haproxy-data-plane.ts';

const found = await findHaproxy(process.env['PATH'] ?? '');
const program = typeof found === 'string' ? '' : found.program;
/** Everything is in here; short, because paths of sockets are. */
const root = mkdtempSync(join(tmpdir(), 'lh-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const make: PlaneFactory = (options) =>
  Promise.resolve(new HaproxyDataPlane({ ...options, program, directory: mkdtempSync(join(root, '-')) }));
const log = process.env['HAPROXY_LOG'] === undefined ? silentLog : lineLog('debug', process.stderr);
const open = (): Promise<World> => World.open(make, { clock: systemClock, ids: randomIds, log });

/** HAProxy's own parser comes before anything that it can be told. */
const reads = 'HAProxy reads it in one way and writes it anew';
const early = 'HAProxy answers before its rules are asked, with a page and status of its own';
const exceptions = {
  'the same length twice': reads,
  'length and chunks': reads,
  'two lengths in one': reads,
  'a folded header': reads,
  'a bare line feed': reads,
  'a bare line feed among others': reads,
  'a NUL': 'HAProxy passes it on',
  'a chunk that ends in a line feed': reads,
  'a head over 64 KiB': early,
  'a coding that is not chunked': early,
  'length and chunks in an answer': reads,
  'a bare line feed in an answer': reads,
  'a head without end': 'HAProxy waits until its buffer is full',
  '[BL-16] headers that Connection names are not passed on': 'HAProxy has no rule for names that a request says',
  '[BL-22] a body that does not come is 408': 'HAProxy says 504: it waits for the target then',
  '[BL-23] a client that resets its connection while it waits frees its target':
    'HAProxy looks only when it writes, unless half-closing is an abort too',
  '[BL-25] an early answer to an unfinished body is passed on, and the connection closed after it':
    'HAProxy goes on reading the body',
} as const;

describe.skipIf(program === '')('HAProxy', () => {
  describeRouting(open);
  describeHttp(open, exceptions);
  describeChanges(open);
  describeL4(open);
  describeHttps(open);
  describeHttp2(open);
});

describe.skipIf(program === '')('HAProxy processes', () => {
  test('[BL-83] one that ends by itself is started again with the present configuration', async () => {
    const backend = await startBackend('web');
    const directory = mkdtempSync(join(root, '-'));
    const world = await World.open(
      (options) => Promise.resolve(new HaproxyDataPlane({ ...options, program, directory })),
      {
        clock: systemClock,
        ids: randomIds,
        log,
      },
    );
    await world.set([group('A', [backend.target()])], [listener([forward('A')])]);
    expect((await world.get()).body).toBe('web');
    const [before] = pidsIn(directory);
    process.kill(before ?? 0, 'SIGKILL');
    await eventually(() => pidsIn(directory).some((pid) => pid !== before), 10_000);
    await eventuallyAnswers(world);
    expect((await world.get()).body).toBe('web');
    await world.plane.close();
    await eventually(() => pidsIn(directory).length === 0);
    await backend.stop();
  });

  test('[BL-84] keys and pages are for nobody else, and go when nothing needs them', async () => {
    const backend = await startBackend('web');
    const directory = mkdtempSync(join(root, '-'));
    const world = await World.open(
      (options) => Promise.resolve(new HaproxyDataPlane({ ...options, program, directory })),
      {
        clock: systemClock,
        ids: randomIds,
        log,
      },
    );
    const secure = listener([forward('A')], { protocol: 'HTTPS', certificates: [exampleCom] });
    await world.set([group('A', [backend.target()])], [secure]);
    const keys = readdirSync(directory).filter((name) => name.startsWith('certificate-'));
    expect(keys).toHaveLength(1);
    for (const name of readdirSync(directory)) expect(statSync(join(directory, name)).mode & 0o077).toBe(0);
    await world.set([], [listener([forward('A')])]);
    expect(readdirSync(directory).filter((name) => name.startsWith('certificate-'))).toEqual([]);
    await world.plane.close();
    await backend.stop();
  });

  test('[BL-17] what HAProxy reads in one way it writes anew in that way', async () => {
    const seen: string[] = [];
    const raw = await startRawBackend('raw', (socket) => {
      socket.on('data', (bytes) => {
        seen.push(bytes.toString('latin1'));
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      });
    });
    const world = await open();
    await world.set([group('A', [raw.target()])], [listener([forward('A')])]);
    const post = 'POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n';
    for (const text of [
      `${post}Content-Length: 1\r\nContent-Length: 1\r\n\r\na`,
      `${post}Content-Length: 1, 1\r\n\r\na`,
      `${post}Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n`,
      `${post}X-A: 1\r\n  Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\na`,
      `${post.replaceAll('\r', '')}Content-Length: 1\n\na`,
    ])
      await exchangeRaw(world.address, 8000, text);
    expect(seen).toHaveLength(5);
    for (const text of seen) {
      const head = text.slice(0, text.indexOf('\r\n\r\n'));
      expect(head.match(/^(content-length|transfer-encoding):/gim)).toHaveLength(1);
      expect(head).not.toMatch(/[^\r]\n/);
    }
    await world.plane.close();
    await raw.stop();
  });
});

/** HAProxy processes whose configuration is in a directory. */
function pidsIn(directory: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(`${directory}/haproxy-`);
      } catch {
        return false; // it ended meanwhile
      }
    })
    .map(Number);
}

async function eventuallyAnswers(world: World): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const answer = await world.get().catch(() => undefined);
    if (answer !== undefined) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
