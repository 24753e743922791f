import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog, toBytes, toText, Unavailable } from '../../kernel/index.ts';
import { openEmbeddedStore } from './index.ts';

/** A file system of 24 MB; mounting it needs root. */
let mount: string;

beforeEach(() => {
  mount = mkdtempSync(join(tmpdir(), 'longshore-full-'));
  const mounted = spawnSync('/usr/bin/mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', mount], { encoding: 'utf8' });
  if (mounted.status !== 0) throw new Error(`this test mounts a small file system, as root: ${mounted.stderr}`);
});

afterEach(() => {
  spawnSync('/usr/bin/umount', ['--lazy', mount]);
  rmSync(mount, { recursive: true });
});

test('a full disk refuses writes clearly, loses nothing acknowledged, and writes go on when there is space', async () => {
  const directory = join(mount, 'store');
  const failures: Error[] = [];
  const open = () => openEmbeddedStore({ directory, log: silentLog, onFailure: (error) => void failures.push(error) });
  let store = await open();
  const acknowledged = new Map<string, string>();
  const write = async (key: string, text: string): Promise<void> => {
    await store.transact([], [{ put: key, value: toBytes(text.padEnd(100_000)) }]);
    acknowledged.set(key, text);
  };
  await write('/first', 'first');
  const filler = join(mount, 'filler');
  const { bavail, bsize } = statfsSync(mount);
  writeFileSync(filler, new Uint8Array(bavail * bsize - 2_000_000));

  let refused = 0;
  for (let round = 0; round < 20; round += 1) {
    const writes = Array.from({ length: 10 }, (_, at) => write(`/k${at}`, `${round}`));
    for (const result of await Promise.allSettled(writes)) {
      if (result.status === 'fulfilled') continue;
      refused += 1;
      expect(result.reason).toBeInstanceOf(Unavailable);
      expect(String(result.reason)).toContain('the disk is full, nothing was written');
    }
  }
  expect(refused).toBeGreaterThan(10);
  expect(failures).toEqual([]);
  // Reads go on, and show what was acknowledged.
  const check = async (): Promise<void> => {
    const found = new Map<string, string>();
    for await (const page of store.list('')) {
      for (const entry of page.entries) found.set(entry.key, toText(entry.value).trimEnd());
    }
    expect(found).toEqual(acknowledged);
  };
  await check();

  truncateSync(filler, 0);
  await write('/after', 'after');
  await write('/k1', 'after');
  await check();
  await store.close();
  store = await open();
  await check();
  await store.close();
});

test('a disk that is full when the store is opened is said so, and the store opens when there is space', async () => {
  const directory = join(mount, 'store');
  const filler = join(mount, 'filler');
  const { bavail, bsize } = statfsSync(mount);
  writeFileSync(filler, new Uint8Array(bavail * bsize));
  await expect(openEmbeddedStore({ directory, log: silentLog })).rejects.toThrow(Unavailable);
  rmSync(filler);
  const store = await openEmbeddedStore({ directory, log: silentLog });
  expect((await store.transact([], [{ put: '/k', value: toBytes('v') }])).ok).toBe(true);
  await store.close();
});
