import * as fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { toBytes } from '../../../kernel/index.ts';
import { comparePositions } from '../index.ts';
import type { ArchivedEvent, LogArchive, LogEvent, ReadRequest } from '../index.ts';

export interface ArchiveUnderTest {
  readonly archive: LogArchive;
  /** Closes and opens again on the same data; absent where nothing outlives closing. */
  reopen?(): Promise<LogArchive>;
  dispose(): Promise<void>;
}

const group = 'g1';
const everything = { groupId: group, startMs: 0, endMs: 1e15, maxEvents: 10_000, maxBytes: 1_048_576 };

function read(archive: LogArchive, streamIds: readonly string[], request: Partial<ReadRequest> = {}) {
  return archive.read({ ...everything, direction: 'forward', streamIds, ...request });
}

function lastOf(events: readonly ArchivedEvent[]): ArchivedEvent {
  const last = events.at(-1);
  if (last === undefined) throw new Error('the page is empty');
  return last;
}

function messages(events: readonly LogEvent[]): string[] {
  return events.map(({ message }) => message);
}

function batch(ingestionMs: number, ...events: readonly (readonly [number, string])[]) {
  return { ingestionMs, events: events.map(([timestampMs, message]) => ({ timestampMs, message })) };
}

/** Reads page by page to the end. */
async function readAll(archive: LogArchive, request: ReadRequest): Promise<ArchivedEvent[]> {
  const all: ArchivedEvent[] = [];
  let after = request.after;
  for (let pages = 0; pages < 1_000; pages += 1) {
    const page = await archive.read({ ...request, ...(after === undefined ? {} : { after }) });
    all.push(...page.events);
    if (!page.more) return all;
    after = page.events.at(-1) ?? after;
  }
  throw new Error('reading did not end');
}

