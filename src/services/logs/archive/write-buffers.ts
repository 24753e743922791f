/** Buffers of this size are used again; pages that the system has to find anew for each write cost as much as filling them. */
const keptBytes = 1024 * 1024;
/** As many as streams are written at the same time. */
const mostKept = 2;

/** Memory for what is being written. */
export class WriteBuffers {
  readonly #kept: Buffer[] = [];

  /** Runs `use` with a buffer of the size, which is nobody else's until that resolves. Its bytes are whatever they were. */
  async use<Result>(bytes: number, use: (buffer: Buffer) => Promise<Result>): Promise<Result> {
    if (bytes > keptBytes) return use(Buffer.allocUnsafe(bytes));
    const buffer = this.#kept.pop() ?? Buffer.allocUnsafeSlow(keptBytes);
    try {
      return await use(buffer.subarray(0, bytes));
    } finally {
      if (this.#kept.length < mostKept) this.#kept.push(buffer);
    }
  }
}
