import { afterEach, describe, expect, test } from 'vitest';
import { MemoryStore } from '../../store/index.ts';
import { countingIds, logsFixture, ManualClock, settle } from './contract/fixture.ts';
import type { LogsFixture } from './contract/fixture.ts';
import { MemoryArchive } from './index.ts';

const group = '/ecs/web';
const stream = 'ecs/web/0123';
const names = { logGroupName: group, logStreamName: stream };

async function withStream(): Promise<LogsFixture> {
  const fixture = await logsFixture();
  await fixture.call('CreateLogGroup', { logGroupName: group });
  await fixture.call('CreateLogStream', names);
  return fixture;
}

/** Puts messages a millisecond apart, the last one `ageMs` ago. */
async function put({ call, clock }: LogsFixture, messages: readonly string[], ageMs = 0, logStreamName = stream) {
  const startMs = clock.nowMs() - ageMs - messages.length + 1;
  const logEvents = messages.map((message, index) => ({ timestamp: startMs + index, message }));
  return call('PutLogEvents', { logGroupName: group, logStreamName, logEvents });
}

function messagesOf(output: { events?: readonly { message?: string | undefined }[] | undefined }) {
  return output.events?.map(({ message }) => message).join('');
}

describe('streams', () => {
  test('are made once, in a group that exists', async () => {
    const { call, clock } = await withStream();
    await expect(call('CreateLogStream', names)).rejects.toMatchObject({
      code: 'ResourceAlreadyExistsException',
      message: 'The specified log stream already exists',
    });
    await expect(call('CreateLogStream', { ...names, logGroupName: 'x' })).rejects.toThrow(
      'The specified log group does not exist.',
    );
    await expect(call('CreateLogStream', { ...names, logStreamName: '\ud800' })).rejects.toMatchObject({
      code: 'InvalidParameterException',
    });
    const described = await call('DescribeLogStreams', { logGroupName: group });
    expect(described).toMatchObject({
      logStreams: [
        {
          logStreamName: stream,
          creationTime: clock.nowMs(),
          arn: `arn:aws:logs:us-east-1:123456789012:log-group:${group}:log-stream:${stream}`,
          storedBytes: 0,
        },
      ],
    });
    expect(described.logStreams?.[0]?.lastEventTimestamp).toBeUndefined();
  });

  test('are described by name, prefix and last event, with pages both ways', async () => {
    const fixture = await withStream();
    const { call, clock } = fixture;
    for (const name of ['b1', 'b2', 'b3', 'c'])
      await call('CreateLogStream', { logGroupName: group, logStreamName: name });
    await put(fixture, ['x'], 1_000, 'b3');
    await put(fixture, ['x'], 9_000, 'c');
    await clock.pass(10_000);
    const list = async (input: object) =>
      (await call('DescribeLogStreams', { logGroupName: group, ...input })).logStreams?.map(
        ({ logStreamName }) => logStreamName,
      );
    expect(await list({})).toEqual(['b1', 'b2', 'b3', 'c', stream]);
    expect(await list({ descending: true })).toEqual([stream, 'c', 'b3', 'b2', 'b1']);
    expect(await list({ logStreamNamePrefix: 'b' })).toEqual(['b1', 'b2', 'b3']);
    expect(await list({ logStreamNamePrefix: 'b', descending: true })).toEqual(['b3', 'b2', 'b1']);
    expect(await list({ orderBy: 'LastEventTime', descending: true, limit: 2 })).toEqual(['b3', 'c']);
    await expect(list({ orderBy: 'LastEventTime', logStreamNamePrefix: 'b' })).rejects.toThrow(
      'Cannot order by LastEventTime with a logStreamNamePrefix.',
    );
    for (const descending of [false, true]) {
      const all: (string | undefined)[] = [];
      let nextToken: string | undefined;
      do {
        const page = await call('DescribeLogStreams', { logGroupName: group, descending, limit: 2, nextToken });
        all.push(...(page.logStreams ?? []).map(({ logStreamName }) => logStreamName));
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
      expect(all).toEqual(await list({ descending }));
    }
  });

  test('a deleted stream loses its events and can be made again', async () => {
    const fixture = await withStream();
    await put(fixture, ['old']);
    await fixture.call('DeleteLogStream', names);
    await expect(fixture.call('GetLogEvents', names)).rejects.toThrow('The specified log stream does not exist.');
    await fixture.call('CreateLogStream', names);
    expect(await fixture.call('GetLogEvents', names)).toMatchObject({ events: [] });
    await put(fixture, ['new']);
    expect(messagesOf(await fixture.call('GetLogEvents', names))).toBe('new');
  });

  test('a group made again under its name starts empty, however many streams it had', async () => {
    const fixture = await withStream();
    for (let index = 0; index < 250; index += 1)
      await fixture.call('CreateLogStream', { logGroupName: group, logStreamName: `s${index}` });
    await put(fixture, ['old']);
    await fixture.call('DeleteLogGroup', { logGroupName: group });
    await fixture.call('CreateLogGroup', { logGroupName: group });
    expect(await fixture.call('DescribeLogStreams', { logGroupName: group })).toEqual({ logStreams: [] });
    expect(fixture.archive.groupIds()).toEqual([]);
  });
});

describe('PutLogEvents', () => {
  const now = new ManualClock().nowMs();
  const hour = 3_600_000;
  const day = 24 * hour;
  const at = (...offsets: readonly number[]) => offsets.map((offset) => ({ timestamp: now + offset, message: 'm' }));

  test.each([
    { name: 'everything', logEvents: at(-hour, 0, 2 * hour), rejected: undefined, stored: 3 },
    { name: 'too new', logEvents: at(0, 2 * hour, 2 * hour + 1), rejected: { tooNewLogEventStartIndex: 2 }, stored: 2 },
    { name: 'too old', logEvents: at(-14 * day - 1, -14 * day), rejected: { tooOldLogEventEndIndex: 1 }, stored: 1 },
    {
      name: 'both, and the span counts only the valid',
      logEvents: at(-15 * day, -1, 3 * hour),
      rejected: { tooOldLogEventEndIndex: 1, tooNewLogEventStartIndex: 2 },
      stored: 1,
    },
    { name: 'all of them', logEvents: at(-20 * day), rejected: { tooOldLogEventEndIndex: 1 }, stored: 0 },
    { name: 'a day exactly', logEvents: at(-day, 0), rejected: undefined, stored: 2 },
  ])('stores what is in time: $name', async ({ logEvents, rejected, stored }) => {
    const { call } = await withStream();
    const output = await call('PutLogEvents', { ...names, logEvents });
    expect(output.rejectedLogEventsInfo).toEqual(rejected);
    expect(output.nextSequenceToken).toMatch(/^\d{56}$/);
    expect((await call('GetLogEvents', names)).events?.length).toBe(stored);
  });

  test('events older than the retention are expired', async () => {
    const { call } = await withStream();
    await call('PutRetentionPolicy', { logGroupName: group, retentionInDays: 1 });
    const output = await call('PutLogEvents', { ...names, logEvents: at(-14 * day - 5, -day - 1, -day + 1) });
    expect(output.rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 1, expiredLogEventEndIndex: 2 });
    expect((await call('GetLogEvents', names)).events?.length).toBe(1);
  });

  test.each([
    {
      name: 'out of order',
      logEvents: at(0, -1),
      message: 'Log events in a single PutLogEvents request must be in chronological order.',
    },
    {
      name: 'more than a day',
      logEvents: at(-day - 1, 0),
      message: 'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.',
    },
    {
      name: 'too large, counting 26 bytes an event and UTF-8',
      logEvents: [{ timestamp: now, message: 'é'.repeat(524_288 - 12) }],
      message: 'Upload too large: 1048578 bytes exceeds limit of 1048576',
    },
  ])('refuses the whole batch: $name', async ({ logEvents, message }) => {
    const { call } = await withStream();
    await expect(call('PutLogEvents', { ...names, logEvents })).rejects.toMatchObject({
      code: 'InvalidParameterException',
      message,
    });
    expect((await call('GetLogEvents', names)).events).toEqual([]);
  });

  test('the largest batch is stored, and any sequence token taken', async () => {
    const { call } = await withStream();
    const logEvents = [{ timestamp: now, message: 'é'.repeat(524_288 - 13) }];
    await call('PutLogEvents', { ...names, logEvents, sequenceToken: 'whatever' });
    expect((await call('GetLogEvents', names)).events?.[0]?.message?.length).toBe(524_275);
  });

  test('a group or stream that does not exist', async () => {
    const { call } = await withStream();
    const logEvents = at(0);
    await expect(call('PutLogEvents', { ...names, logStreamName: 'x', logEvents })).rejects.toThrow(
      'The specified log stream does not exist.',
    );
    await expect(call('PutLogEvents', { ...names, logGroupName: 'x', logEvents })).rejects.toThrow(
      'The specified log group does not exist.',
    );
  });

  test('an archive that is full says so', async () => {
    const fixture = await logsFixture({ archive: new MemoryArchive({ maxBytes: 100 }) });
    await fixture.call('CreateLogGroup', { logGroupName: group });
    await fixture.call('CreateLogStream', names);
    await put(fixture, ['x'.repeat(70)]);
    await expect(put(fixture, ['x'])).rejects.toMatchObject({ code: 'ServiceUnavailableException' });
  });

  test('a stream deleted while its events are being stored keeps none of them', async () => {
    class SlowArchive extends MemoryArchive {
      release: () => void = () => undefined;
      override async append(...args: Parameters<MemoryArchive['append']>): Promise<void> {
        await new Promise<void>((resolve) => (this.release = resolve));
        await super.append(...args);
      }
    }
    const archive = new SlowArchive();
    const fixture = await logsFixture({ archive });
    await fixture.call('CreateLogGroup', { logGroupName: group });
    await fixture.call('CreateLogStream', names);
    const putting = put(fixture, ['late']);
    await settle();
    await fixture.call('DeleteLogStream', names);
    archive.release();
    await expect(putting).rejects.toThrow('The specified log stream does not exist.');
    expect(await archive.streamIds(archive.groupIds()[0] ?? '')).toEqual([]);
  });
});

