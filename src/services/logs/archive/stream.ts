import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ArchiveBatch, StreamSummary } from '../index.ts';
import { encodeFrame, measure } from './frame.ts';
import type { FileHandles } from './handles.ts';
import { indexPath, Segment } from './segment.ts';
import type { WriteBuffers } from './write-buffers.ts';

/** A segment that reached this size is closed and the next one begun; what expires or is dropped goes by segments. */
export const segmentBytes = 16 * 1024 * 1024;

/** What the streams of an archive share. */
export interface StreamTools {
  readonly handles: FileHandles;
  readonly buffers: WriteBuffers;
}

/** The files of one log stream: segments 00000001.seg … in a directory of their own. */
export class StreamFiles {
  readonly directory: string;
  readonly #handles: FileHandles;
  readonly #buffers: WriteBuffers;
  readonly #segments: Segment[];
  #nextNumber: number;
  #nextSequence: number;
  /** Users that forbid to drop this object for another one of the same files. */
  pins = 0;

  private constructor(directory: string, { handles, buffers }: StreamTools, segments: Segment[], nextNumber: number) {
    this.directory = directory;
    this.#handles = handles;
    this.#buffers = buffers;
    this.#segments = segments;
    this.#nextNumber = nextNumber;
    this.#nextSequence = segments.at(-1)?.nextSequence ?? 0;
  }

  /** Opens the files of a stream, cutting a torn end; a stream without files is empty. */
  static async open(directory: string, tools: StreamTools): Promise<StreamFiles> {
    const names = (await listDirectory(directory)).filter((name) => name.endsWith('.seg')).sort();
    const segments: Segment[] = [];
    for (const name of names) segments.push(await Segment.recover(join(directory, name), tools.handles));
    return new StreamFiles(directory, tools, segments, Number.parseInt(names.at(-1) ?? '0', 10) + 1);
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /**
   * Writes batches at the end, with one write and one sync. All or none are visible; after an error the end is cut back.
   * One call at a time.
   * @returns bytes written
   */
  async append(batches: readonly ArchiveBatch[]): Promise<number> {
    const segment = await this.#writable();
    const measured = batches.map(measure);
    const bytes = measured.reduce((sum, each) => sum + each.bytes, 0);
    return this.#buffers.use(bytes, async (buffer) => {
      let offset = 0;
      let sequence = this.#nextSequence;
      const headers = measured.map((each) => {
        const header = encodeFrame(buffer.subarray(offset, offset + each.bytes), each, sequence);
        offset += header.bytes;
        sequence += header.count;
        return header;
      });
      await this.#write(segment, buffer);
      for (const header of headers) segment.note(header);
      this.#nextSequence = sequence;
      return bytes;
    });
  }

  summary(): StreamSummary {
    const blocks = this.#segments.flatMap((segment) => segment.blocks);
    if (blocks.length === 0) return {};
    return {
      firstEventMs: blocks.reduce((least, block) => Math.min(least, block.minMs), Number.POSITIVE_INFINITY),
      lastEventMs: blocks.reduce((most, block) => Math.max(most, block.maxMs), Number.NEGATIVE_INFINITY),
      lastIngestionMs: this.#segments.reduce((most, segment) => Math.max(most, segment.lastIngestionMs), 0),
    };
  }

  /** Deletes a segment. @returns bytes freed */
  async drop(segment: Segment): Promise<number> {
    const index = this.#segments.indexOf(segment);
    if (index < 0) return 0;
    this.#segments.splice(index, 1);
    await this.#handles.forget(segment.path);
    await rm(segment.path, { force: true });
    await rm(indexPath(segment.path), { force: true });
    return segment.bytes;
  }

  /** Makes opening these files again quick. */
  async save(): Promise<void> {
    await this.#segments.at(-1)?.save();
  }

  /** Forgets the open files, before the directory is deleted. */
  async release(): Promise<void> {
    for (const segment of this.#segments) await this.#handles.forget(segment.path);
    this.#segments.length = 0;
  }

  async #writable(): Promise<Segment> {
    const last = this.#segments.at(-1);
    if (last !== undefined && last.bytes < segmentBytes) return last;
    await last?.save();
    const segment = new Segment(join(this.directory, `${String(this.#nextNumber).padStart(8, '0')}.seg`));
    await createDurably(segment.path);
    this.#nextNumber += 1;
    this.#segments.push(segment);
    return segment;
  }

  async #write(segment: Segment, data: Buffer): Promise<void> {
    await this.#handles.use(segment.path, async (handle) => {
      try {
        for (let written = 0; written < data.length;) {
          const { bytesWritten } = await handle.write(data, written, data.length - written, segment.bytes + written);
          written += bytesWritten;
        }
        await handle.datasync();
      } catch (error) {
        // What was written of it must not come back after a restart: the caller is told that nothing was stored.
        await handle.truncate(segment.bytes);
        throw error;
      }
    });
  }
}

/** Makes an empty file whose name survives a power failure, with the two directories above it. */
async function createDurably(path: string): Promise<void> {
  const directory = dirname(path);
  const made = await mkdir(directory, { recursive: true });
  await (await open(path, 'w')).close();
  await syncDirectory(directory);
  if (made === undefined) return;
  await syncDirectory(dirname(directory));
  await syncDirectory(dirname(dirname(directory)));
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Names in a directory; none when it does not exist. */
export async function listDirectory(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
