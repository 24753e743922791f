import { crc32 } from 'node:zlib';
import type { ArchiveBatch } from '../index.ts';

// A frame is one batch: a header, then its events, oldest first. Little endian.
//   0 magic   4 payload bytes (u32)   8 CRC-32 of everything after this field   12 events (u32)
//   16 first sequence   24 ingestion ms   32 first event ms   40 last event ms   (all f64)
//   48 events: time ms (f64), message bytes (u32), message (UTF-8)
// The magic holds bytes that no UTF-8 text has, so a message can never pass for a frame.
const magic = 0x464cfeff;
export const frameHeaderBytes = 48;
const checkedFrom = 12;
const eventHeaderBytes = 12;
/** A batch of PutLogEvents (1 MiB counting 26 bytes an event, at most 10,000 events) always fits. */
export const maxFrameBytes = 2 * 1024 * 1024;

export interface FrameHeader {
  /** Header and payload. */
  readonly bytes: number;
  readonly count: number;
  readonly firstSequence: number;
  readonly ingestionMs: number;
  readonly minMs: number;
  readonly maxMs: number;
}

/** A batch and how large its frame is. */
export interface MeasuredBatch {
  readonly batch: ArchiveBatch;
  /** Bytes of each message. */
  readonly lengths: readonly number[];
  readonly bytes: number;
}

/** @throws RangeError when the batch is empty or larger than a frame may be */
export function measure(batch: ArchiveBatch): MeasuredBatch {
  if (batch.events.length === 0) throw new RangeError('a batch of log events must not be empty');
  const lengths = batch.events.map(({ message }) =>
    typeof message === 'string' ? Buffer.byteLength(message) : message.length,
  );
  const bytes = lengths.reduce((sum, length) => sum + length + eventHeaderBytes, frameHeaderBytes);
  if (bytes > maxFrameBytes) throw new RangeError(`a batch of ${bytes} bytes exceeds the ${maxFrameBytes} of a frame`);
  return { batch, lengths, bytes };
}

/** Writes a batch as a frame. @param frame of exactly its size */
export function encodeFrame(
  frame: Buffer,
  { batch, lengths, bytes }: MeasuredBatch,
  firstSequence: number,
): FrameHeader {
  const header: FrameHeader = {
    bytes,
    count: batch.events.length,
    firstSequence,
    ingestionMs: batch.ingestionMs,
    minMs: batch.events[0]?.timestampMs ?? 0,
    maxMs: batch.events.at(-1)?.timestampMs ?? 0,
  };
  writeHeader(frame, header);
  let offset = frameHeaderBytes;
  batch.events.forEach(({ timestampMs, message }, index) => {
    frame.writeDoubleLE(timestampMs, offset);
    frame.writeUInt32LE(lengths[index] ?? 0, offset + 8);
    offset += eventHeaderBytes;
    if (typeof message === 'string') frame.write(message, offset);
    else frame.set(message, offset);
    offset += lengths[index] ?? 0;
  });
  frame.writeUInt32LE(crc32(frame.subarray(checkedFrom)), 8);
  return header;
}

function writeHeader(frame: Buffer, header: FrameHeader): void {
  frame.writeUInt32LE(magic, 0);
  frame.writeUInt32LE(header.bytes - frameHeaderBytes, 4);
  frame.writeUInt32LE(header.count, 12);
  frame.writeDoubleLE(header.firstSequence, 16);
  frame.writeDoubleLE(header.ingestionMs, 24);
  frame.writeDoubleLE(header.minMs, 32);
  frame.writeDoubleLE(header.maxMs, 40);
}

/** The header at an offset; undefined where no whole header stands. Says nothing about the payload. */
export function readHeader(buffer: Buffer, offset: number): FrameHeader | undefined {
  if (offset + frameHeaderBytes > buffer.length || buffer.readUInt32LE(offset) !== magic) return undefined;
  const bytes = buffer.readUInt32LE(offset + 4) + frameHeaderBytes;
  if (bytes > maxFrameBytes) return undefined;
  return {
    bytes,
    count: buffer.readUInt32LE(offset + 12),
    firstSequence: buffer.readDoubleLE(offset + 16),
    ingestionMs: buffer.readDoubleLE(offset + 24),
    minMs: buffer.readDoubleLE(offset + 32),
    maxMs: buffer.readDoubleLE(offset + 40),
  };
}

/** Whether the whole frame stands at the offset, as it was written. */
export function isIntact(buffer: Buffer, offset: number, header: FrameHeader): boolean {
  const end = offset + header.bytes;
  return end <= buffer.length && crc32(buffer.subarray(offset + checkedFrom, end)) === buffer.readUInt32LE(offset + 8);
}

export interface FrameEvent {
  readonly timestampMs: number;
  readonly sequence: number;
  readonly messageBytes: number;
  /** Decodes the message. */
  message(): string;
}

/** Calls `visit` for each event of an intact frame. */
export function visitEvents(
  buffer: Buffer,
  offset: number,
  header: FrameHeader,
  visit: (event: FrameEvent) => void,
): void {
  let at = offset + frameHeaderBytes;
  for (let index = 0; index < header.count; index += 1) {
    const start = at + eventHeaderBytes;
    const messageBytes = buffer.readUInt32LE(at + 8);
    visit({
      timestampMs: buffer.readDoubleLE(at),
      sequence: header.firstSequence + index,
      messageBytes,
      message: () => buffer.toString('utf8', start, start + messageBytes),
    });
    at = start + messageBytes;
  }
}
