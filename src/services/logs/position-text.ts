import type { Position } from './ports.ts';

// A position in 56 digits, as AWS's event ids and tokens have them: a prefix, time, stream, sequence.
const prefix = '390000';
const timeDigits = 14;
const streamDigits = 20;
const sequenceDigits = 16;
const shape = new RegExp(`^${prefix}(\\d{${timeDigits}})(\\d{${streamDigits}})(\\d{${sequenceDigits}})$`);

/** 56 digits that are different for every event. */
export function formatPosition({ timestampMs, streamId, sequence }: Position): string {
  const time = String(Math.trunc(timestampMs)).padStart(timeDigits, '0');
  const stream = BigInt(`0x${streamId}`).toString().padStart(streamDigits, '0');
  return `${prefix}${time}${stream}${String(sequence).padStart(sequenceDigits, '0')}`;
}

/** Reads what `formatPosition` wrote; undefined for anything else. */
export function parsePosition(text: string): Position | undefined {
  const match = shape.exec(text);
  if (match === null) return undefined;
  const [, time = '', stream = '', sequence = ''] = match;
  const streamId = BigInt(stream).toString(16).padStart(16, '0');
  return streamId.length > 16 ? undefined : { timestampMs: Number(time), streamId, sequence: Number(sequence) };
}
