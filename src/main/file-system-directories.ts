import { lstat, mkdir, opendir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Turns, type Clock } from '../kernel/index.ts';
import type { FileSystemDirectories, MeteredSize } from '../services/efs/index.ts';

/** Entries of a file system that are looked at to know its size; what is beyond is not counted. */
const maxEntries = 10_000;
/** A size is measured again after this time. AWS's is up to a few hours old. */
const meterAgainMs = 30_000;
/** What AWS shows of an empty file system. */
const emptyBytes = 6_144;
/** Anybody may come in: owners and permissions of what is inside decide, and nobody but root reaches the directory from outside. */
const openMode = 0o755;

/** How long an answer waits for a size; what is measured longer is there for a later one. */
const meterWithinMs = 2_000;

/**
 * File systems as directories `ACCOUNT/FILE-SYSTEM` below one, which only the owner can enter. They are measured one after the other: a call that a
 * server over the network does not answer keeps one of Node's four threads for files.
 */
export function fileSystemDirectories(root: string, clock: Clock, bytesIn = measure): FileSystemDirectories {
  const sizes = new Map<string, MeteredSize>();
  const measuring = new Map<string, Promise<MeteredSize>>();
  const turns = new Turns();

  async function meter(key: string): Promise<MeteredSize> {
    try {
      const measured = { bytes: await turns.take('', () => bytesIn(join(root, key))), atMs: clock.nowMs() };
      // Unless it was removed meanwhile.
      if (measuring.has(key)) sizes.set(key, measured);
      return measured;
    } finally {
      measuring.delete(key);
    }
  }

  return {
    async make(account, fileSystemId) {
      await mkdir(join(root, account), { recursive: true, mode: 0o700 });
      await mkdir(join(root, account, fileSystemId), { mode: openMode });
    },
    async remove(account, fileSystemId) {
      sizes.delete(`${account}/${fileSystemId}`);
      measuring.delete(`${account}/${fileSystemId}`);
      const removed = join(root, account, `${fileSystemId}.removed`);
      // Out of the way at once; taking it apart may take long, and is finished by the next try.
      await rename(join(root, account, fileSystemId), removed).catch(ignoreMissing);
      await rm(removed, { recursive: true, force: true });
    },
    async size(account, fileSystemId) {
      const key = `${account}/${fileSystemId}`;
      const known = sizes.get(key);
      if (known !== undefined && clock.nowMs() < known.atMs + meterAgainMs) return known;
      const now = measuring.get(key) ?? meter(key);
      measuring.set(key, now);
      return orAfterAWhile(clock, now, known ?? { bytes: emptyBytes, atMs: clock.nowMs() });
    },
  };
}

function orAfterAWhile(clock: Clock, measured: Promise<MeteredSize>, otherwise: MeteredSize): Promise<MeteredSize> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(meterWithinMs, () => resolve(otherwise));
    measured.then(resolve, reject).finally(cancel);
  });
}

async function measure(root: string): Promise<number> {
  let bytes = emptyBytes;
  let left = maxEntries;
  const waiting = [root];
  for (let path = waiting.pop(); path !== undefined && left > 0; path = waiting.pop()) {
    // Entry by entry: one directory may hold millions.
    const entries = await opendir(path).catch(() => undefined); // gone, or nobody may look
    if (entries === undefined) continue;
    for await (const entry of entries) {
      const inside = join(path, entry.name);
      if (entry.isDirectory()) waiting.push(inside);
      else bytes += await bytesOf(inside);
      left -= 1;
      if (left === 0) break;
    }
  }
  return bytes;
}

async function bytesOf(path: string): Promise<number> {
  return lstat(path).then(
    ({ blocks }) => blocks * 512,
    () => 0, // gone meanwhile
  );
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
