import { lstat, mkdir, opendir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../kernel/index.ts';
import type { FileSystemDirectories, MeteredSize } from '../services/efs/index.ts';

/** Entries of a file system that are looked at to know its size; what is beyond is not counted. */
const maxEntries = 10_000;
/** A size is measured again after this time. AWS's is up to a few hours old. */
const meterAgainMs = 30_000;
/** What AWS shows of an empty file system. */
const emptyBytes = 6_144;
/** Anybody may come in: owners and permissions of what is inside decide, and nobody but root reaches the directory from outside. */
const openMode = 0o755;

/** File systems as directories `ACCOUNT/FILE-SYSTEM` below one, which only the owner can enter. */
export function fileSystemDirectories(root: string, clock: Clock): FileSystemDirectories {
  const sizes = new Map<string, MeteredSize>();
  return {
    async make(account, fileSystemId) {
      await mkdir(join(root, account), { recursive: true, mode: 0o700 });
      await mkdir(join(root, account, fileSystemId), { mode: openMode });
    },
    async remove(account, fileSystemId) {
      sizes.delete(`${account}/${fileSystemId}`);
      const removed = join(root, account, `${fileSystemId}.removed`);
      // Out of the way at once; taking it apart may take long, and is finished by the next try.
      await rename(join(root, account, fileSystemId), removed).catch(ignoreMissing);
      await rm(removed, { recursive: true, force: true });
    },
    async size(account, fileSystemId) {
      const key = `${account}/${fileSystemId}`;
      const known = sizes.get(key);
      if (known !== undefined && clock.nowMs() < known.atMs + meterAgainMs) return known;
      const measured = { bytes: await measure(join(root, account, fileSystemId)), atMs: clock.nowMs() };
      sizes.set(key, measured);
      return measured;
    },
  };
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
