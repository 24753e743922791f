import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../../kernel/index.ts';
import { messageOf, Unavailable } from '../../../kernel/index.ts';
import { PageMerge } from '../index.ts';
import type { ArchiveBatch, LogArchive, Position, ReadPage, ReadRequest, StreamRef, StreamSummary } from '../index.ts';
import { chooseVictims, findStreams, freeBytes } from './disk-usage.ts';
import type { FoundStream } from './disk-usage.ts';
import { isIntact, readHeader, visitEvents } from './frame.ts';
import { FileHandles } from './handles.ts';
import type { Block, Segment } from './segment.ts';
import { listDirectory, StreamFiles } from './stream.ts';
import { Turns } from './turns.ts';
import { WriteBuffers } from './write-buffers.ts';
import { WriteQueue } from './write-queue.ts';

export interface LogArchiveOptions {
  /** Made when it does not exist; nothing else may be kept there. */
  readonly directory: string;
  /** Bytes of log events kept at most; the oldest of the largest streams go first. Default 10 GiB. */
  readonly maxBytes?: number;
  /** Bytes of the disk left to others. Default 512 MiB. */
  readonly reserveBytes?: number;
  readonly log: Log;
}

const defaultMaxBytes = 10 * 1024 ** 3;
const defaultReserveBytes = 512 * 1024 ** 2;
/** Kept even when others fill the disk: then writing fails, and says so, but what is there stays. */
const alwaysKeptBytes = 256 * 1024 ** 2;
/** How much may be written between two looks at the disk, at most. */
const maxCheckBytes = 32 * 1024 ** 2;
const maxOpenFiles = 128;
/** Streams whose block index stays in memory while nobody uses them. */
const maxIdleStreams = 1_000;
/** Pages read at the same time: each holds a block or two and its page. */
const maxReaders = 8;

/** Opens the archive that keeps log events in segment files below a directory. */
export async function openLogArchive(options: LogArchiveOptions): Promise<LogArchive> {
  await mkdir(options.directory, { recursive: true });
  const archive = new FileArchive(options);
  await archive.measure();
  return archive;
}

class FileArchive implements LogArchive {
  readonly #root: string;
  readonly #log: Log;
  readonly #maxBytes: number;
  readonly #reserveBytes: number;
  readonly #checkBytes: number;
  readonly #handles = new FileHandles(maxOpenFiles);
  readonly #tools = { handles: this.#handles, buffers: new WriteBuffers() };
  readonly #streams = new Map<string, Promise<StreamFiles>>();
  readonly #queue = new WriteQueue((key, batches) => this.#write(key, batches));
  readonly #readers = new Turns(maxReaders);
  readonly #groupBytes = new Map<string, number>();
  #uncheckedBytes = 0;
  #checking: Promise<void> | undefined;
  #trimming = false;
  #closed = false;

  constructor(options: LogArchiveOptions) {
    this.#root = options.directory;
    this.#log = options.log;
    this.#maxBytes = options.maxBytes ?? defaultMaxBytes;
    this.#reserveBytes = options.reserveBytes ?? defaultReserveBytes;
    this.#checkBytes = Math.min(maxCheckBytes, Math.max(1, Math.floor(this.#maxBytes / 16)));
  }

