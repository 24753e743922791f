import { spawn } from 'node:child_process';
import { appendFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { silentLog, Unavailable } from '../../../kernel/index.ts';
import { describeLogArchiveContract } from '../contract/archive-contract.ts';
import type { LogArchive } from '../index.ts';
import { openLogArchive } from './index.ts';

const directories: string[] = [];

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'longshore-archive-'));
  directories.push(path);
  return path;
}

afterEach(async () => {
  for (const path of directories.splice(0)) await rm(path, { recursive: true, force: true });
});

const stream = { groupId: 'g1', streamId: 's1' };
const readAll = { groupId: 'g1', startMs: 0, endMs: 1e15, maxEvents: 10_000, maxBytes: 1_048_576 } as const;

function open(path: string, maxBytes?: number): Promise<LogArchive> {
  return openLogArchive({
    directory: path,
    log: silentLog,
    reserveBytes: 0,
    ...(maxBytes === undefined ? {} : { maxBytes }),
  });
}

async function texts(archive: LogArchive, streamId = 's1'): Promise<string[]> {
  const page = await archive.read({ ...readAll, direction: 'forward', streamIds: [streamId] });
  return page.events.map(({ message }) => message);
}

function put(archive: LogArchive, ...messages: readonly string[]): Promise<void> {
  return archive.append(stream, {
    ingestionMs: 1,
    events: messages.map((message, index) => ({ timestampMs: index, message })),
  });
}

describeLogArchiveContract('files', async () => {
  const path = await directory();
  let archive = await open(path);
  return {
    archive,
    reopen: async () => {
      await archive.close();
      archive = await open(path);
      return archive;
    },
    dispose: () => archive.close(),
  };
});

const segment = join('g1', 's1', '00000001.seg');

test('a torn frame at the end is cut off, at every length, and appending goes on', async () => {
  const path = await directory();
  const first = await open(path);
  await put(first, 'one');
  const whole = (await stat(join(path, segment))).size;
  await put(first, 'two', 'three');
  await first.close();
  const bytes = await readFile(join(path, segment));
  for (let length = whole; length < bytes.length; length += 7) {
    await writeFile(join(path, segment), bytes.subarray(0, length));
    const archive = await open(path);
    expect(await texts(archive)).toEqual(['one']);
    expect((await stat(join(path, segment))).size).toBe(whole);
    await put(archive, 'four');
    expect((await texts(archive)).sort()).toEqual(['four', 'one']);
    await archive.close();
    await rm(join(path, 'g1', 's1', '00000001.idx'));
  }
});

test('rubbish after the last frame, and a message that looks like a frame, do no harm', async () => {
  const path = await directory();
  const first = await open(path);
  const frame = (await readFileAfterPut(first, path)).toString('latin1');
  await put(first, frame, 'after');
  await first.close();
  await appendFile(join(path, segment), Buffer.from(frame, 'utf8'));
  await rm(join(path, 'g1', 's1', '00000001.idx'));
  const second = await open(path);
  expect(new Set(await texts(second))).toEqual(new Set(['after', 'inner', frame]));
  await second.close();
});

async function readFileAfterPut(archive: LogArchive, path: string): Promise<Buffer> {
  await put(archive, 'inner');
  return readFile(join(path, segment));
}

test.each([
  { name: 'missing', damage: (path: string) => rm(path) },
  { name: 'cut', damage: (path: string) => truncate(path, 20) },
  {
    name: 'of another segment',
    damage: (path: string) => writeFile(path, '{"bytes":99999999,"lastIngestionMs":1,"blocks":[]}'),
  },
])('an index that is $name is made again from the segment', async ({ damage }) => {
  const path = await directory();
  const first = await open(path);
  await put(first, 'one', 'two');
  await first.close();
  await damage(join(path, 'g1', 's1', '00000001.idx'));
  const second = await open(path);
  expect(await texts(second)).toEqual(['one', 'two']);
  await second.close();
});

