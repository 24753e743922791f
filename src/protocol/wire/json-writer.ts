import { keptJson } from '../api/index.ts';
import type { Reusable } from '../api/index.ts';
import { writeBlob, writeTimestamp } from '../model/leaf.ts';
import type { Shape, Target } from '../model/model.ts';

// Straight to bytes: a quarter faster in a server than building text, which must then be flattened and encoded
// (bench/protocol.ts).

const initialBytes = 64 * 1024;
/** A buffer that one huge answer made larger than this is not kept. */
const maximumKeptBytes = 4 * 1024 * 1024;

type Members = Readonly<Record<string, unknown>>;

class JsonWriter {
  #bytes = Buffer.allocUnsafeSlow(initialBytes);
  #length = 0;

  /** A whole document. */
  document(shape: Shape, value: object): Uint8Array {
    this.#length = 0;
    try {
      this.#structure(shape, value);
      return Buffer.from(this.#bytes.subarray(0, this.#length));
    } finally {
      if (this.#bytes.length > maximumKeptBytes) this.#bytes = Buffer.allocUnsafeSlow(initialBytes);
    }
  }

  #structure(shape: Shape, value: object): void {
    const kept = (value as Reusable)[keptJson];
    if (kept === undefined) this.#members(shape, value as Members);
    else if (kept?.shape === shape) this.#append(kept.bytes);
    else {
      const start = this.#length;
      this.#members(shape, value as Members);
      (value as Reusable)[keptJson] = { shape, bytes: Buffer.from(this.#bytes.subarray(start, this.#length)) };
    }
  }

  #members(shape: Shape, value: Members): void {
    let first = true;
    this.#byte(0x7b);
    for (const { name, target, jsonKey } of shape.members) {
      const found = value[name];
      if (found === undefined || found === null || target.streaming) continue;
      if (first) first = false;
      else this.#byte(0x2c);
      this.#short(jsonKey);
      this.#value(target, found);
    }
    this.#byte(0x7d);
  }

  #value(target: Target, value: unknown): void {
    switch (target.type) {
      case 'string':
        return this.#string(value as string);
      case 'integer':
      case 'float':
        return this.#ascii(Number.isFinite(value) ? String(value) : `"${String(value)}"`);
      case 'boolean':
        return this.#ascii(value === true ? 'true' : 'false');
      case 'timestamp':
        return this.#timestamp(target, value as number);
      case 'blob':
        return this.#ascii(`"${writeBlob(value as Uint8Array)}"`);
      case 'document':
        return this.#text(JSON.stringify(value));
      case 'list':
        return this.#list(target.item, value as readonly unknown[]);
      case 'map':
        return this.#map(target.item, value as Members);
      case 'structure':
      case 'union':
        return this.#structure(target.shape, value as object);
    }
  }

  #list(item: Target, values: readonly unknown[]): void {
    let first = true;
    this.#byte(0x5b);
    for (const value of values) {
      if (value === undefined || value === null) continue;
      if (first) first = false;
      else this.#byte(0x2c);
      this.#value(item, value);
    }
    this.#byte(0x5d);
  }

  #map(item: Target, values: Members): void {
    let first = true;
    this.#byte(0x7b);
    for (const [key, value] of Object.entries(values)) {
      if (value === undefined || value === null) continue;
      if (first) first = false;
      else this.#byte(0x2c);
      this.#string(key);
      this.#byte(0x3a);
      this.#value(item, value);
    }
    this.#byte(0x7d);
  }

  /** Seconds with milliseconds as decimals, unless the member says otherwise. */
  #timestamp({ timestampFormat = 'epoch-seconds' }: Target, timeMs: number): void {
    const text = writeTimestamp(timeMs, timestampFormat);
    this.#ascii(timestampFormat === 'epoch-seconds' ? text : `"${text}"`);
  }

  /** Most strings are short, printable ASCII without quotes; anything else is left to JSON.stringify. */
  #string(text: string): void {
    const { length } = text;
    this.#reserve(length + 2);
    const bytes = this.#bytes;
    let position = this.#length;
    bytes[position++] = 0x22;
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code < 0x20 || code > 0x7e || code === 0x22 || code === 0x5c) return this.#text(JSON.stringify(text));
      bytes[position++] = code;
    }
    bytes[position++] = 0x22;
    this.#length = position;
  }

  #text(text: string): void {
    this.#reserve(text.length * 3);
    this.#length += this.#bytes.write(text, this.#length, 'utf8');
  }

  #ascii(text: string): void {
    this.#reserve(text.length);
    this.#length += this.#bytes.write(text, this.#length, 'latin1');
  }

  /** For keys: a loop is faster than a call for a handful of bytes. */
  #short(source: Uint8Array): void {
    const { length } = source;
    this.#reserve(length);
    const bytes = this.#bytes;
    const position = this.#length;
    for (let index = 0; index < length; index++) bytes[position + index] = source[index] as number;
    this.#length = position + length;
  }

  #append(bytes: Uint8Array): void {
    this.#reserve(bytes.byteLength);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.byteLength;
  }

  #byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}

// Writing never waits, so one writer and its buffer serve all.
const writer = new JsonWriter();

/** The members of `shape` that `value` has, as JSON; kept with values that are reusable. */
export function writeJson(shape: Shape, value: object): Uint8Array {
  return writer.document(shape, value);
}
