import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

interface Cached {
  readonly opening: Promise<FileHandle>;
  users: number;
}

/** Open files, at most about `maxOpen` of them: the one unused for longest is closed for the next. */
export class FileHandles {
  readonly #cached = new Map<string, Cached>();
  readonly #maxOpen: number;

  constructor(maxOpen: number) {
    this.#maxOpen = maxOpen;
  }

  /** Runs `use` with the existing file at `path` open for reading and writing. */
  async use<Result>(path: string, use: (handle: FileHandle) => Promise<Result>): Promise<Result> {
    const cached = this.#take(path);
    try {
      return await use(await cached.opening);
    } finally {
      cached.users -= 1;
      if (cached.users === 0 && this.#cached.get(path) !== cached) await closeQuietly(cached);
      this.#trim();
    }
  }

  /** Closes a file that is about to be deleted; who uses it now closes it. */
  async forget(path: string): Promise<void> {
    const cached = this.#cached.get(path);
    this.#cached.delete(path);
    if (cached !== undefined && cached.users === 0) await closeQuietly(cached);
  }

  async close(): Promise<void> {
    const all = [...this.#cached.values()];
    this.#cached.clear();
    await Promise.all(all.filter(({ users }) => users === 0).map(closeQuietly));
  }

  #take(path: string): Cached {
    const known = this.#cached.get(path);
    if (known !== undefined) {
      this.#cached.delete(path);
      this.#cached.set(path, known);
      known.users += 1;
      return known;
    }
    const cached: Cached = { opening: open(path, 'r+'), users: 1 };
    this.#cached.set(path, cached);
    cached.opening.catch(() => {
      if (this.#cached.get(path) === cached) this.#cached.delete(path);
    });
    return cached;
  }

  #trim(): void {
    if (this.#cached.size <= this.#maxOpen) return;
    for (const [path, cached] of this.#cached) {
      if (cached.users > 0) continue;
      this.#cached.delete(path);
      void closeQuietly(cached);
      if (this.#cached.size <= this.#maxOpen) return;
    }
  }
}

/** A file that did not open needs no closing; one whose close fails is closed all the same. */
async function closeQuietly(cached: Cached): Promise<void> {
  try {
    await (await cached.opening).close();
  } catch {
    return;
  }
}
