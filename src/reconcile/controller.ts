import type { EpochMs } from '../kernel/index.ts';

/** What a reconcile asks for: nothing (wait for a change), or to be called again at a time. */
export interface ReconcileResult {
  readonly wakeAtMs?: EpochMs;
}

/**
 * Brings the thing named by a key towards what is wanted: reads a view, decides, applies one transaction.
 * Called for every key after start, and whenever `watch` enqueued it; never twice at once for one key.
 * A throw is a failure of that key alone: it is tried again after a back-off.
 */
export interface Controller {
  readonly name: string;
  /** Starts to enqueue keys: all present ones, then each as it changes. Returns how to stop. */
  watch(enqueue: (key: string) => void): () => void;
  reconcile(key: string): Promise<ReconcileResult>;
}
