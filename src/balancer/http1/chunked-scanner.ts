import { limits } from '../limits.ts';

const states = {
  size: 0,
  extension: 1,
  sizeLf: 2,
  data: 3,
  dataCr: 4,
  dataLf: 5,
  trailer: 6,
  trailerLf: 7,
  endLf: 8,
} as const;
type State = (typeof states)[keyof typeof states];

const cr = 13;
const lf = 10;
const semicolon = 59;
const maxSizeDigits = 12;

/**
 * Follows a chunked body, however it is cut into pieces, without copying it. Strict: sizes are hexadecimal digits only, every line ends in
 * CR LF, and lines and trailers are bounded, so that whoever reads the same bytes behind us sees the same end.
 */
export class ChunkedScanner {
  #state: State = states.size;
  #remaining = 0;
  #digits = 0;
  #lineBytes = 0;
  #trailerBytes = 0;
  #lineStart = true;
  done = false;
  failed = false;

  reset(): void {
    this.#state = states.size;
    this.#remaining = 0;
    this.#digits = 0;
    this.#lineBytes = 0;
    this.#trailerBytes = 0;
    this.#lineStart = true;
    this.done = false;
    this.failed = false;
  }

  /**
   * Takes bytes from `from` on. `onData` gets the pieces of the content.
   * @returns the index after the last byte that belongs to the body
   */
  scan(bytes: Buffer, from: number, onData?: (piece: Buffer) => void): number {
    let position = from;
    while (position < bytes.length && !this.done && !this.failed) {
      if (this.#state === states.data) {
        const end = Math.min(bytes.length, position + this.#remaining);
        onData?.(bytes.subarray(position, end));
        this.#remaining -= end - position;
        position = end;
        if (this.#remaining === 0) this.#state = states.dataCr;
      } else {
        this.#step(bytes[position] ?? 0);
        position += 1;
      }
    }
    return position;
  }

  #step(byte: number): void {
    switch (this.#state) {
      case states.size:
        return this.#inSize(byte);
      case states.extension:
        this.#lineBytes += 1;
        if (byte === cr) this.#state = states.sizeLf;
        else if ((byte < 32 && byte !== 9) || byte === 127 || this.#lineBytes > limits.chunkLineBytes)
          this.failed = true;
        return;
      case states.sizeLf:
        if (byte !== lf) this.failed = true;
        this.#state = this.#remaining === 0 ? states.trailer : states.data;
        return;
      case states.dataCr:
        if (byte !== cr) this.failed = true;
        this.#state = states.dataLf;
        return;
      case states.dataLf:
        if (byte !== lf) this.failed = true;
        this.#state = states.size;
        this.#digits = 0;
        this.#lineBytes = 0;
        return;
      case states.trailer:
        return this.#inTrailer(byte);
      case states.trailerLf:
        if (byte !== lf) this.failed = true;
        this.#state = states.trailer;
        this.#lineStart = true;
        return;
      case states.endLf:
        if (byte === lf) this.done = true;
        else this.failed = true;
        return;
      case states.data:
        return;
    }
  }

  #inSize(byte: number): void {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      this.#remaining = this.#digits === 0 ? digit : this.#remaining * 16 + digit;
      this.#digits += 1;
      if (this.#digits > maxSizeDigits) this.failed = true;
      return;
    }
    if (this.#digits === 0) this.failed = true;
    else if (byte === cr) this.#state = states.sizeLf;
    else if (byte === semicolon) this.#state = states.extension;
    else this.failed = true;
  }

  #inTrailer(byte: number): void {
    this.#trailerBytes += 1;
    if (this.#trailerBytes > limits.trailerBytes) this.failed = true;
    else if (byte === cr) this.#state = this.#lineStart ? states.endLf : states.trailerLf;
    else if ((byte < 32 && byte !== 9) || byte === 127) this.failed = true;
    else if (this.#lineStart && (byte === 32 || byte === 9)) this.failed = true;
    this.#lineStart = false;
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 0x20;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