  /** Finds out what the directory holds, and frees space when that is too much. */
  async measure(): Promise<void> {
    const streams: FoundStream[] = [];
    for await (const stream of findStreams(this.#root)) streams.push(stream);
    this.#groupBytes.clear();
    for (const { groupId, segments } of streams) {
      this.#count(
        groupId,
        segments.reduce((sum, { bytes }) => sum + bytes, 0),
      );
    }
    await this.#free(streams);
  }

  async append(stream: StreamRef, batch: ArchiveBatch): Promise<void> {
    if (this.#closed) throw new Unavailable('the log archive is closed');
    if (batch.events.length > 0) await this.#queue.push(keyOf(stream), batch);
  }

  read(request: ReadRequest): Promise<ReadPage> {
    return this.#readers.run(() => this.#read(request));
  }

  summary(stream: StreamRef): Promise<StreamSummary> {
    return this.#use(keyOf(stream), async (files) => files.summary());
  }

  groupBytes(groupId: string): number {
    return this.#groupBytes.get(groupId) ?? 0;
  }

  groupIds(): readonly string[] {
    return [...this.#groupBytes.keys()];
  }

  async streamIds(groupId: string): Promise<readonly string[]> {
    return listDirectory(join(this.#root, groupId));
  }

  async deleteStream(stream: StreamRef): Promise<void> {
    const key = keyOf(stream);
    await this.#use(key, async (files) => {
      this.#count(stream.groupId, -files.segments.reduce((sum, { bytes }) => sum + bytes, 0));
      await files.release();
      await rm(files.directory, { recursive: true, force: true });
    });
    this.#streams.delete(key);
  }

  async deleteGroup(groupId: string): Promise<void> {
    for (const key of Array.from(this.#streams.keys())) {
      if (!key.startsWith(`${groupId}/`)) continue;
      await this.#use(key, (files) => files.release());
      this.#streams.delete(key);
    }
    await rm(join(this.#root, groupId), { recursive: true, force: true });
    this.#groupBytes.delete(groupId);
  }

  async expire(groupId: string, beforeMs: number): Promise<void> {
    for await (const { streamId } of findStreams(this.#root, groupId)) {
      await this.#use(keyOf({ groupId, streamId }), async (files) => {
        const old = files.segments.filter(({ blocks }) => blocks.every(({ maxMs }) => maxMs < beforeMs));
        for (const segment of old) this.#count(groupId, -(await files.drop(segment)));
      });
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#queue.drained();
    await this.#checking;
    for (const opening of this.#streams.values()) await (await opening).save();
    this.#streams.clear();
    await this.#handles.close();
  }

  async #write(key: string, batches: readonly ArchiveBatch[]): Promise<void> {
    const bytes = await this.#use(key, (files) => files.append(batches));
    this.#count(key.slice(0, key.indexOf('/')), bytes);
    this.#uncheckedBytes += bytes;
    if (this.#uncheckedBytes < this.#checkBytes) return;
    this.#uncheckedBytes = 0;
    this.#checking ??= this.measure()
      .catch((error: unknown) => this.#log.error('log archive: freeing space failed', { error: messageOf(error) }))
      .finally(() => (this.#checking = undefined));
  }

  async #read(request: ReadRequest): Promise<ReadPage> {
    const merge = new PageMerge(request);
    const pieces: Piece[] = [];
    for (const streamId of request.streamIds) {
      await this.#use(keyOf({ groupId: request.groupId, streamId }), async ({ segments }) => {
        pieces.push(...piecesOf(segments, streamId, request));
      });
    }
    pieces.sort((a, b) => merge.compare(a.first, b.first));
    for (const piece of pieces) {
      if (merge.isBeyond(piece.first)) return merge.finish(true);
      const buffer = await this.#load(piece);
      if (buffer !== undefined) mergePiece(merge, buffer, piece.streamId);
    }
    return merge.finish(false);
  }

  /** Reads a block; undefined when its segment has been deleted meanwhile. */
  async #load({ path, block }: Piece): Promise<Buffer | undefined> {
    try {
      return await this.#handles.use(path, async (handle) => {
        const buffer = Buffer.allocUnsafe(block.bytes);
        const { bytesRead } = await handle.read(buffer, 0, block.bytes, block.offset);
        return buffer.subarray(0, bytesRead);
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Lends out the stream's files; no two objects for the same files exist at the same time. */
  async #use<Result>(key: string, use: (files: StreamFiles) => Promise<Result>): Promise<Result> {
    const opening = this.#streams.get(key) ?? StreamFiles.open(join(this.#root, key), this.#tools);
    this.#streams.delete(key);
    this.#streams.set(key, opening);
    let files: StreamFiles;
    try {
      files = await opening;
    } catch (error) {
      if (this.#streams.get(key) === opening) this.#streams.delete(key);
      throw error;
    }
    files.pins += 1;
    try {
      return await use(files);
    } finally {
      files.pins -= 1;
      await this.#trim();
    }
  }

  /** Lets go of the streams unused for longest, one caller at a time. */
  async #trim(): Promise<void> {
    if (this.#streams.size <= maxIdleStreams || this.#trimming) return;
    this.#trimming = true;
    try {
      for (const [key, opening] of [...this.#streams].slice(0, -maxIdleStreams)) {
        const files = await opening;
        await files.save();
        if (files.pins === 0 && this.#streams.get(key) === opening) this.#streams.delete(key);
      }
    } catch (error) {
      this.#log.warn('log archive: saving an index failed; the segment will be read instead', {
        error: messageOf(error),
      });
    } finally {
      this.#trimming = false;
    }
  }

  /** Deletes segments until the archive fits its bound and the disk's reserve. */
  async #free(streams: readonly FoundStream[]): Promise<void> {
    const total = [...this.#groupBytes.values()].reduce((sum, bytes) => sum + bytes, 0);
    const lacking = Math.max(0, this.#reserveBytes - (await freeBytes(this.#root)));
    const allowed = Math.min(this.#maxBytes, Math.max(alwaysKeptBytes, total - lacking));
    if (total <= allowed) return;
    const victims = chooseVictims(streams, allowed - this.#checkBytes);
    for (const { groupId, streamId, path } of victims) {
      await this.#use(keyOf({ groupId, streamId }), async (files) => {
        const segment = files.segments.find((each) => each.path === path);
        if (segment !== undefined) this.#count(groupId, -(await files.drop(segment)));
      });
    }
    this.#log.warn('log archive is full: the oldest log events of the largest streams were deleted', {
      segments: victims.length,
      bytes: total,
      maxBytes: this.#maxBytes,
    });
  }

  #count(groupId: string, bytes: number): void {
    this.#groupBytes.set(groupId, Math.max(0, (this.#groupBytes.get(groupId) ?? 0) + bytes));
  }
}

/** A block that may hold events of a read. */
interface Piece {
  readonly streamId: string;
  readonly path: string;
  readonly block: Block;
  /** No event of the block comes before this, in the direction of the read. */
  readonly first: Position;
}

function keyOf({ groupId, streamId }: StreamRef): string {
  return `${groupId}/${streamId}`;
}

function* piecesOf(segments: readonly Segment[], streamId: string, request: ReadRequest): Iterable<Piece> {
  const { direction, after } = request;
  const forward = direction === 'forward';
  const startMs = forward ? Math.max(request.startMs, after?.timestampMs ?? request.startMs) : request.startMs;
  const endMs = forward ? request.endMs : Math.min(request.endMs, (after?.timestampMs ?? request.endMs) + 1);
  for (const { path, blocks } of segments) {
    for (const block of blocks) {
      if (block.maxMs < startMs || block.minMs >= endMs) continue;
      const first: Position = forward
        ? { timestampMs: block.minMs, streamId, sequence: block.firstSequence }
        : { timestampMs: block.maxMs, streamId, sequence: block.lastSequence };
      yield { streamId, path, block, first };
    }
  }
}

function mergePiece(merge: PageMerge, buffer: Buffer, streamId: string): void {
  for (let offset = 0; ;) {
    const header = readHeader(buffer, offset);
    if (header === undefined || !isIntact(buffer, offset, header)) return;
    visitEvents(buffer, offset, header, (event) => {
      const position = { timestampMs: event.timestampMs, streamId, sequence: event.sequence };
      if (!merge.wants(position)) return;
      merge.add({ ...position, ingestionMs: header.ingestionMs, message: event.message() }, event.messageBytes);
    });
    offset += header.bytes;
  }
}