describe('GetLogEvents', () => {
  test('pages from the head until the token repeats, and goes on when more comes', async () => {
    const fixture = await withStream();
    const { call } = fixture;
    await put(fixture, 'abcde'.split(''));
    const first = await call('GetLogEvents', { ...names, startFromHead: true, limit: 2 });
    expect(messagesOf(first)).toBe('ab');
    const second = await call('GetLogEvents', {
      ...names,
      startFromHead: true,
      limit: 3,
      nextToken: first.nextForwardToken,
    });
    expect(messagesOf(second)).toBe('cde');
    const third = await call('GetLogEvents', { ...names, startFromHead: true, nextToken: second.nextForwardToken });
    expect(third).toMatchObject({ events: [], nextForwardToken: second.nextForwardToken });
    await put(fixture, ['f']);
    const fourth = await call('GetLogEvents', { ...names, startFromHead: true, nextToken: third.nextForwardToken });
    expect(messagesOf(fourth)).toBe('f');
    const back = await call('GetLogEvents', { ...names, nextToken: third.nextBackwardToken });
    expect(messagesOf(back)).toBe('abcde');
  });

  test('from the tail: the last page first, each page oldest first, back to the start', async () => {
    const fixture = await withStream();
    await put(fixture, 'abcde'.split(''));
    const last = await fixture.call('GetLogEvents', { ...names, limit: 2 });
    expect(messagesOf(last)).toBe('de');
    const before = await fixture.call('GetLogEvents', { ...names, limit: 2, nextToken: last.nextBackwardToken });
    expect(messagesOf(before)).toBe('bc');
    const first = await fixture.call('GetLogEvents', { ...names, limit: 2, nextToken: before.nextBackwardToken });
    expect(messagesOf(first)).toBe('a');
    const end = await fixture.call('GetLogEvents', { ...names, limit: 2, nextToken: first.nextBackwardToken });
    expect(end).toMatchObject({ events: [], nextBackwardToken: first.nextBackwardToken });
    const again = await fixture.call('GetLogEvents', { ...names, nextToken: last.nextForwardToken });
    expect(again).toMatchObject({ events: [], nextForwardToken: last.nextForwardToken });
  });

  test('an empty stream’s token leads to its first event', async () => {
    const fixture = await withStream();
    for (const startFromHead of [true, false]) {
      const empty = await fixture.call('GetLogEvents', { ...names, startFromHead });
      expect(empty).toMatchObject({ events: [], nextForwardToken: expect.stringMatching(/^f\/\d{56}\/s$/) });
      if (startFromHead) continue;
      await put(fixture, ['a']);
      expect(messagesOf(await fixture.call('GetLogEvents', { ...names, nextToken: empty.nextForwardToken }))).toBe('a');
    }
  });

  test('the range is from startTime to before endTime, within the retention', async () => {
    const fixture = await withStream();
    const { call, clock } = fixture;
    await put(fixture, 'abcde'.split(''));
    const lastMs = clock.nowMs();
    const range = { startTime: lastMs - 3, endTime: lastMs };
    expect(messagesOf(await call('GetLogEvents', { ...names, ...range }))).toBe('bcd');
    await call('PutRetentionPolicy', { logGroupName: group, retentionInDays: 1 });
    await clock.pass(24 * 3_600_000 - 1);
    expect(messagesOf(await call('GetLogEvents', names))).toBe('de');
  });

  test.each([
    ['both name and identifier', { logGroupIdentifier: group }, 'You must specify either'],
    ['a token of nothing', { nextToken: 'x' }, 'The specified nextToken is invalid.'],
    [
      'a token of another stream',
      { nextToken: `f/${'390000'.padEnd(56, '1')}/s` },
      'The specified nextToken is invalid.',
    ],
  ])('refuses %s', async (_name, input, message) => {
    const { call } = await withStream();
    await expect(call('GetLogEvents', { ...names, ...input })).rejects.toThrow(message);
  });

  test('takes the group by ARN', async () => {
    const fixture = await withStream();
    await put(fixture, ['a']);
    const logGroupIdentifier = `arn:aws:logs:us-east-1:123456789012:log-group:${group}:*`;
    expect(messagesOf(await fixture.call('GetLogEvents', { logStreamName: stream, logGroupIdentifier }))).toBe('a');
  });
});

