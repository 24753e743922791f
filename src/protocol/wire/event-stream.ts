import { crc32 } from 'node:zlib';
import { toBytes } from '../../kernel/index.ts';
import { ApiError } from '../api/index.ts';
import type { Operation, Shape } from '../model/model.ts';
import { quote, writeJson } from './write-json.ts';

// https://docs.aws.amazon.com/transcribe/latest/dg/event-stream.html describes the framing: a prelude (total length,
// headers length, CRC), headers, payload, CRC of all. Header values are of type 7, string.

const stringType = 7;
const preludeBytes = 12;
const checksumBytes = 4;

/** One frame. Header names are at most 255 bytes, values 65,535. */
export function encodeFrame(headers: Readonly<Record<string, string>>, payload: Uint8Array): Uint8Array {
  const headerBytes = Buffer.concat(Object.entries(headers).map(([name, value]) => header(name, value)));
  const total = preludeBytes + headerBytes.length + payload.byteLength + checksumBytes;
  const frame = Buffer.allocUnsafe(total);
  frame.writeUInt32BE(total, 0);
  frame.writeUInt32BE(headerBytes.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, 8)), 8);
  headerBytes.copy(frame, preludeBytes);
  frame.set(payload, preludeBytes + headerBytes.length);
  frame.writeUInt32BE(crc32(frame.subarray(0, total - checksumBytes)), total - checksumBytes);
  return frame;
}

function header(name: string, value: string): Buffer {
  const [nameBytes, valueBytes] = [toBytes(name), toBytes(value)];
  const bytes = Buffer.allocUnsafe(4 + nameBytes.length + valueBytes.length);
  bytes[0] = nameBytes.length;
  bytes.set(nameBytes, 1);
  bytes[1 + nameBytes.length] = stringType;
  bytes.writeUInt16BE(valueBytes.length, 2 + nameBytes.length);
  bytes.set(valueBytes, 4 + nameBytes.length);
  return bytes;
}

/**
 * The frames of an operation's output: an initial response with its plain members, then each event of its stream.
 * An ApiError thrown by the stream becomes an exception frame, anything else an error frame, and is thrown on.
 */
export async function* eventFrames(operation: Operation, output: object): AsyncGenerator<Uint8Array> {
  const member = operation.streamMember;
  if (member === undefined) throw new Error(`${operation.name} streams no events`);
  yield event('initial-response', writeJson(operation.output, output));
  const events = (output as Record<string, AsyncIterable<Readonly<Record<string, object>>>>)[member.name];
  if (events === undefined) return;
  try {
    for await (const entry of events) yield eventFrame(member.target.shape, entry);
  } catch (thrown) {
    if (!(thrown instanceof ApiError)) {
      yield encodeFrame(
        {
          ':message-type': 'error',
          ':error-code': 'InternalFailure',
          ':error-message': 'The request processing has failed',
        },
        new Uint8Array(),
      );
      throw thrown;
    }
    yield exception(thrown.code, `{"message":${quote(thrown.message)}}`);
  }
}

/** A union of events: exactly one member is set; members that are errors are exceptions. */
function eventFrame(union: Shape, entry: Readonly<Record<string, object>>): Uint8Array {
  const member = union.members.find(({ name }) => entry[name] !== undefined && entry[name] !== null);
  if (member === undefined) throw new Error(`an event of ${union.name} has none of its members`);
  const { shape } = member.target;
  const payload = writeJson(shape, entry[member.name] ?? {});
  return shape.table.kind === 'error' ? exception(member.name, payload) : event(member.name, payload);
}

function event(type: string, payload: string): Uint8Array {
  const headers = { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' };
  return encodeFrame(headers, toBytes(payload));
}

function exception(type: string, payload: string): Uint8Array {
  const headers = { ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' };
  return encodeFrame(headers, toBytes(payload));
}
