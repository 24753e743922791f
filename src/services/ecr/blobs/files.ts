import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf, Unavailable } from '../../../kernel/index.ts';

/** Bytes read or written at once. */
export const pieceBytes = 1024 * 1024;

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/** Undefined when nothing is missing but the file. */
export async function unlessMissing<Result>(result: Promise<Result>): Promise<Result | undefined> {
  try {
    return await result;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export async function sizeOf(path: string): Promise<number | undefined> {
  return (await unlessMissing(stat(path)))?.size;
}

export async function listDirectory(path: string): Promise<readonly string[]> {
  return (await unlessMissing(readdir(path))) ?? [];
}

/** Makes names in a directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a directory whose own name is durable too. */
export async function durableDirectory(path: string): Promise<void> {
  const made = await mkdir(path, { recursive: true, mode: 0o700 });
  if (made !== undefined) await syncDirectory(dirname(path));
}

/** Makes a file that is on the disk when this resolves. */
export async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function digestOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { highWaterMark: pieceBytes })) hash.update(piece as Buffer);
  return `sha256:${hash.digest('hex')}`;
}

/** @throws Unavailable when an unprivileged process may not write this much and leave the reserve to others */
export async function needFreeBytes(path: string, reserveBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(path);
  if (bavail * bsize >= reserveBytes) return;
  throw new Unavailable(`the disk of ${path} has less than ${reserveBytes} bytes left: free some, or delete images`);
}

export function diskFailure(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EIO'
    ? new Unavailable(`the layer was not stored: ${messageOf(error)}`)
    : error;
}