describe('FilterLogEvents', () => {
  async function withStreams(): Promise<LogsFixture> {
    const fixture = await withStream();
    for (const name of ['other/1', 'other/2'])
      await fixture.call('CreateLogStream', { logGroupName: group, logStreamName: name });
    await put(fixture, ['ERROR a', 'ok b'], 100);
    await put(fixture, ['ERROR c'], 50, 'other/1');
    await put(fixture, ['ERROR d'], 10);
    await put(fixture, ['ok e', 'ERROR f'], 0, 'other/2');
    return fixture;
  }

  test.each([
    ['everything, in order of time', {}, 'ERROR aok bERROR cERROR dok eERROR f'],
    ['a pattern', { filterPattern: 'ERROR -d' }, 'ERROR aERROR cERROR f'],
    ['streams by name', { logStreamNames: [stream, 'other/1'] }, 'ERROR aok bERROR cERROR d'],
    ['streams by prefix', { logStreamNamePrefix: 'other/', interleaved: true }, 'ERROR cok eERROR f'],
  ])('finds %s', async (_name, input, expected) => {
    const { call } = await withStreams();
    const output = await call('FilterLogEvents', { logGroupName: group, ...input });
    expect(messagesOf(output)).toBe(expected);
    expect(output).toMatchObject({ searchedLogStreams: [] });
    expect(output.nextToken).toBeUndefined();
  });

  test('the end time belongs to the range, and event ids differ', async () => {
    const { call, clock } = await withStreams();
    const endTime = clock.nowMs() - 50;
    const output = await call('FilterLogEvents', { logGroupName: group, endTime, startTime: endTime });
    expect(output.events).toEqual([
      {
        logStreamName: 'other/1',
        timestamp: endTime,
        ingestionTime: clock.nowMs(),
        message: 'ERROR c',
        eventId: expect.stringMatching(/^\d{56}$/),
      },
    ]);
    const all = (await call('FilterLogEvents', { logGroupName: group })).events ?? [];
    expect(new Set(all.map(({ eventId }) => eventId)).size).toBe(6);
  });

  test.each([true, false])('pages (from the head: %s)', async (startFromHead) => {
    const { call, clock } = await withStreams();
    const found: string[] = [];
    let nextToken: string | undefined;
    let pages = 0;
    do {
      const input = {
        logGroupName: group,
        limit: 2,
        filterPattern: 'ERROR',
        startFromHead,
        startTime: clock.nowMs() - 1_000,
      };
      const page = await call('FilterLogEvents', { ...input, nextToken });
      found.push(...(page.events ?? []).map(({ message = '' }) => message.slice(-1)));
      nextToken = page.nextToken;
      pages += 1;
    } while (nextToken !== undefined && pages < 10);
    expect(found.join('')).toBe(startFromHead ? 'acdf' : 'fdca');
    expect(pages).toBe(2);
  });

  test('streams found through a server’s restart, whether it ended well or not', async () => {
    for (const graceful of [true, false]) {
      const store = new MemoryStore();
      const archive = new MemoryArchive();
      const clock = new ManualClock();
      const first = await logsFixture({ store, archive, clock });
      await first.call('CreateLogGroup', { logGroupName: group });
      await first.call('CreateLogStream', names);
      await put(first, ['before']);
      if (graceful) await first.service.close();
      const second = await logsFixture({ store, archive, clock, ids: countingIds(1_000) });
      const startTime = clock.nowMs() - 10;
      expect(messagesOf(await second.call('FilterLogEvents', { logGroupName: group, startTime }))).toBe('before');
      await clock.pass(5_000);
      expect(await second.call('DescribeLogStreams', { logGroupName: group })).toMatchObject({
        logStreams: [{ lastEventTimestamp: startTime + 10, firstEventTimestamp: startTime + 10 }],
      });
      expect(messagesOf(await second.call('FilterLogEvents', { logGroupName: group, startTime }))).toBe('before');
      expect(messagesOf(await second.call('FilterLogEvents', { logGroupName: group, startTime: startTime + 20 }))).toBe(
        '',
      );
    }
  });

  test('a stream that became quiet is found by its last event, and wakes again', async () => {
    const fixture = await withStream();
    const { call, clock } = fixture;
    const startTime = clock.nowMs();
    await put(fixture, ['a']);
    await clock.pass(5 * 60_000);
    expect(messagesOf(await call('FilterLogEvents', { logGroupName: group, startTime }))).toBe('a');
    await put(fixture, ['b']);
    const since = clock.nowMs();
    expect(messagesOf(await call('FilterLogEvents', { logGroupName: group, startTime: since }))).toBe('b');
  });

  test.each([
    [{ filterPattern: '{ $.a' }, "If a filter pattern starts with '{' it must end with '}'"],
    [{ logStreamNames: [stream], logStreamNamePrefix: 'a' }, 'mutually exclusive'],
    [{ logStreamNames: ['none'] }, 'The specified log stream does not exist.'],
    [{ nextToken: 'x/1' }, 'The specified nextToken is invalid.'],
    [{ startFromHead: false }, 'Jan 1, 2024'],
  ])('refuses %j', async (input, message) => {
    const { call } = await withStream();
    await expect(call('FilterLogEvents', { logGroupName: group, ...input })).rejects.toThrow(message);
  });

  test('a costly pattern over much text ends with a token instead of going on for long', async () => {
    const fixture = await withStream();
    for (let round = 0; round < 12; round += 1)
      await put(
        fixture,
        Array.from({ length: 100 }, () => 'a'.repeat(5_000)),
      );
    const filterPattern = `%${'a*'.repeat(200)}b%`;
    const output = await fixture.call('FilterLogEvents', { logGroupName: group, filterPattern });
    expect(output.events).toEqual([]);
    expect(output.nextToken).toBeDefined();
  });
});

