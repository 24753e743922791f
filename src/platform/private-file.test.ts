import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { privateDirectory } from './private-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ls-private-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('a directory is made with its parents, for the owner only; again is harmless', () => {
  const path = join(folder, 'a/b/c');
  expect(privateDirectory(path)).toBe(path);
  expect(privateDirectory(path)).toBe(path);
  for (const made of [path, join(folder, 'a')]) expect(statSync(made).mode & 0o777).toBe(0o700);
});

test('a file in its place is an error', () => {
  writeFileSync(join(folder, 'taken'), '');
  expect(() => privateDirectory(join(folder, 'taken'))).toThrow('EEXIST');
  expect(() => privateDirectory(join(folder, 'taken/below'))).toThrow('ENOTDIR');
});

test.runIf(process.platform === 'linux').each(['/proc/foo', '/proc/foo/bar'])(
  '%s cannot be made: an error, not a hang',
  (path) => {
    expect(() => privateDirectory(path)).toThrow(/ENOENT|EACCES|EPERM/);
  },
);
