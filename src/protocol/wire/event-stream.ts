import { crc32 } from 'node:zlib';
import { toBytes } from '../../kernel/index.ts';
import { ApiError } from '../api/index.ts';
import type { Operation, Shape } from '../model/model.ts';
import { writeJson } from './json-writer.ts';

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

type Events = AsyncIterator<Readonly<Record<string, object>>>;

/**
 * The frames of an operation's output: an initial response with its plain members, then each event of its stream.
 * An ApiError thrown by the stream becomes an exception frame; anything else an error frame, and is thrown on.
 * No generator: `return()` must reach the stream at once, even while an event is awaited.
 */
export class EventFrames implements AsyncIterableIterator<Uint8Array> {
  readonly #events: Events | undefined;
  readonly #union: Shape;
  #first: Uint8Array | undefined;
  #failure: { readonly thrown: unknown } | undefined;
  #done = false;

  constructor(operation: Operation, output: object) {
    const member = operation.streamMember;
    if (member === undefined) throw new Error(`${operation.name} streams no events`);
    this.#union = member.target.shape;
    this.#first = event('initial-response', writeJson(operation.output, output));
    const stream = (output as Record<string, AsyncIterable<Readonly<Record<string, object>>> | undefined>)[member.name];
    this.#events = stream?.[Symbol.asyncIterator]();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined && !this.#done) return { done: false, value: first };
    if (this.#failure !== undefined) throw this.#failure.thrown;
    if (this.#done || this.#events === undefined) return { done: true, value: undefined };
    try {
      const step = await this.#events.next();
      if (step.done !== true) return { done: false, value: eventFrame(this.#union, step.value) };
      this.#done = true;
      return { done: true, value: undefined };
    } catch (thrown) {
      return { done: false, value: this.#fail(thrown) };
    }
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#done = true;
    await this.#events?.return?.();
    return { done: true, value: undefined };
  }

  #fail(thrown: unknown): Uint8Array {
    this.#done = true;
    if (thrown instanceof ApiError) return exception(thrown.code, toBytes(JSON.stringify({ message: thrown.message })));
    this.#failure = { thrown };
    const headers = { ':error-code': 'InternalFailure', ':error-message': 'The request processing has failed' };
    return encodeFrame({ ':message-type': 'error', ...headers }, new Uint8Array());
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

function event(type: string, payload: Uint8Array): Uint8Array {
  const headers = { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' };
  return encodeFrame(headers, payload);
}

function exception(type: string, payload: Uint8Array): Uint8Array {
  const headers = { ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' };
  return encodeFrame(headers, payload);
}
