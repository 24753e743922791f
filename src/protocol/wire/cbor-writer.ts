import { toBytes } from '../../kernel/index.ts';
import type { Member, Shape, Target } from '../model/model.ts';

// RFC 8949, the part RPC v2 CBOR uses: definite lengths, 64-bit floats, tag 1 for timestamps.

const initialBytes = 4096;

/** Grows as it is written; `take()` once at the end. */
export class CborWriter {
  #bytes = Buffer.allocUnsafe(initialBytes);
  #length = 0;

  take(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** The members of `shape` that `value` has, as a map. */
  structure(shape: Shape, value: object): void {
    const source = value as Record<string, unknown>;
    const present = shape.members.filter(({ name, target }) => source[name] != null && !target.streaming);
    this.#head(5, present.length);
    for (const member of present) this.member(member, source[member.name]);
  }

  /** One pair of a structure's map. */
  member({ name, target }: Member, value: unknown): void {
    this.text(name);
    this.#value(target, value);
  }

  /** Opens a map of `entries` pairs; the pairs follow. */
  map(entries: number): void {
    this.#head(5, entries);
  }

  text(text: string): void {
    const bytes = toBytes(text);
    this.#head(3, bytes.byteLength);
    this.#append(bytes);
  }

  #value(target: Target, value: unknown): void {
    switch (target.type) {
      case 'string':
        return this.text(value as string);
      case 'integer':
        return this.#integer(value as number);
      case 'float':
        return this.#double(value as number);
      case 'boolean':
        return this.#byte(value === true ? 0xf5 : 0xf4);
      case 'timestamp':
        this.#head(6, 1);
        return this.#double((value as number) / 1000);
      case 'blob':
        this.#head(2, (value as Uint8Array).byteLength);
        return this.#append(value as Uint8Array);
      case 'document':
        return this.#document(value);
      case 'list':
        return this.#list(target.item, value as readonly unknown[]);
      case 'map':
        return this.#map(target.item, value as Readonly<Record<string, unknown>>);
      case 'structure':
      case 'union':
        return this.structure(target.shape, value as object);
    }
  }

  #list(item: Target, values: readonly unknown[]): void {
    const present = values.filter((value) => value !== undefined && value !== null);
    this.#head(4, present.length);
    for (const value of present) this.#value(item, value);
  }

  #map(item: Target, values: Readonly<Record<string, unknown>>): void {
    const present = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
    this.#head(5, present.length);
    for (const [key, value] of present) {
      this.text(key);
      this.#value(item, value);
    }
  }

  #document(value: unknown): void {
    if (typeof value === 'string') this.text(value);
    else if (typeof value === 'number') this.#integer(value);
    else if (typeof value === 'boolean') this.#byte(value ? 0xf5 : 0xf4);
    else if (Array.isArray(value)) {
      this.#head(4, value.length);
      for (const entry of value) this.#document(entry);
    } else if (typeof value === 'object' && value !== null) {
      const entries = Object.entries(value);
      this.#head(5, entries.length);
      for (const [key, entry] of entries) {
        this.text(key);
        this.#document(entry);
      }
    } else this.#byte(0xf6);
  }

  #integer(value: number): void {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) this.#double(value);
    else if (value >= 0) this.#head(0, value);
    else this.#head(1, -1 - value);
  }

  #double(value: number): void {
    this.#reserve(9);
    this.#bytes[this.#length] = 0xfb;
    this.#bytes.writeDoubleBE(value, this.#length + 1);
    this.#length += 9;
  }

  #head(major: number, argument: number): void {
    this.#reserve(9);
    const type = major << 5;
    if (argument < 24) this.#bytes[this.#length++] = type | argument;
    else if (argument < 0x100) {
      this.#bytes[this.#length] = type | 24;
      this.#bytes[this.#length + 1] = argument;
      this.#length += 2;
    } else if (argument < 0x10000) {
      this.#bytes[this.#length] = type | 25;
      this.#length = this.#bytes.writeUInt16BE(argument, this.#length + 1);
    } else if (argument < 0x1_0000_0000) {
      this.#bytes[this.#length] = type | 26;
      this.#length = this.#bytes.writeUInt32BE(argument, this.#length + 1);
    } else {
      this.#bytes[this.#length] = type | 27;
      this.#length = this.#bytes.writeBigUInt64BE(BigInt(argument), this.#length + 1);
    }
  }

  #byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  #append(bytes: Uint8Array): void {
    this.#reserve(bytes.byteLength);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.byteLength;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
