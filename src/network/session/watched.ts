import type { Clock } from '../../kernel/index.ts';
import { NetworkFailed } from '../index.ts';
import { limits } from './limits.ts';

interface Waiter {
  resolve(): void;
  reject(error: Error): void;
}

interface Entry {
  enforced: boolean;
  readonly waiters: Set<Waiter>;
}

/** The interfaces that are on this machine, and who waits for what may pass to and from them. */
export class Watched {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns those that are new */
  add(ids: readonly string[]): readonly string[] {
    const fresh = [...new Set(ids)].filter((id) => !this.#entries.has(id));
    for (const id of fresh) this.#entries.set(id, { enforced: false, waiters: new Set() });
    return fresh;
  }

  /** @returns those that were there */
  remove(ids: readonly string[]): readonly string[] {
    const gone = ids.filter((id) => this.#entries.has(id));
    for (const id of gone) this.#fail(id, new NetworkFailed(`${id} is not on this machine any more`));
    for (const id of gone) this.#entries.delete(id);
    return gone;
  }

  has(id: string): boolean {
    return this.#entries.has(id);
  }

  ids(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** What may pass to and from these is enforced. */
  known(ids: readonly string[]): void {
    for (const id of ids) {
      const entry = this.#entries.get(id);
      if (entry === undefined) continue;
      entry.enforced = true;
      for (const { resolve } of entry.waiters) resolve();
      entry.waiters.clear();
    }
  }

  /** The control plane has no such interfaces (any more). Those that were never wired are not watched any longer. */
  unknown(ids: readonly string[]): void {
    for (const id of ids) {
      if (this.#entries.get(id)?.enforced !== false) continue;
      this.#fail(id, new NetworkFailed(`the control plane has no network interface ${id}`));
      this.#entries.delete(id);
    }
  }

  enforced(id: string, late: (waitedMs: number) => Error): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry === undefined)
      return Promise.reject(new NetworkFailed(`the control plane has no network interface ${id}`));
    if (entry.enforced) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(limits.answerMs, () => {
        entry.waiters.delete(waiter);
        reject(late(limits.answerMs));
      });
      const waiter: Waiter = {
        resolve: () => {
          cancel();
          resolve();
        },
        reject: (error) => {
          cancel();
          reject(error);
        },
      };
      entry.waiters.add(waiter);
    });
  }

  close(error: Error): void {
    for (const id of this.#entries.keys()) this.#fail(id, error);
  }

  #fail(id: string, error: Error): void {
    const entry = this.#entries.get(id);
    for (const { reject } of entry?.waiters ?? []) reject(error);
    entry?.waiters.clear();
  }
}