test('when full, the flooding stream loses its oldest events and the quiet one nothing', async () => {
  const path = await directory();
  const maxBytes = 48 * 1024 * 1024;
  const archive = await open(path, maxBytes);
  await archive.append(
    { groupId: 'g2', streamId: 'quiet' },
    { ingestionMs: 1, events: [{ timestampMs: 1, message: 'kept' }] },
  );
  const message = 'x'.repeat(1000);
  for (let round = 0; round < 130; round += 1) {
    const events = Array.from({ length: 1000 }, (_, index) => ({ timestampMs: round * 1000 + index, message }));
    await archive.append(stream, { ingestionMs: round, events });
  }
  await archive.close();
  const again = await open(path, maxBytes);
  expect(again.groupBytes('g1')).toBeLessThanOrEqual(maxBytes);
  expect(again.groupBytes('g1')).toBeGreaterThan(maxBytes / 4);
  const oldest = await again.read({ ...readAll, direction: 'forward', streamIds: ['s1'], maxEvents: 1 });
  const newest = await again.read({ ...readAll, direction: 'backward', streamIds: ['s1'], maxEvents: 1 });
  expect(oldest.events[0]?.timestampMs).toBeGreaterThan(10_000);
  expect(newest.events[0]?.timestampMs).toBe(129_999);
  const quiet = await again.read({ ...readAll, groupId: 'g2', direction: 'forward', streamIds: ['quiet'] });
  expect(quiet.events.map((event) => event.message)).toEqual(['kept']);
  await again.close();
});

test('a flood is refused above the queue bound, and memory stays bounded', async () => {
  const path = await directory();
  const archive = await open(path, 64 * 1024 * 1024);
  const message = 'x'.repeat(10_000);
  const events = Array.from({ length: 100 }, (_, index) => ({ timestampMs: index, message }));
  const before = process.memoryUsage().rss;
  let refused = 0;
  let peak = 0;
  for (let round = 0; round < 20; round += 1) {
    // 60 streams × 1 MB at once, 20 times: 1.2 GB offered.
    await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        archive
          .append({ groupId: 'g1', streamId: `s${index % 30}` }, { ingestionMs: round, events })
          .catch((error: unknown) => {
            expect(error).toBeInstanceOf(Unavailable);
            refused += 1;
          }),
      ),
    );
    peak = Math.max(peak, process.memoryUsage().rss);
  }
  expect(refused).toBeGreaterThan(0);
  expect(peak - before).toBeLessThan(250 * 1024 * 1024);
  await archive.close();
}, 60_000);

test('many more streams than may stay open: all are found again', async () => {
  const path = await directory();
  const archive = await open(path);
  const ids = Array.from({ length: 1_300 }, (_, index) => `s${index}`);
  await Promise.all(
    ids.map((streamId) =>
      archive.append({ groupId: 'g1', streamId }, { ingestionMs: 1, events: [{ timestampMs: 1, message: streamId }] }),
    ),
  );
  const page = await archive.read({ ...readAll, direction: 'forward', streamIds: ids });
  expect(page.events.length).toBe(ids.length);
  expect(new Set(page.events.map((event) => event.message)).size).toBe(ids.length);
  await archive.close();
}, 60_000);

test('kill -9 while writing loses nothing that was acknowledged, and tears nothing', async () => {
  const path = await directory();
  const acknowledged: number[] = [0, 0, 0];
  for (let round = 0; round < 6; round += 1) {
    await writeUntilKilled(path, acknowledged, 60 + 40 * round);
    const archive = await open(path);
    for (const [index, count] of acknowledged.entries()) {
      const found = await texts(archive, `s${index}`);
      expect(found.length).toBeGreaterThanOrEqual(count);
      expect(found).toEqual(found.map((_, number) => `${number} ${'y'.repeat(number % 300)}`));
      acknowledged[index] = found.length;
    }
    await archive.close();
  }
  expect(Math.min(...acknowledged)).toBeGreaterThan(0);
  expect(await readdir(join(path, 'g1'))).toHaveLength(3);
}, 60_000);

/** Runs the writer in a process of its own and kills it; `acknowledged` then counts the events it was told are stored. */
async function writeUntilKilled(path: string, acknowledged: number[], afterMs: number): Promise<void> {
  const writer = fileURLToPath(new URL('./contract/endless-writer.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', writer, path, acknowledged.join(',')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  let rest = '';
  let started = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (!started) setTimeout(() => child.kill('SIGKILL'), afterMs);
    started = true;
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [index = 0, count = 0] = line.split(' ').map(Number);
      acknowledged[index] = Math.max(acknowledged[index] ?? 0, count);
    }
  });
  await ended;
}
