import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { InvalidArgument } from '../kernel/index.ts';
import type { ObjectStore } from '../services/s3/index.ts';

/**
 * A directory as S3: `DIRECTORY/bucket/key`. Links are followed as long as they stay in their bucket.
 * @throws InvalidArgument when it is no directory
 */
export function objectDirectory(directory: string): ObjectStore {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new InvalidArgument(`--s3-directory is '${directory}', which is no directory`);
  const bucketPath = async (bucket: string): Promise<string | undefined> => {
    const path = await unlessMissing(realpath(join(directory, bucket)));
    return path !== undefined && (await stat(path)).isDirectory() ? path : undefined;
  };
  return {
    hasBucket: async (bucket) => (await bucketPath(bucket)) !== undefined,
    async read({ bucket, key }, maxBytes) {
      const root = await bucketPath(bucket);
      const path = root === undefined ? undefined : await unlessMissing(realpath(join(root, key)));
      if (root === undefined || path?.startsWith(root + sep) !== true) return undefined;
      return readFile(path, maxBytes);
    },
  };
}

async function readFile(path: string, maxBytes: number): ReturnType<ObjectStore['read']> {
  if (!(await stat(path)).isFile()) return undefined; // opening a pipe would wait for its writer
  const file = await open(path, 'r');
  try {
    const { size, mtime } = await file.stat();
    if (size > maxBytes) return size;
    // At most what was looked at: a file may grow meanwhile.
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(size), length: size, position: 0 });
    const bytes = buffer.subarray(0, bytesRead);
    const etag = createHash('md5').update(bytes).digest('hex');
    return { sizeBytes: bytesRead, lastModified: mtime.toUTCString(), etag, bytes };
  } finally {
    await file.close();
  }
}

async function unlessMissing(path: Promise<string>): Promise<string | undefined> {
  try {
    return await path;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'ENAMETOOLONG') return undefined;
    throw error;
  }
}
