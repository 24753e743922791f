import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LogChunk, LogStream } from '../../runtime/index.ts';
import { EcsTestServer } from '../contract/ecs-server.ts';
import { keptLog, realClock, realIds, until } from '../contract/real-time.ts';
import { taskPayload } from '../contract/tasks.ts';
import { silentLog } from '../../kernel/index.ts';
import { ApiClient } from '../session/api-client.ts';
import { ServerTime } from '../../control-plane-client/index.ts';
import { LogCursor, ReadBackSieve, hashOf } from './cursor.ts';
import { EventQueue } from './event-queue.ts';
import { EventSplitter, eventOverheadBytes, largestEventBytes } from './event-splitter.ts';
import { LogsApi } from './logs-api.ts';
import type { AwsLogsOptions } from './options.ts';
import { BadLogOptions, readAwsLogsOptions } from './options.ts';
import type { OutputSource } from './shipper.ts';
import { LogShipper } from './shipper.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const messages = (events: readonly { readonly message: string }[]): readonly string[] =>
  events.map((event) => event.message);

describe('bytes into events', () => {
  test('however the bytes are cut, the lines are the same', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ unit: 'grapheme' }).map((line) => line.replace(/[\r\n]/g, '.')),
          { maxLength: 20 },
        ),
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
        (lines, cuts) => {
          const all = Buffer.from(lines.map((line) => `${line}\n`).join(''));
          const splitter = new EventSplitter('stdout');
          const events: string[] = [];
          for (let at = 0, turn = 0; at < all.length; turn += 1) {
            const length = cuts[turn % cuts.length] ?? 1;
            events.push(...messages(splitter.push(all.subarray(at, at + length), 1)));
            at += length;
          }
          events.push(...messages(splitter.flush()));
          expect(events).toEqual(lines.filter((line) => line !== ''));
        },
      ),
    );
  });

  test('a long line is cut between characters, and nothing of it is lost', () => {
    const line = `x${'ä€'.repeat(150_000)}`;
    const events = new EventSplitter('stdout').push(bytes(`${line}\n`), 1);
    expect(messages(events).join('')).toBe(line);
    for (const event of events) expect(event.sizeBytes).toBeLessThanOrEqual(largestEventBytes + eventOverheadBytes);
  });

  test('lines are grouped where an event begins', () => {
    const splitter = new EventSplitter('stdout', /^INFO/);
    const events = [...splitter.push(bytes('INFO a\n  more\nINFO b\n'), 1), ...splitter.flush()];
    expect(messages(events)).toEqual(['INFO a\n  more', 'INFO b']);
  });
});

describe('options', () => {
  const task = taskPayload({}, {}) as never as Parameters<typeof readAwsLogsOptions>[1]['task'];
  const read = (options: Record<string, string>): AwsLogsOptions =>
    readAwsLogsOptions({ type: 'awslogs', options }, { container: 'app', task, region: 'us-east-1' });

  test('the stream is prefix/container/task unless it is named', () => {
    const id = task.arn.slice(task.arn.lastIndexOf('/') + 1);
    expect(read({ 'awslogs-group': 'g', 'awslogs-stream-prefix': 'p' }).stream).toBe(`p/app/${id}`);
    expect(read({ 'awslogs-group': 'g', 'awslogs-stream': 's' }).stream).toBe('s');
  });

  test.each([
    { format: '[%b %d, %Y %H:%M:%S]', line: '[Jan 02, 2026 10:11:12] boom', want: true },
    { format: '%Y-%m-%d %H:%M:%S%L', line: '2026-11-20 20:15:00.123 ok', want: true },
    { format: '%Y-%m-%d', line: '   at frame', want: false },
  ])('datetime format $format on $line is $want', ({ format, line, want }) => {
    expect(read({ 'awslogs-group': 'g', 'awslogs-datetime-format': format }).eventStart?.test(line)).toBe(want);
  });

  test.each([
    [{ 'awslogs-group': 'g', 'awslogs-colour': 'red' }, "unknown log opt 'awslogs-colour' for awslogs log driver"],
    [{}, "must specify a value for log opt 'awslogs-group'"],
    [{ 'awslogs-group': 'g', mode: 'perhaps' }, 'logger: invalid mode "perhaps"'],
    [{ 'awslogs-group': 'g', 'max-buffer-size': 'much' }, "error getting max-buffer-size: invalid size: 'much'"],
  ])('%o is refused', (options, text) => {
    expect(() => read(options as unknown as Record<string, string>)).toThrow(new BadLogOptions(text));
  });

  test('sizes have units, and a greatest', () => {
    expect(read({ 'awslogs-group': 'g', 'max-buffer-size': '25m' }).maxBufferBytes).toBe(25 * 1024 * 1024);
    expect(read({ 'awslogs-group': 'g', 'max-buffer-size': '9t' }).maxBufferBytes).toBe(100 * 1024 * 1024);
  });
});

