import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { frameHeaderBytes, isIntact, maxFrameBytes, readHeader } from './frame.ts';
import type { FrameHeader } from './frame.ts';
import type { FileHandles } from './handles.ts';

/** Neighbouring frames that are read together. */
export interface Block {
  readonly offset: number;
  readonly bytes: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly minMs: number;
  readonly maxMs: number;
}

/** Frames are gathered into blocks of at least this size; one entry of memory each. */
export const blockBytes = 128 * 1024;

interface SavedIndex {
  /** How much of the segment the blocks describe. */
  readonly bytes: number;
  readonly lastIngestionMs: number;
  readonly blocks: readonly Block[];
}

/** One append-only file of frames and, in memory, where its blocks are. */
export class Segment {
  readonly path: string;
  #blocks: Block[];
  #bytes: number;
  #lastIngestionMs: number;

  constructor(path: string, index: SavedIndex = { bytes: 0, lastIngestionMs: 0, blocks: [] }) {
    this.path = path;
    this.#blocks = [...index.blocks];
    this.#bytes = index.bytes;
    this.#lastIngestionMs = index.lastIngestionMs;
  }

  /**
   * Opens a segment, using its saved index as far as it reaches and reading the rest. A torn frame at the end, and whatever
   * follows it, is cut off.
   */
  static async recover(path: string, handles: FileHandles): Promise<Segment> {
    const segment = new Segment(path, await loadIndex(path));
    const { size } = await stat(path);
    if (segment.#bytes > size) segment.#reset();
    if (segment.#bytes === size) return segment;
    await handles.use(path, async (handle) => {
      const buffer = Buffer.allocUnsafe(2 * maxFrameBytes);
      while (segment.#bytes < size) {
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, segment.#bytes);
        if (!segment.#scan(buffer.subarray(0, bytesRead))) break;
      }
      if (segment.#bytes < size) await handle.truncate(segment.#bytes);
    });
    return segment;
  }

  get bytes(): number {
    return this.#bytes;
  }
  get blocks(): readonly Block[] {
    return this.#blocks;
  }
  get lastIngestionMs(): number {
    return this.#lastIngestionMs;
  }
  /** Sequence of the next event, when this is the stream's last segment. */
  get nextSequence(): number {
    return (this.#blocks.at(-1)?.lastSequence ?? -1) + 1;
  }

  /** Takes note of a frame that was written at the end. */
  note(header: FrameHeader): void {
    const last = this.#blocks.at(-1);
    const joins = last !== undefined && last.bytes < blockBytes;
    const block: Block = {
      offset: joins ? last.offset : this.#bytes,
      bytes: (joins ? last.bytes : 0) + header.bytes,
      firstSequence: joins ? last.firstSequence : header.firstSequence,
      lastSequence: header.firstSequence + header.count - 1,
      minMs: joins ? Math.min(last.minMs, header.minMs) : header.minMs,
      maxMs: joins ? Math.max(last.maxMs, header.maxMs) : header.maxMs,
    };
    if (joins) this.#blocks[this.#blocks.length - 1] = block;
    else this.#blocks.push(block);
    this.#bytes += header.bytes;
    this.#lastIngestionMs = Math.max(this.#lastIngestionMs, header.ingestionMs);
  }

  /** Saves the index beside the segment, so that opening it again need not read it all. */
  async save(): Promise<void> {
    const index: SavedIndex = { bytes: this.#bytes, lastIngestionMs: this.#lastIngestionMs, blocks: this.#blocks };
    const temporary = `${indexPath(this.path)}.new`;
    await writeFile(temporary, JSON.stringify(index));
    await rename(temporary, indexPath(this.path));
  }

  /** @returns whether at least one intact frame stood at the start of the piece */
  #scan(piece: Buffer): boolean {
    let offset = 0;
    for (;;) {
      const header = readHeader(piece, offset);
      if (header === undefined || !isIntact(piece, offset, header)) return offset > 0;
      this.note(header);
      offset += header.bytes;
    }
  }

  #reset(): void {
    this.#blocks = [];
    this.#bytes = 0;
    this.#lastIngestionMs = 0;
  }
}

export function indexPath(segmentPath: string): string {
  return segmentPath.replace(/\.seg$/, '.idx');
}

/** The saved index; an empty one when there is none or it does not make sense (the segment is then read instead). */
async function loadIndex(path: string): Promise<SavedIndex> {
  const nothing: SavedIndex = { bytes: 0, lastIngestionMs: 0, blocks: [] };
  try {
    const saved = JSON.parse(await readFile(indexPath(path), 'utf8')) as SavedIndex;
    const end = saved.blocks.reduce(
      (offset, block) => (block.offset === offset ? offset + block.bytes : Number.NaN),
      0,
    );
    return end === saved.bytes && (end === 0 || end >= frameHeaderBytes) ? saved : nothing;
  } catch {
    return nothing;
  }
}
