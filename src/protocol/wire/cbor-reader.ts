import { ApiError } from '../api/index.ts';

/** Deeper data is refused. */
const maximumDepth = 128;
/** Ends an indefinite length. */
const stop = Symbol('break');

/**
 * Decodes one CBOR data item (RFC 8949) that fills `bytes`. Tags are dropped, so a timestamp is its number of seconds;
 * integers beyond 2^53 lose precision. Big numbers (tags 2 to 5) are not supported.
 * @throws ApiError SerializationException when the bytes are not one well-formed item
 */
export function decodeCbor(bytes: Uint8Array): unknown {
  const decoder = new CborDecoder(bytes);
  const value = decoder.item(0);
  if (value === stop || !decoder.atEnd) throw malformed();
  return value;
}

function malformed(): ApiError {
  return new ApiError('SerializationException', 'Malformed CBOR in the request body');
}

class CborDecoder {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.#position === this.#bytes.length;
  }

  item(depth: number): unknown {
    if (depth > maximumDepth) throw malformed();
    const head = this.#take(1)[0] ?? 0;
    const [major, info] = [head >> 5, head & 31];
    if (major === 7) return this.#simple(info);
    const indefinite = info === 31;
    if (indefinite && (major < 2 || major === 6)) throw malformed();
    const argument = indefinite ? undefined : this.#argument(info);
    switch (major) {
      case 0:
        return argument;
      case 1:
        return -1 - (argument ?? 0);
      case 2:
        return this.#string(argument, 2, depth);
      case 3:
        return this.#string(argument, 3, depth).toString('utf8');
      case 4:
        return this.#array(argument, depth);
      case 5:
        return this.#map(argument, depth);
      default:
        return this.#tagged(argument ?? 0, depth);
    }
  }

  #tagged(tag: number, depth: number): unknown {
    if (tag >= 2 && tag <= 5) throw malformed();
    const value = this.item(depth + 1);
    if (value === stop) throw malformed();
    return value;
  }

  #argument(info: number): number {
    if (info < 24) return info;
    if (info === 24) return this.#take(1).readUInt8();
    if (info === 25) return this.#take(2).readUInt16BE();
    if (info === 26) return this.#take(4).readUInt32BE();
    if (info === 27) return Number(this.#take(8).readBigUInt64BE());
    throw malformed();
  }

  #simple(info: number): unknown {
    switch (info) {
      case 20:
        return false;
      case 21:
        return true;
      case 22:
      case 23:
        return null;
      case 25:
        return half(this.#take(2).readUInt16BE());
      case 26:
        return this.#take(4).readFloatBE();
      case 27:
        return this.#take(8).readDoubleBE();
      case 31:
        return stop;
      default:
        throw malformed();
    }
  }

  /** A byte or text string; an indefinite one is a row of definite chunks of the same kind. */
  #string(length: number | undefined, major: 2 | 3, depth: number): Buffer {
    if (length !== undefined) return this.#take(length);
    if (depth > maximumDepth) throw malformed();
    const chunks: Buffer[] = [];
    for (;;) {
      const head = this.#take(1)[0] ?? 0;
      if (head === 0xff) return Buffer.concat(chunks);
      if (head >> 5 !== major || (head & 31) === 31) throw malformed();
      chunks.push(this.#take(this.#argument(head & 31)));
    }
  }

  #array(length: number | undefined, depth: number): unknown[] {
    const values: unknown[] = [];
    const indefinite = length === undefined;
    for (let left = length ?? 1; left > 0; left -= indefinite ? 0 : 1) {
      const value = this.item(depth + 1);
      if (value === stop) {
        if (indefinite) break;
        throw malformed();
      }
      values.push(value);
    }
    return values;
  }

  #map(length: number | undefined, depth: number): object {
    const entries: [string, unknown][] = [];
    const indefinite = length === undefined;
    for (let left = length ?? 1; left > 0; left -= indefinite ? 0 : 1) {
      const key = this.item(depth + 1);
      if (key === stop && indefinite) break;
      const value = this.item(depth + 1);
      if (typeof key !== 'string' || value === stop) throw malformed();
      entries.push([key, value]);
    }
    // fromEntries defines properties: a key `__proto__` is a key like any other.
    return Object.fromEntries(entries);
  }

  #take(length: number): Buffer {
    const end = this.#position + length;
    if (end > this.#bytes.length) throw malformed();
    const taken = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return taken;
  }
}

/** A 16-bit float. */
function half(bits: number): number {
  const sign = bits >> 15 === 1 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
