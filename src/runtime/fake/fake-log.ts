import type { LogChunk, LogStream } from '../runtime.ts';

/** Output kept of one container; older chunks go, as with a rotated log. */
const maxKeptChunks = 10_000;

interface Reader {
  readonly queue: LogChunk[];
  readonly stamped: boolean;
  ended: boolean;
  wake: (() => void) | undefined;
}

/** What a fake container has written, and who reads along. */
export class FakeLog {
  readonly #kept: LogChunk[] = [];
  readonly #readers = new Set<Reader>();

  write(chunk: Required<LogChunk>): void {
    this.#kept.push(chunk);
    if (this.#kept.length > maxKeptChunks) this.#kept.shift();
    for (const reader of this.#readers) {
      reader.queue.push(reader.stamped ? chunk : { stream: chunk.stream, bytes: chunk.bytes });
      reader.wake?.();
    }
  }

  /** The container has ended, or the engine is gone: readers come to their end. */
  end(): void {
    for (const reader of this.#readers) finish(reader);
    this.#readers.clear();
  }

  /** From now on; with `sinceMs` also what was kept since then. */
  read(options: { readonly sinceMs?: number; readonly follow: boolean }): LogStream {
    const { sinceMs } = options;
    const queue = sinceMs === undefined ? [] : this.#kept.filter((chunk) => (chunk.timeMs ?? 0) >= sinceMs);
    const reader: Reader = { queue, stamped: sinceMs !== undefined, ended: !options.follow, wake: undefined };
    if (options.follow) this.#readers.add(reader);
    return {
      chunks: drain(reader),
      close: () => {
        this.#readers.delete(reader);
        queue.length = 0;
        finish(reader);
      },
    };
  }
}

function finish(reader: Reader): void {
  reader.ended = true;
  reader.wake?.();
}

async function* drain(reader: Reader): AsyncIterable<LogChunk> {
  for (;;) {
    const chunk = reader.queue.shift();
    if (chunk !== undefined) yield chunk;
    else if (reader.ended) return;
    else {
      await new Promise<void>((resolve) => {
        reader.wake = resolve;
      });
      reader.wake = undefined;
    }
  }
}