describe('StartLiveTail', () => {
  const opened: AsyncIterator<unknown>[] = [];
  afterEach(async () => {
    for (const session of opened.splice(0)) void session.return?.();
  });

  async function tail(fixture: LogsFixture, input: object = {}) {
    const identifier = `arn:aws:logs:us-east-1:123456789012:log-group:${group}`;
    const { responseStream } = await fixture.call('StartLiveTail', { logGroupIdentifiers: [identifier], ...input });
    if (responseStream === undefined) throw new Error('no response stream');
    const session = responseStream[Symbol.asyncIterator]();
    opened.push(session);
    const start = await session.next();
    const update = async (ms = 1_000) => {
      const next = session.next();
      await fixture.clock.pass(ms);
      return (await next).value;
    };
    return { session, start: start.value, update };
  }

  test('says what it does, then what comes', async () => {
    const fixture = await withStream();
    const { start, update } = await tail(fixture, { logEventFilterPattern: 'ERROR' });
    expect(start).toMatchObject({ sessionStart: { logEventFilterPattern: 'ERROR', logStreamNames: [] } });
    await put(fixture, ['before the update ERROR', 'ok']);
    expect(await update()).toMatchObject({
      sessionUpdate: {
        sessionMetadata: { sampled: false },
        sessionResults: [
          { message: 'before the update ERROR', logGroupIdentifier: `123456789012:${group}`, logStreamName: stream },
        ],
      },
    });
    expect(await update()).toMatchObject({ sessionUpdate: { sessionResults: [] } });
  });

  test('holds at most 500 events of an update and says so', async () => {
    const fixture = await withStream();
    const { update } = await tail(fixture, { logStreamNamePrefixes: ['ecs/'] });
    await put(
      fixture,
      Array.from({ length: 501 }, () => 'x'),
    );
    const value = await update();
    expect(value).toMatchObject({ sessionUpdate: { sessionMetadata: { sampled: true } } });
    expect(value?.sessionUpdate?.sessionResults?.length).toBe(500);
  });

  test('sees only the streams that are asked for', async () => {
    const fixture = await withStream();
    const { update } = await tail(fixture, { logStreamNames: ['other'] });
    await put(fixture, ['x']);
    expect(await update()).toMatchObject({ sessionUpdate: { sessionResults: [] } });
  });

  test('fifteen sessions at most; one that ends makes room; three hours at most', async () => {
    const fixture = await withStream();
    const first = await tail(fixture);
    for (let index = 1; index < 15; index += 1) await tail(fixture);
    await expect(tail(fixture)).rejects.toMatchObject({ code: 'LimitExceededException' });
    await first.session.return?.();
    const last = await tail(fixture);
    await last.update(3 * 3_600_000);
    expect(await last.update()).toMatchObject({ SessionTimeoutException: { message: expect.any(String) } });
    expect(await last.session.next()).toMatchObject({ done: true });
  });

  test.each([
    [{ logGroupIdentifiers: ['none'] }, 'The specified log group does not exist.'],
    [{ logGroupIdentifiers: [group], logStreamNames: ['a'], logStreamNamePrefixes: ['b'] }, 'mutually exclusive'],
    [{ logGroupIdentifiers: [group, 'b'], logStreamNames: ['a'] }, 'exactly one log group'],
    [{ logGroupIdentifiers: [group], logEventFilterPattern: '""' }, 'Invalid character(s) in term'],
  ])('refuses %j', async (input, message) => {
    const fixture = await withStream();
    await expect(fixture.call('StartLiveTail', input)).rejects.toThrow(message);
  });
});

test('maintenance frees what a crash left of deleted groups, and expired events', async () => {
  const fixture = await withStream();
  const { archive, call, clock } = fixture;
  await put(fixture, ['a']);
  await archive.append(
    { groupId: 'gone', streamId: 's' },
    { ingestionMs: 1, events: [{ timestampMs: 1, message: 'x' }] },
  );
  const groupId = archive.groupIds()[0] ?? '';
  await archive.append({ groupId, streamId: 'gone' }, { ingestionMs: 1, events: [{ timestampMs: 1, message: 'x' }] });
  await call('PutRetentionPolicy', { logGroupName: group, retentionInDays: 1 });
  await clock.pass(60_000);
  expect(archive.groupIds()).toEqual([groupId]);
  expect(await archive.streamIds(groupId)).toHaveLength(1);
  expect(archive.groupBytes(groupId)).toBeGreaterThan(0);
  await clock.pass(25 * 3_600_000);
  expect(archive.groupBytes(groupId)).toBe(0);
});
