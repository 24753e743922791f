import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog, toBytes, Unavailable, Unsupported } from '../../kernel/index.ts';
import type { Store } from '../store.ts';
import { openEmbeddedStore } from './index.ts';

let parent: string;
let directory: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'longshore-store-'));
  directory = join(parent, 'data', 'store');
});

afterEach(() => rmSync(parent, { recursive: true }));

async function open(): Promise<Store> {
  return await openEmbeddedStore({ directory, log: silentLog });
}

test('what it makes is readable by this user alone', async () => {
  const store = await open();
  await store.transact([], [{ put: '/k', value: toBytes('v') }]);
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  for (const name of ['journal.db', 'journal.db-wal', 'journal.db-shm', 'lock']) {
    expect([name, statSync(join(directory, name)).mode & 0o777]).toEqual([name, 0o600]);
  }
  await store.close();
});

test('a second store on the directory is refused, in this process and in another, until the first is closed', async () => {
  const store = await open();
  const refused = open();
  await expect(refused).rejects.toThrow(Unavailable);
  await expect(refused).rejects.toThrow(`${directory} is in use`);
  await store.transact([], [{ put: '/k', value: toBytes('v') }]);
  // The refused one must not have dropped the lock of the first on its way out.
  expect(lockFromAnotherProcess()).toBe('SQLITE_BUSY');
  await expect(open()).rejects.toThrow(Unavailable);
  await store.close();
  expect(lockFromAnotherProcess()).toBe('free');
  const again = await open();
  expect(again.revision).toBe(1);
  await again.close();
});

function lockFromAnotherProcess(): string {
  const libsql = createRequire(import.meta.url).resolve('libsql');
  const script = `const D = require(${JSON.stringify(libsql)}); let found = 'free';
    try { new D(${JSON.stringify(join(directory, 'lock'))}).exec('BEGIN EXCLUSIVE'); } catch (e) { found = e.code; }
    console.log(found);`;
  return spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' }).stdout.trim();
}

test('a directory that cannot be made names itself in the error', async () => {
  writeFileSync(join(parent, 'data'), '');
  await expect(open()).rejects.toThrow(`the data directory ${directory} cannot be used: ENOTDIR`);
});

test('a file that is no database is refused and left alone', async () => {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'journal.db'), 'something else, long enough to be looked at as a header'.repeat(10));
  const before = statSync(join(directory, 'journal.db')).size;
  await expect(open()).rejects.toThrow(`the store in ${directory} cannot be opened: file is not a database`);
  expect(statSync(join(directory, 'journal.db')).size).toBe(before);
});

test('a database of something else is refused', async () => {
  mkdirSync(directory, { recursive: true });
  const other = new Database(join(directory, 'journal.db'));
  other.exec('CREATE TABLE theirs (a)');
  other.close();
  const refused = open();
  await expect(refused).rejects.toThrow(Unsupported);
  await expect(refused).rejects.toThrow('not a store of Longshore');
});

test('a store of a newer Longshore is refused and named', async () => {
  await (await open()).close();
  const newer = new Database(join(directory, 'journal.db'));
  newer.exec('PRAGMA user_version = 2');
  newer.close();
  await expect(open()).rejects.toThrow('it has schema version 2; this Longshore reads version 1');
});

test('a store whose making was cut short is made anew', async () => {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'journal.db'), '');
  const store = await open();
  expect((await store.transact([], [{ put: '/k', value: toBytes('v') }])).revision).toBe(1);
  await store.close();
});

test('revisions go on after a restart, also when the last ones were deletes', async () => {
  const store = await open();
  for (let at = 0; at < 5; at += 1) await store.transact([], [{ put: `/${at}`, value: toBytes('v') }]);
  for (let at = 0; at < 5; at += 1) await store.transact([], [{ delete: `/${at}` }]);
  await store.close();
  const again = await open();
  expect(again.revision).toBe(10);
  expect(await again.transact([{ key: '/0', modRevision: 0 }], [{ put: '/0', value: toBytes('v') }])).toEqual({
    ok: true,
    revision: 11,
  });
  await again.close();
});

test('a directory that was there keeps its mode', async () => {
  mkdirSync(directory, { recursive: true });
  chmodSync(directory, 0o750);
  await (await open()).close();
  expect(statSync(directory).mode & 0o777).toBe(0o750);
  expect(existsSync(join(directory, 'journal.db'))).toBe(true);
});
