import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../../../kernel/index.ts';
import { Turns } from '../../../kernel/index.ts';
import type { Appended, AppendPlace, BlobStore, WrongDigest } from '../index.ts';
import {
  diskFailure,
  durableDirectory,
  listDirectory,
  sizeOf,
  syncDirectory,
  unlessMissing,
  writeDurably,
} from './files.ts';
import { UploadFiles } from './uploads.ts';

export interface BlobStoreOptions {
  /** Made when it does not exist; nothing else may be kept there. */
  readonly directory: string;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Bytes of the disk left to others. Default 512 MiB. */
  readonly reserveBytes?: number;
}

/** Read and sent at once: small enough to still be in the processor's cache when it is sent. */
const sentBytes = 256 * 1024;
const defaultReserveBytes = 512 * 1024 ** 2;

/** Opens the layers and manifests below a directory: `sha256/ab/<digest>`, and `uploads/<id>` for what is being received. */
export async function openBlobStore({
  directory,
  clock,
  reserveBytes = defaultReserveBytes,
}: BlobStoreOptions): Promise<BlobStore> {
  const root = join(directory, 'sha256');
  const uploads = join(directory, 'uploads');
  for (const path of [root, uploads]) await mkdir(path, { recursive: true, mode: 0o700 });
  return new FileBlobs(root, new UploadFiles(uploads, reserveBytes), clock);
}

class FileBlobs implements BlobStore {
  readonly #root: string;
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #uploads: UploadFiles;
  /** Giving a file its place and deleting it exclude each other. */
  readonly #places = new Turns();

  constructor(root: string, uploads: UploadFiles, clock: Pick<Clock, 'nowMs'>) {
    this.#root = root;
    this.#clock = clock;
    this.#uploads = uploads;
  }

  digestOf(bytes: Uint8Array): string {
    return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  }

  begin(uploadId: string): Promise<void> {
    return this.#uploads.begin(uploadId);
  }

  receivedBytes(uploadId: string): Promise<number | undefined> {
    return this.#uploads.receivedBytes(uploadId);
  }

  append(uploadId: string, chunks: AsyncIterable<Uint8Array>, place: AppendPlace): Promise<Appended> {
    return this.#uploads.append(uploadId, chunks, place);
  }

  abandon(uploadId: string): Promise<void> {
    return this.#uploads.abandon(uploadId);
  }

  dropStrays(isKnown: (uploadId: string) => boolean, writtenBeforeMs: number): Promise<void> {
    return this.#uploads.dropStrays(isKnown, writtenBeforeMs);
  }

  async complete(uploadId: string, digest: string): Promise<{ readonly sizeBytes: number } | WrongDigest | undefined> {
    const found = await this.#uploads.finish(uploadId);
    if (found === undefined) return undefined;
    if (found.digest !== digest) return { wrong: found.digest };
    await this.#uploads.hold(uploadId, () => this.#place(this.#uploads.path(uploadId), digest));
    this.#uploads.forget(uploadId);
    return { sizeBytes: found.bytes };
  }

  async put(bytes: Uint8Array): Promise<string> {
    const digest = this.digestOf(bytes);
    // Named like an upload, so that what a crash leaves is cleaned up like one.
    const id = crypto.randomUUID();
    const path = this.#uploads.path(id);
    await this.#uploads.hold(id, async () => {
      try {
        await writeDurably(path, bytes);
        await this.#place(path, digest);
      } catch (error) {
        await rm(path, { force: true });
        throw diskFailure(error);
      }
    });
    return digest;
  }

  async read(digest: string): Promise<Uint8Array | undefined> {
    return unlessMissing(readFile(this.#path(digest)));
  }

  async open(
    digest: string,
    range: { readonly first: number; readonly last: number },
  ): Promise<AsyncIterable<Uint8Array> | undefined> {
    const path = this.#path(digest);
    return (await sizeOf(path)) === undefined ? undefined : pieces(path, range);
  }

  async collect(isUsed: (digest: string) => boolean, writtenBeforeMs: number): Promise<number> {
    let collected = 0;
    for (const first of await listDirectory(this.#root)) {
      for (const hex of await listDirectory(join(this.#root, first))) {
        const digest = `sha256:${hex}`;
        const isGone = await this.#places.take(digest, async () => {
          const path = this.#path(digest);
          const found = await unlessMissing(stat(path));
          if (found === undefined || found.mtimeMs >= writtenBeforeMs || isUsed(digest)) return false;
          await rm(path);
          return true;
        });
        if (isGone) collected += 1;
      }
    }
    return collected;
  }

  /** Gives a file that is on the disk its place among the blobs; a blob that is there already becomes as young. */
  #place(from: string, digest: string): Promise<void> {
    return this.#places.take(digest, async () => {
      const to = this.#path(digest);
      await durableDirectory(dirname(to));
      const now = this.#clock.nowMs() / 1_000;
      await utimes(from, now, now);
      await rename(from, to);
      await syncDirectory(dirname(to));
    });
  }

  #path(digest: string): string {
    const [, hex] = /^sha256:([0-9a-f]{64})$/.exec(digest) ?? [];
    if (hex === undefined) throw new Error(`'${digest}' is no digest`);
    return join(this.#root, hex.slice(0, 2), hex);
  }
}

/** Opened when the first piece is asked for, closed when the reader goes away. One piece is read while the one before is sent. */
async function* pieces(
  path: string,
  { first, last }: { readonly first: number; readonly last: number },
): AsyncIterable<Uint8Array> {
  const handle = await open(path, 'r');
  const readAt = async (at: number): Promise<Uint8Array> => {
    const length = Math.min(sentBytes, last - at + 1);
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, at);
    if (bytesRead === 0) throw new Error(`${path} ended at byte ${at}`);
    return buffer.subarray(0, bytesRead);
  };
  let next = first <= last ? readAt(first) : undefined;
  try {
    for (let at = first; next !== undefined;) {
      const piece = await next;
      at += piece.length;
      next = at <= last ? readAt(at) : undefined;
      next?.catch(() => undefined); // whoever awaits it hears of it
      yield piece;
    }
  } finally {
    await next?.catch(() => undefined);
    await handle.close();
  }
}
