import { messageOf, type Cancel, type Clock, type EpochMs, type Ids, type Log } from '../kernel/index.ts';
import type { Controller } from './controller.ts';

export interface LoopOptions {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

/** Keys of one controller that are reconciled at the same time. */
export const maxConcurrent = 16;
export const firstBackOffMs = 100;
export const longestBackOffMs = 30_000;

/** What one controller has to do: each key at most once in the queue, never twice at once in work. */
class ControllerQueue {
  readonly #controller: Controller;
  readonly #options: LoopOptions;
  readonly #queue = new Set<string>();
  readonly #working = new Set<string>();
  /** Changed while in work: look again afterwards. */
  readonly #again = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #timers = new Map<string, Cancel>();
  #unwatch: () => void = () => undefined;
  #stopped = false;

  constructor(controller: Controller, options: LoopOptions) {
    this.#controller = controller;
    this.#options = options;
  }

  start(): void {
    this.#unwatch = this.#controller.watch((key) => this.#enqueue(key));
  }

  stop(): void {
    this.#stopped = true;
    this.#unwatch();
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#queue.clear();
  }

  /** Keys waiting, in work, and waiting for a time. */
  get size(): number {
    return this.#queue.size + this.#working.size + this.#timers.size;
  }

  #enqueue(key: string): void {
    if (this.#stopped) return;
    this.#timers.get(key)?.();
    this.#timers.delete(key);
    if (this.#working.has(key)) this.#again.add(key);
    else this.#queue.add(key);
    this.#pump();
  }

  #pump(): void {
    for (const key of this.#queue) {
      if (this.#working.size >= maxConcurrent) return;
      this.#queue.delete(key);
      this.#working.add(key);
      void this.#reconcile(key);
    }
  }

  async #reconcile(key: string): Promise<void> {
    let wakeAtMs: EpochMs | undefined;
    try {
      // Never in the turn of the change: listeners of a table must not be re-entered by what a reconcile writes.
      await Promise.resolve();
      // It has read nothing yet, so it sees every change up to here.
      this.#again.delete(key);
      ({ wakeAtMs } = await this.#controller.reconcile(key));
      this.#failures.delete(key);
    } catch (error) {
      wakeAtMs = this.#backOff(key, error);
    }
    this.#working.delete(key);
    if (this.#stopped) return;
    if (this.#again.delete(key)) this.#queue.add(key);
    else if (wakeAtMs !== undefined) this.#wake(key, wakeAtMs);
    this.#pump();
  }

  #wake(key: string, atMs: EpochMs): void {
    const { clock } = this.#options;
    const cancel = clock.after(atMs - clock.nowMs(), () => {
      this.#timers.delete(key);
      this.#enqueue(key);
    });
    this.#timers.set(key, cancel);
  }

  #backOff(key: string, error: unknown): EpochMs {
    const { clock, ids, log } = this.#options;
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    const longest = Math.min(firstBackOffMs * 2 ** (failures - 1), longestBackOffMs);
    const pauseMs = longest * (0.5 + ids.fraction() / 2);
    log.warn('reconcile failed', {
      controller: this.#controller.name,
      key,
      failures,
      pauseMs: Math.round(pauseMs),
      error: messageOf(error),
    });
    return clock.nowMs() + pauseMs;
  }
}

/** The one control loop: runs every controller over its keys until stopped. */
export class ReconcileLoop {
  readonly #queues: readonly ControllerQueue[];

  constructor(controllers: readonly Controller[], options: LoopOptions) {
    this.#queues = controllers.map((controller) => new ControllerQueue(controller, options));
  }

  start(): void {
    for (const queue of this.#queues) queue.start();
  }

  stop(): void {
    for (const queue of this.#queues) queue.stop();
  }

  /** Keys waiting or in work, over all controllers. */
  get size(): number {
    return this.#queues.reduce((sum, queue) => sum + queue.size, 0);
  }
}