/** What every LogArchive does. */
export function describeLogArchiveContract(name: string, make: () => Promise<ArchiveUnderTest>): void {
  describe(`log archive contract: ${name}`, () => {
    const made: ArchiveUnderTest[] = [];
    async function fresh(): Promise<ArchiveUnderTest> {
      const underTest = await make();
      made.push(underTest);
      return underTest;
    }
    afterEach(async () => {
      for (const each of made.splice(0)) await each.dispose();
    });

    test('an unknown stream holds nothing', async () => {
      const { archive } = await fresh();
      expect(await read(archive, ['s1'])).toEqual({ events: [], more: false });
      expect(await archive.summary({ groupId: group, streamId: 's1' })).toEqual({});
      await archive.deleteStream({ groupId: group, streamId: 's1' });
      await archive.deleteGroup(group);
      expect(archive.groupBytes(group)).toBe(0);
    });

    test('takes messages as text and as bytes, which are the caller’s again afterwards', async () => {
      const { archive } = await fresh();
      const bytes = toBytes('bé\n\0😀');
      const events = [
        { timestampMs: 10, message: bytes },
        { timestampMs: 20, message: 'bé\n\0😀' },
      ];
      await archive.append({ groupId: group, streamId: 's1' }, { ingestionMs: 50, events });
      bytes.fill(0);
      expect(messages((await read(archive, ['s1'])).events)).toEqual(['bé\n\0😀', 'bé\n\0😀']);
    });

    test('answers what was appended, with sequence and ingestion time', async () => {
      const { archive } = await fresh();
      await archive.append({ groupId: group, streamId: 's1' }, batch(50, [10, 'a'], [20, 'bé\n\0😀']));
      await archive.append({ groupId: group, streamId: 's1' }, batch(60, [20, 'c']));
      const page = await read(archive, ['s1']);
      expect(page).toEqual({
        events: [
          { timestampMs: 10, message: 'a', streamId: 's1', sequence: 0, ingestionMs: 50 },
          { timestampMs: 20, message: 'bé\n\0😀', streamId: 's1', sequence: 1, ingestionMs: 50 },
          { timestampMs: 20, message: 'c', streamId: 's1', sequence: 2, ingestionMs: 60 },
        ],
        more: false,
      });
      expect(await archive.summary({ groupId: group, streamId: 's1' })).toEqual({
        firstEventMs: 10,
        lastEventMs: 20,
        lastIngestionMs: 60,
      });
      expect(archive.groupBytes(group)).toBeGreaterThan(0);
      expect(archive.groupIds()).toEqual([group]);
      expect(await archive.streamIds(group)).toEqual(['s1']);
    });

    test('orders events that arrive late, and reads both ways within a range', async () => {
      const { archive } = await fresh();
      const stream = { groupId: group, streamId: 's1' };
      await archive.append(stream, batch(1, [100, 'e'], [200, 'g']));
      await archive.append(stream, batch(2, [50, 'c'], [150, 'f']));
      await archive.append(stream, batch(3, [10, 'a'], [20, 'b'], [99, 'd']));
      expect(messages((await read(archive, ['s1'])).events).join('')).toBe('abcdefg');
      expect(messages((await read(archive, ['s1'], { direction: 'backward' })).events).join('')).toBe('gfedcba');
      const range = { startMs: 20, endMs: 150 };
      expect(messages((await read(archive, ['s1'], range)).events).join('')).toBe('bcde');
      const last = await read(archive, ['s1'], { ...range, direction: 'backward', maxEvents: 2 });
      expect(last).toMatchObject({ events: [{ message: 'e' }, { message: 'd' }], more: true });
    });

    test('cuts a page by bytes, never below one event', async () => {
      const { archive } = await fresh();
      const stream = { groupId: group, streamId: 's1' };
      await archive.append(stream, batch(1, [1, 'x'.repeat(1000)], [2, 'y'.repeat(10)], [3, 'z'.repeat(10)]));
      const pages = await read(archive, ['s1'], { maxBytes: 100 });
      expect(pages).toMatchObject({ events: [{ timestampMs: 1 }], more: true });
      const next = await read(archive, ['s1'], { maxBytes: 72, after: lastOf(pages.events) });
      expect(next).toMatchObject({ events: [{ timestampMs: 2 }, { timestampMs: 3 }], more: false });
    });

    test('merges streams, page by page, as one order (random histories)', async () => {
      await fc.assert(
        fc.asyncProperty(
          historyArbitrary,
          fc.integer({ min: 1, max: 7 }),
          fc.boolean(),
          async (history, maxEvents, back) => {
            const { archive } = await fresh();
            const expected: LogEvent[] = [];
            for (const [index, { streamId, times }] of history.entries()) {
              const events = times.map((timestampMs, at) => ({ timestampMs, message: `${streamId} ${index} ${at}` }));
              await archive.append({ groupId: group, streamId }, { ingestionMs: index, events });
              expected.push(...events);
            }
            const direction = back ? 'backward' : 'forward';
            const request: ReadRequest = { ...everything, direction, streamIds: ['s1', 's2', 's3'], maxEvents };
            const all = await readAll(archive, request);
            expect(messages(all).sort()).toEqual(messages(expected).sort());
            const sorted = [...all].sort(comparePositions);
            expect(all).toEqual(back ? sorted.reverse() : sorted);
          },
        ),
        { numRuns: 40 },
      );
    });

    test('a position stays good while events come', async () => {
      const { archive } = await fresh();
      const stream = { groupId: group, streamId: 's1' };
      await archive.append(stream, batch(1, [5, 'a'], [5, 'b']));
      const first = await read(archive, ['s1']);
      const after = lastOf(first.events);
      expect(await read(archive, ['s1'], { after })).toEqual({ events: [], more: false });
      await archive.append(stream, batch(2, [5, 'c'], [6, 'd']));
      expect(messages((await read(archive, ['s1'], { after })).events)).toEqual(['c', 'd']);
      const before = await read(archive, ['s1'], { after, direction: 'backward' });
      expect(messages(before.events)).toEqual(['a']);
    });

    test('deletes streams and groups', async () => {
      const { archive } = await fresh();
      for (const streamId of ['s1', 's2']) await archive.append({ groupId: group, streamId }, batch(1, [1, streamId]));
      await archive.deleteStream({ groupId: group, streamId: 's1' });
      expect(messages((await read(archive, ['s1', 's2'])).events)).toEqual(['s2']);
      await archive.append({ groupId: group, streamId: 's1' }, batch(2, [2, 'again']));
      expect(messages((await read(archive, ['s1'])).events)).toEqual(['again']);
      await archive.deleteGroup(group);
      expect(await read(archive, ['s1', 's2'])).toEqual({ events: [], more: false });
      expect(archive.groupIds()).toEqual([]);
    });

    test('expiry frees old streams and keeps what is younger', async () => {
      const { archive } = await fresh();
      await archive.append({ groupId: group, streamId: 'old' }, batch(1, [1, 'a'], [2, 'b']));
      await archive.append({ groupId: group, streamId: 'mixed' }, batch(1, [5, 'c'], [50, 'd']));
      await archive.expire(group, 50);
      expect((await read(archive, ['old'])).events).toEqual([]);
      expect(messages((await read(archive, ['mixed'], { startMs: 50 })).events)).toEqual(['d']);
      await archive.append({ groupId: group, streamId: 'old' }, batch(2, [60, 'e']));
      expect(messages((await read(archive, ['old'])).events)).toEqual(['e']);
    });

    test('appends at the same time keep their order within a stream', async () => {
      const { archive } = await fresh();
      const streams = ['s1', 's2', 's3', 's4', 's5', 's6'];
      const numbers = Array.from({ length: 50 }, (_, index) => index);
      await Promise.all(
        numbers.flatMap((number) =>
          streams.map((streamId) => archive.append({ groupId: group, streamId }, batch(1, [7, String(number)]))),
        ),
      );
      for (const streamId of streams) {
        expect(messages((await read(archive, [streamId])).events)).toEqual(numbers.map(String));
      }
    });

    test('holds the same after it was closed', async () => {
      const underTest = await fresh();
      const { archive } = underTest;
      if (underTest.reopen === undefined) return;
      await archive.append({ groupId: group, streamId: 's1' }, batch(1, [1, 'a'], [2, 'b']));
      const bytes = archive.groupBytes(group);
      const again = await underTest.reopen();
      expect(messages((await read(again, ['s1'])).events)).toEqual(['a', 'b']);
      expect(again.groupBytes(group)).toBe(bytes);
      await again.append({ groupId: group, streamId: 's1' }, batch(2, [2, 'c']));
      expect((await read(again, ['s1'])).events.map(({ sequence }) => sequence)).toEqual([0, 1, 2]);
    });
  });
}

const historyArbitrary = fc.array(
  fc.record({
    streamId: fc.constantFrom('s1', 's2', 's3'),
    times: fc
      .array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 6 })
      .map((times) => times.sort((a, b) => a - b)),
  }),
  { maxLength: 12 },
);
