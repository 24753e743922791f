import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { places } from './data-directory.ts';
import { holdingProcess, readHolder, startTicksIn } from './process-file.ts';

const stat = (name: string, state: string): string =>
  `4242 (${name}) ${state} 1 4242 4242 0 -1 4194560 9 0 0 0 1 2 0 0 20 0 11 0 987654 1000 200`;

describe('startTicksIn', () => {
  test('reads the start time whatever the program calls itself', () => {
    expect(startTicksIn(stat('node', 'S'))).toBe('987654');
    expect(startTicksIn(stat('a) S (b c', 'R'))).toBe('987654');
  });

  test('takes a process that has ended and was not waited for as gone', () => {
    expect(startTicksIn(stat('node', 'Z'))).toBeUndefined();
  });
});

describe('readHolder', () => {
  test('takes what writeProcessFile writes and nothing else', () => {
    const holder = { pid: 42, startTicks: '987', url: 'http://127.0.0.1:4566' };
    expect(readHolder(JSON.stringify(holder))).toEqual(holder);
    for (const text of [
      '',
      '42\n',
      'null',
      '{"pid":1,"startTicks":"1","url":""}',
      '{"pid":"42","startTicks":"1","url":""}',
    ])
      expect(readHolder(text)).toBeUndefined();
  });
});

describe('holdingProcess', () => {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'longshore-test-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  test('is nobody without a file, and for a process that started at another time', () => {
    expect(holdingProcess(directory)).toBeUndefined();
    // This very process lives, but it is another life than the file's.
    writeFileSync(places.process(directory), JSON.stringify({ pid: process.pid, startTicks: '1', url: 'http://x' }));
    expect(holdingProcess(directory)).toBeUndefined();
  });
});
