import { createHash, type Hash } from 'node:crypto';
import { open, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Conflict } from '../../../kernel/index.ts';
import type { Appended, AppendPlace } from '../index.ts';
import { digestOfFile, diskFailure, listDirectory, needFreeBytes, pieceBytes, sizeOf, unlessMissing } from './files.ts';

interface Progress {
  bytes: number;
  /** Of all bytes so far; undefined after a restart or a failed write: then the file is read again. */
  hash: Hash | undefined;
  isBusy: boolean;
}

/** Bytes written between two looks at how full the disk is. */
const freeCheckBytes = 64 * pieceBytes;

/** Files that are being received. They survive a restart; what is known of them in memory does not and is found out again. */
export class UploadFiles {
  readonly #directory: string;
  readonly #reserveBytes: number;
  readonly #progress = new Map<string, Progress>();
  readonly #held = new Set<string>();

  constructor(directory: string, reserveBytes: number) {
    this.#directory = directory;
    this.#reserveBytes = reserveBytes;
  }

  async begin(id: string): Promise<void> {
    await needFreeBytes(this.#directory, this.#reserveBytes);
    const handle = await open(this.path(id), 'wx', 0o600);
    await handle.close();
    this.#progress.set(id, { bytes: 0, hash: createHash('sha256'), isBusy: false });
  }

  path(id: string): string {
    if (!/^[0-9a-f-]{36}$/.test(id)) throw new Error(`'${id}' is no upload's id`);
    return join(this.#directory, id);
  }

  async receivedBytes(id: string): Promise<number | undefined> {
    return (await this.#known(id))?.bytes;
  }

  async dropStrays(isKnown: (id: string) => boolean, writtenBeforeMs: number): Promise<void> {
    for (const id of await listDirectory(this.#directory)) {
      const found = await unlessMissing(stat(join(this.#directory, id)));
      const isBusy = this.#held.has(id) || this.#progress.get(id)?.isBusy === true;
      if (found === undefined || found.mtimeMs >= writtenBeforeMs || isBusy || isKnown(id)) continue;
      this.#progress.delete(id);
      await rm(join(this.#directory, id), { force: true });
    }
  }

  async append(id: string, chunks: AsyncIterable<Uint8Array>, place: AppendPlace): Promise<Appended> {
    const progress = await this.#known(id);
    if (progress === undefined) return { refused: 'absent' };
    if (progress.isBusy) return { refused: 'busy' };
    if (place.atByte !== undefined && place.atByte !== progress.bytes) return { refused: 'gap' };
    progress.isBusy = true;
    try {
      const handle = await open(this.path(id), 'r+');
      try {
        const whole = await this.#write(progress, { handle, chunks, maxBytes: place.maxBytes });
        return whole ? { receivedBytes: progress.bytes } : { refused: 'tooLarge' };
      } finally {
        await handle.close();
      }
    } catch (error) {
      throw diskFailure(error);
    } finally {
      progress.isBusy = false;
    }
  }

  /** The digest of what was received, which is on the disk then. @throws Conflict while a request is writing */
  async finish(id: string): Promise<{ readonly digest: string; readonly bytes: number } | undefined> {
    const progress = await this.#known(id);
    if (progress === undefined) return undefined;
    if (progress.isBusy) throw new Conflict(`Another request is writing to the upload '${id}'`);
    progress.isBusy = true;
    try {
      const handle = await open(this.path(id), 'r+');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
      const digest =
        progress.hash === undefined
          ? await digestOfFile(this.path(id))
          : `sha256:${progress.hash.copy().digest('hex')}`;
      return { digest, bytes: progress.bytes };
    } catch (error) {
      throw diskFailure(error);
    } finally {
      progress.isBusy = false;
    }
  }

  /** Runs something with a file of this name, which is nobody's upload and no stray either. */
  async hold<Result>(id: string, run: () => Promise<Result>): Promise<Result> {
    this.#held.add(id);
    try {
      return await run();
    } finally {
      this.#held.delete(id);
    }
  }

  /** The file has become something else. */
  forget(id: string): void {
    this.#progress.delete(id);
  }

  async abandon(id: string): Promise<void> {
    this.#progress.delete(id);
    await rm(this.path(id), { force: true });
  }

  async #known(id: string): Promise<Progress | undefined> {
    const known = this.#progress.get(id);
    if (known !== undefined) return known;
    const bytes = await sizeOf(this.path(id));
    if (bytes === undefined) return undefined;
    const progress = this.#progress.get(id) ?? { bytes, hash: undefined, isBusy: false };
    this.#progress.set(id, progress);
    return progress;
  }

  /**
   * Gathers chunks, which are small, to pieces, and writes one piece while the next arrives. What came before the chunks failed is written.
   * @returns false: there is more than may be
   */
  async #write(progress: Progress, { handle, chunks, maxBytes }: Writing): Promise<boolean> {
    let gathered: Uint8Array[] = [];
    let bytes = 0;
    let uncheckedBytes = freeCheckBytes;
    let writing: Promise<void> = Promise.resolve();
    const flush = async (): Promise<void> => {
      await writing;
      if (bytes === 0) return;
      if (uncheckedBytes >= freeCheckBytes) {
        await needFreeBytes(this.#directory, this.#reserveBytes);
        uncheckedBytes = 0;
      }
      writing = writeAll(progress, handle, { pieces: gathered, bytes });
      writing.catch(() => undefined); // whoever awaits it hears of it
      uncheckedBytes += bytes;
      gathered = [];
      bytes = 0;
    };
    try {
      let receivedBytes = progress.bytes;
      for await (const chunk of chunks) {
        receivedBytes += chunk.length;
        if (receivedBytes > maxBytes) return false;
        gathered.push(chunk);
        bytes += chunk.length;
        if (bytes >= pieceBytes) await flush();
      }
    } finally {
      await flush();
      await writing;
    }
    return true;
  }
}

interface Writing {
  readonly handle: FileHandle;
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly maxBytes: number;
}

async function writeAll(
  progress: Progress,
  handle: FileHandle,
  { pieces, bytes }: { readonly pieces: readonly Uint8Array[]; readonly bytes: number },
): Promise<void> {
  const { hash, bytes: at } = progress;
  // Until all is written it is not known what the file has.
  progress.hash = undefined;
  const writing = handle.writev([...pieces], at);
  if (hash !== undefined) for (const piece of pieces) hash.update(piece);
  let { bytesWritten } = await writing;
  if (bytesWritten < bytes) {
    const whole = Buffer.concat(pieces);
    while (bytesWritten < bytes) {
      const rest = await handle.write(whole, bytesWritten, bytes - bytesWritten, at + bytesWritten);
      bytesWritten += rest.bytesWritten;
    }
  }
  progress.bytes = at + bytes;
  progress.hash = hash;
}
