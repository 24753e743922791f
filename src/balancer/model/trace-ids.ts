import { randomFillSync } from 'node:crypto';

const idBytes = 12;
const idsAtOnce = 512;

/** Makes `1-<epoch seconds>-<96 random bits>`, in hexadecimal digits. */
export class TraceIds {
  readonly #random = Buffer.alloc(idBytes * idsAtOnce);
  #next = idsAtOnce;

  fresh(nowMs: number): string {
    if (this.#next === idsAtOnce) {
      randomFillSync(this.#random);
      this.#next = 0;
    }
    const start = this.#next * idBytes;
    this.#next += 1;
    const seconds = Math.floor(nowMs / 1000)
      .toString(16)
      .padStart(8, '0');
    return `1-${seconds}-${this.#random.toString('hex', start, start + idBytes)}`;
  }
}
