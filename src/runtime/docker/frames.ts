import type { LogChunk } from '../index.ts';

const headerBytes = 8;
/** A timestamp in front of a frame's text is shorter than this: `2026-11-20T21:07:18.355733627Z `. */
const maxTimestampBytes = 64;

/** Neighbouring pieces of one stream and time. */
interface Run {
  readonly stream: LogChunk['stream'];
  readonly timeMs: number | undefined;
  readonly pieces: Buffer[];
}

/**
 * Takes apart the stream of a container without a terminal: frames of an 8-byte header (stream number, length) and text.
 * Works on whatever pieces the socket gives, and keeps no more than a header or a timestamp between them.
 */
export class FrameDecoder {
  readonly #timestamps: boolean;
  #header = Buffer.alloc(0);
  /** Bytes of the frame that are still to come. */
  #left = 0;
  #stream: LogChunk['stream'] = 'stdout';
  #awaitsTime = false;
  #time = Buffer.alloc(0);
  #timeMs: number | undefined;

  /** @param options.timestamps each frame's text starts with a time and a space, as `logs?timestamps=1` sends them */
  constructor(options: { readonly timestamps: boolean }) {
    this.#timestamps = options.timestamps;
  }

  /** False while a frame is incomplete: a stream that ends now was cut. */
  get atBoundary(): boolean {
    return this.#left === 0 && this.#header.length === 0;
  }

  /** The chunks in these bytes; neighbours of the same stream and time come as one. */
  push(bytes: Buffer): readonly LogChunk[] {
    const runs: Run[] = [];
    let at = 0;
    while (at < bytes.length) {
      if (this.#left === 0) at = this.#readHeader(bytes, at);
      else if (this.#awaitsTime) at = this.#readTime(bytes, at);
      else {
        const end = Math.min(bytes.length, at + this.#left);
        this.#add(runs, bytes.subarray(at, end));
        this.#left -= end - at;
        at = end;
      }
    }
    return runs.map(chunkOf);
  }

  #readHeader(bytes: Buffer, at: number): number {
    const missing = headerBytes - this.#header.length;
    const end = Math.min(bytes.length, at + missing);
    const piece = bytes.subarray(at, end);
    const header = missing === headerBytes ? piece : Buffer.concat([this.#header, piece]);
    if (header.length < headerBytes) {
      this.#header = Buffer.from(header);
      return end;
    }
    this.#header = Buffer.alloc(0);
    this.#stream = header[0] === 2 ? 'stderr' : 'stdout';
    this.#left = header.readUInt32BE(4);
    this.#awaitsTime = this.#timestamps;
    this.#time = Buffer.alloc(0);
    return end;
  }

  #readTime(bytes: Buffer, at: number): number {
    const limit = Math.min(bytes.length, at + this.#left, at + maxTimestampBytes - this.#time.length);
    const space = bytes.subarray(at, limit).indexOf(' ');
    const end = space === -1 ? limit : at + space + 1;
    this.#time = Buffer.concat([this.#time, bytes.subarray(at, end)]);
    this.#left -= end - at;
    if (space !== -1 || this.#left === 0 || this.#time.length === maxTimestampBytes) {
      this.#awaitsTime = false;
      this.#timeMs = timeOf(this.#time.toString('latin1'));
    }
    return end;
  }

  #add(runs: Run[], piece: Buffer): void {
    const last = runs.at(-1);
    if (last !== undefined && last.stream === this.#stream && last.timeMs === this.#timeMs) last.pieces.push(piece);
    else runs.push({ stream: this.#stream, timeMs: this.#timeMs, pieces: [piece] });
  }
}

/**
 * The lines of a container with a terminal, read with timestamps: no frames, a time in front of each line.
 * Keeps no more than a timestamp between pieces.
 */
export class StampedLineDecoder {
  #time = '';
  #inTime = true;
  #timeMs: number | undefined;

  push(bytes: Buffer): readonly LogChunk[] {
    const chunks: LogChunk[] = [];
    let at = 0;
    while (at < bytes.length) {
      const mark = bytes.indexOf(this.#inTime ? ' ' : '\n', at);
      const end = mark === -1 ? bytes.length : mark + 1;
      if (this.#inTime) {
        this.#time += bytes.toString('latin1', at, Math.min(end, at + maxTimestampBytes));
        if (mark !== -1) this.#timeMs = timeOf(this.#time);
      } else {
        chunks.push(chunkOf({ stream: 'stdout', timeMs: this.#timeMs, pieces: [bytes.subarray(at, end)] }));
      }
      if (mark !== -1) {
        this.#inTime = !this.#inTime;
        this.#time = '';
      }
      at = end;
    }
    return chunks;
  }
}

function chunkOf({ stream, timeMs, pieces }: Run): LogChunk {
  const bytes = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
  return timeMs === undefined ? { stream, bytes } : { stream, bytes, timeMs };
}

function timeOf(text: string): number | undefined {
  const timeMs = Date.parse(text.trim());
  return Number.isNaN(timeMs) ? undefined : timeMs;
}
