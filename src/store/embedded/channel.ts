import type { Worker } from 'node:worker_threads';
import type { Failure, Numbered, Opened, Reply, Request } from './messages.ts';

/** A request the journal answered with a failure. */
export class RequestFailed extends Error {
  override readonly name = 'RequestFailed';
  readonly reason: Failure['reason'];
  constructor(failure: Failure) {
    super(failure.message);
    this.reason = failure.reason;
  }
}

interface Pending {
  resolve(reply: Reply): void;
  reject(error: RequestFailed): void;
}

/** Requests to the thread and their replies, which come in the same order. */
export class Channel {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #onBroken: (failure: Failure) => void;
  #id = 0;
  #broken: Failure | undefined;

  /** `onBroken` is called once, before the requests that were under way are refused. */
  constructor(worker: Worker, onBroken: (failure: Failure) => void) {
    this.#worker = worker;
    this.#onBroken = onBroken;
    worker.on('message', (reply: Reply) => this.#receive(reply));
    worker.on('error', (error: Error) => this.#break({ reason: 'broken', message: error.message }));
    worker.on('exit', (code) => this.#break({ reason: 'broken', message: `the thread ended (${code})` }));
  }

  /** Waits for the thread's first message. */
  static async opened(worker: Worker): Promise<Opened> {
    return await new Promise((resolve) => {
      worker.once('message', resolve);
      worker.once('error', (error: Error) => resolve({ failure: { reason: 'broken', message: error.message } }));
      worker.once('exit', (code) => resolve({ failure: { reason: 'broken', message: `the thread ended (${code})` } }));
    });
  }

  /** @throws RequestFailed */
  async ask(request: Request, transfer: readonly ArrayBuffer[] = []): Promise<Reply> {
    if (this.#broken !== undefined) throw new RequestFailed({ reason: 'ended', message: this.#broken.message });
    const numbered: Numbered = { id: ++this.#id, ...request };
    this.#worker.postMessage(numbered, transfer);
    return await new Promise((resolve, reject) => this.#pending.set(numbered.id, { resolve, reject }));
  }

  /** Ends the thread after everything asked before; a thread that is broken is ended at once. */
  async close(): Promise<void> {
    if (this.#broken === undefined) {
      const closed = this.ask({ kind: 'close' });
      // Before the reply: the thread ends right behind it, which is no failure then.
      this.#broken = { reason: 'broken', message: 'closed' };
      await closed;
    }
    await this.#worker.terminate();
  }

  #receive(reply: Reply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (!('failure' in reply)) return pending?.resolve(reply);
    if (reply.failure.reason === 'broken') this.#break(reply.failure);
    pending?.reject(new RequestFailed(reply.failure));
  }

  #break(failure: Failure): void {
    if (this.#broken !== undefined) return;
    this.#broken = failure;
    this.#onBroken(failure);
    for (const pending of this.#pending.values()) pending.reject(new RequestFailed(failure));
    this.#pending.clear();
  }
}