describe('the queue', () => {
  const event = (message: string, timestamp = 1) => ({
    timestamp,
    message,
    sizeBytes: message.length + 26,
    stream: 'stdout' as const,
  });

  test('drops the oldest when it must not block', () => {
    const queue = new EventQueue({ maxBytes: 100, blocking: false });
    for (const name of ['aaaa', 'bbbb', 'cccc', 'dddd']) queue.push(event(name));
    expect(messages(queue.takeBatch())).toEqual(['bbbb', 'cccc', 'dddd']);
    expect(queue.takeDropped()).toBe(1);
  });

  test('makes the reader wait when it may block, until there is room', async () => {
    const queue = new EventQueue({ maxBytes: 60, blocking: true });
    queue.push(event('aaaa'));
    await queue.room();
    queue.push(event('bbbb'));
    let free = false;
    const room = queue.room().then(() => (free = true));
    await Promise.resolve();
    expect(free).toBe(false);
    expect(queue.takeBatch()).toHaveLength(2);
    await room;
    expect(free).toBe(true);
  });

  test('a batch ends at 10,000 events, at 1 MiB and at 24 hours', () => {
    const many = new EventQueue({ maxBytes: 1e9, blocking: true });
    for (let count = 0; count < 10_001; count += 1) many.push(event('x'));
    expect(many.takeBatch()).toHaveLength(10_000);
    const large = new EventQueue({ maxBytes: 1e9, blocking: true });
    for (let count = 0; count < 5; count += 1) large.push(event('x'.repeat(256 * 1024 - 26)));
    expect(large.takeBatch()).toHaveLength(4);
    const long = new EventQueue({ maxBytes: 1e9, blocking: true });
    long.push(event('a', 0));
    long.push(event('b', 24 * 3_600_000));
    expect(long.takeBatch()).toHaveLength(1);
  });
});

test('what was shipped is found again, also among equal lines', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('tick', 'tock', 'boom'), { minLength: 1, maxLength: 60 }),
      fc.nat(),
      (lines, seed) => {
        const shipped = 1 + (seed % lines.length);
        const events = lines.map((message, index) => ({
          timestamp: 1_000 + index * 100,
          message,
          sizeBytes: 30,
          stream: 'stdout' as const,
        }));
        const done = events.slice(0, shipped);
        const cursor = {
          lastMs: done.at(-1)?.timestamp ?? 0,
          tail: done.slice(-8).map((event) => hashOf(event.message)),
        };
        const sieve = new ReadBackSieve(cursor);
        const read = events.filter((event) => event.timestamp >= cursor.lastMs - 1_000);
        const found = [...read.flatMap((event) => sieve.pass(event)), ...sieve.rest()];
        expect(found).toEqual(events.slice(shipped));
      },
    ),
  );
});

