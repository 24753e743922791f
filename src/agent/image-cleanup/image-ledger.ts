import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../kernel/index.ts';
import { messageOf } from '../../kernel/index.ts';
import { limits } from '../limits.ts';
import { writeFileAtomically } from '../state/write-file.ts';
import type { TrackedImage } from './decide-removals.ts';

interface LedgerFile {
  readonly format: 1;
  readonly images: readonly TrackedImage[];
}

/**
 * The images this agent pulled, on disk: `images.json`. What is not in it was on the machine before, or is somebody else's, and stays.
 * Losing the file loses the right to remove, nothing else.
 */
export class ImageLedger {
  readonly #path: string;
  readonly #log: Log;
  readonly #images = new Map<string, TrackedImage>();
  #writing: Promise<void> = Promise.resolve();
  #due = false;

  private constructor(path: string, log: Log) {
    this.#path = path;
    this.#log = log;
  }

  static async open(dataDir: string, log: Log): Promise<ImageLedger> {
    const ledger = new ImageLedger(join(dataDir, 'images.json'), log);
    await ledger.#read();
    return ledger;
  }

  all(): readonly TrackedImage[] {
    return [...this.#images.values()];
  }

  get(reference: string): TrackedImage | undefined {
    return this.#images.get(reference);
  }

  put(image: TrackedImage): void {
    this.#images.delete(image.reference);
    this.#images.set(image.reference, image);
    const oldest = this.#images.keys().next().value;
    // Forgetting keeps an image for ever; the oldest entry is the one most likely gone.
    if (this.#images.size > limits.trackedImages && oldest !== undefined) this.#images.delete(oldest);
    this.#write();
  }

  forget(reference: string): void {
    if (this.#images.delete(reference)) this.#write();
  }

  /** Resolves when all of it is on disk. */
  flush(): Promise<void> {
    return this.#writing;
  }

  async #read(): Promise<void> {
    try {
      const file = JSON.parse(await readFile(this.#path, 'utf8')) as LedgerFile;
      if (file.format !== 1) throw new Error(`format ${String(file.format)} is not known`);
      for (const image of file.images) this.#images.set(image.reference, image);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      this.#log.warn('the list of pulled images cannot be read; images pulled before are not removed', {
        path: this.#path,
        error: messageOf(error),
      });
    }
  }

  #write(): void {
    if (this.#due) return;
    this.#due = true;
    this.#writing = this.#writing.then(async () => {
      this.#due = false;
      const file: LedgerFile = { format: 1, images: this.all() };
      try {
        await writeFileAtomically(this.#path, JSON.stringify(file));
      } catch (error) {
        this.#log.warn('the list of pulled images could not be written', {
          path: this.#path,
          error: messageOf(error),
        });
      }
    });
  }
}