describe('shipping', () => {
  const server = new EcsTestServer();
  let folder = '';
  let client: ApiClient;
  const key = '/ecs/test s/app/1';

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ls-logs-'));
    await server.listen();
    client = new ApiClient({
      endpoint: server.endpoint,
      region: 'us-east-1',
      credentials: () => ({ accessKeyId: 'A', secretAccessKey: 'S' }),
      userAgent: 'test',
      serverTime: new ServerTime(realClock, silentLog),
      clock: realClock,
      ids: realIds,
    });
  });
  afterEach(async () => {
    client.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const shipper = (options: Partial<AwsLogsOptions> = {}): LogShipper =>
    new LogShipper({
      api: new LogsApi(client),
      destination: {
        group: '/ecs/test',
        stream: 's/app/1',
        region: 'us-east-1',
        createGroup: false,
        blocking: true,
        maxBufferBytes: 1024 * 1024,
        ...options,
      },
      credentials: () => undefined,
      cursor: new LogCursor(join(folder, 'cursor.json')),
      clock: realClock,
      ids: realIds,
      log: keptLog(),
    });

  const gaveAll = (): Promise<boolean> => Promise.resolve(true);
  const noSource: OutputSource = { open: () => Promise.reject(new Error('not read back')), watch: () => gaveAll };

  /** A container's output that counts how much of it was taken. */
  function output(chunks: Iterable<string>): LogStream & { readonly taken: () => number } {
    let taken = 0;
    async function* read(): AsyncGenerator<LogChunk> {
      for (const chunk of chunks) {
        taken += 1;
        yield { stream: 'stdout', bytes: bytes(chunk) };
      }
    }
    return { chunks: read(), close: () => undefined, taken: () => taken };
  }

  function* numbered(count: number): Generator<string> {
    for (let at = 0; at < count; at += 100) {
      let text = '';
      for (let line = at; line < at + 100; line += 1) text += `line ${line}\n`;
      yield text;
    }
  }

  test('200,000 lines arrive in order, none lost, none twice, although calls fail on the way', async () => {
    for (let count = 0; count < 3; count += 1)
      server.refusals.push({
        operation: 'PutLogEvents',
        status: 500,
        type: 'ServiceUnavailableException',
        message: 'later',
      });
    const one = shipper();
    await one.prepare();
    one.consume(output(numbered(200_000)), noSource, gaveAll);
    expect(await one.finish(20_000)).toBe(true);
    const lines = messages(server.logs.get(key) ?? []);
    expect(lines).toHaveLength(200_000);
    expect(lines.every((line, index) => line === `line ${index}`)).toBe(true);
    one.stop();
  });

  test('a service that hangs holds up a blocking container, and memory stays small', async () => {
    let open: () => void = () => undefined;
    server.logGate = new Promise((resolve) => (open = resolve));
    server.logs.clear();
    const one = shipper();
    await one.prepare();
    const flood = output(numbered(2_000_000));
    one.consume(flood, noSource, gaveAll);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const held = flood.taken();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(flood.taken()).toBe(held);
    expect(held * 100).toBeLessThan(400_000);
    one.stop();
    open();
    server.logGate = Promise.resolve();
  });

  test('a missing group is an error, and is made when that is asked for', async () => {
    const missing = { group: '/ecs/none' };
    await expect(shipper(missing).prepare()).rejects.toThrow('The specified log group does not exist');
    const made = shipper({ ...missing, createGroup: true });
    await made.prepare();
    expect(server.groups.has('/ecs/none')).toBe(true);
  });

  test.each([
    { arrived: true, name: 'arrived is not sent again' },
    { arrived: false, name: 'did not arrive is sent' },
  ])(
    '[AG-50] a batch that was sent without an answer and $name, by a role that may not read logs',
    async ({ arrived }) => {
      const timestamp = Date.now();
      const sent = ['a', 'b'].map((message) => ({
        stream: 'stdout' as const,
        message,
        timestamp,
        sizeBytes: message.length,
      }));
      server.logs.set(key, arrived ? sent.map(({ message }) => ({ message, timestamp })) : []);
      const cursor = new LogCursor(join(folder, 'cursor.json'));
      cursor.sending(sent);
      cursor.close();
      async function* readBack(): AsyncGenerator<LogChunk> {
        for (const line of ['a', 'b', 'c']) yield { stream: 'stdout', bytes: bytes(`${line}\n`), timeMs: timestamp };
      }
      const next = shipper();
      next.resume({ ...noSource, open: () => Promise.resolve({ chunks: readBack(), close: () => undefined }) });
      expect(await next.finish(5_000)).toBe(true);
      expect(messages(server.logs.get(key) ?? [])).toEqual(['a', 'b', 'c']);
      next.stop();
    },
  );

  test('a new shipper goes on where the old one was killed', async () => {
    server.logs.clear();
    const first = shipper();
    await first.prepare();
    // The engine stamps a line before the agent has read it, however slow the agent is.
    const writtenMs = Date.now();
    first.consume(output(['a\nb\n']), noSource, gaveAll);
    await first.finish(5_000);
    first.stop();
    const startMs = Date.now();
    const second = shipper();
    async function* readBack(): AsyncGenerator<LogChunk> {
      for (const line of ['a', 'b']) yield { stream: 'stdout', bytes: bytes(`${line}\n`), timeMs: writtenMs };
      for (const line of ['c', 'd']) yield { stream: 'stdout', bytes: bytes(`${line}\n`), timeMs: startMs + 1 };
    }
    second.resume({ ...noSource, open: () => Promise.resolve({ chunks: readBack(), close: () => undefined }) });
    expect(await second.finish(5_000)).toBe(true);
    await until('all are there', () => (server.logs.get(key) ?? []).length === 4);
    expect(messages(server.logs.get(key) ?? [])).toEqual(['a', 'b', 'c', 'd']);
    second.stop();
  });
});
