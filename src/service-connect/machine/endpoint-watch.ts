import type { ConnectEndpoint, ConnectMessage, ConnectReport, ProxyUpdate } from '../../connect-protocol/index.ts';
import type { Clock } from '../../kernel/index.ts';
import { limits } from '../limits.ts';

export interface EndpointWatchOptions {
  readonly clock: Clock;
  /** To the control plane, over the present connection; without one nothing happens. */
  send(report: ConnectReport): void;
  /** To a task's proxy. Resolves when it is taken and drained, and also when there is no such proxy. */
  update(task: string, update: ProxyUpdate): Promise<void>;
}

/**
 * The endpoints that the tasks of this machine call, as the control plane says. Nothing is forgotten when the connection ends: proxies go on with what they know, and
 * everything is asked for again on the next one.
 */
export class EndpointWatch {
  readonly #options: EndpointWatchOptions;
  /** By endpoint: the tasks that call it. */
  readonly #callers = new Map<string, Set<string>>();
  /** Undefined: there is no such endpoint. Absent: not heard of yet. */
  readonly #known = new Map<string, ConnectEndpoint | undefined>();
  readonly #waiting = new Set<() => void>();
  #sequence: number;

  constructor(options: EndpointWatchOptions) {
    this.#options = options;
    // Above that of an earlier life of the agent, whose proxies live on.
    this.#sequence = options.clock.nowMs() * 1000;
  }

  /** A task calls these from now on. */
  add(task: string, endpoints: readonly string[]): void {
    const fresh = new Set<string>();
    for (const id of endpoints) {
      const callers = this.#callers.get(id);
      if (callers === undefined) fresh.add(id);
      this.#callers.set(id, (callers ?? new Set()).add(task));
    }
    this.#report([...fresh], []);
  }

  remove(task: string): void {
    const left: string[] = [];
    for (const [id, callers] of this.#callers) {
      if (!callers.delete(task) || callers.size > 0) continue;
      this.#callers.delete(id);
      this.#known.delete(id);
      left.push(id);
    }
    this.#report([], left);
  }

  /** Resolves when all of them have been heard of. @returns false when that is not so after a bounded wait */
  async heardOf(endpoints: readonly string[], withinMs: number): Promise<boolean> {
    const all = (): boolean => endpoints.every((id) => this.#known.has(id));
    if (all()) return true;
    return new Promise((resolve) => {
      const end = (heard: boolean): void => {
        cancel();
        this.#waiting.delete(look);
        resolve(heard);
      };
      const look = (): void => {
        if (all()) end(true);
      };
      const cancel = this.#options.clock.after(withinMs, () => end(false));
      this.#waiting.add(look);
    });
  }

  /** Everything that a task's proxy is to know, such as one that has just begun. */
  wholeFor(task: string): ProxyUpdate {
    const endpoints: ConnectEndpoint[] = [];
    const removed: string[] = [];
    for (const [id, callers] of this.#callers) {
      if (!callers.has(task) || !this.#known.has(id)) continue;
      const known = this.#known.get(id);
      if (known === undefined) removed.push(id);
      else endpoints.push(known);
    }
    return { sequence: ++this.#sequence, endpoints, removed };
  }

  /** A connection to the control plane is open. */
  opened(): void {
    this.#report([...this.#callers.keys()], []);
  }

  /** A message about what was asked for. @param answer to the connection that it came over: the numbers are its own */
  heard(message: ConnectMessage, answer: (report: ConnectReport) => void): void {
    const watched = message.endpoints.filter(({ id }) => this.#callers.has(id));
    const removed = message.removed.filter((id) => this.#callers.has(id));
    for (const endpoint of watched) this.#known.set(endpoint.id, endpoint);
    for (const id of removed) this.#known.set(id, undefined);
    const tasks = new Set(
      [...watched.map(({ id }) => id), ...removed].flatMap((id) => [...(this.#callers.get(id) ?? [])]),
    );
    const sequence = ++this.#sequence;
    const calls = (id: string, task: string): boolean => this.#callers.get(id)?.has(task) === true;
    const updates = [...tasks].map((task) =>
      this.#options.update(task, {
        sequence,
        endpoints: watched.filter(({ id }) => calls(id, task)),
        removed: removed.filter((id) => calls(id, task)),
      }),
    );
    for (const look of [...this.#waiting]) look();
    void Promise.allSettled(updates).then(() => answer({ type: 'settled', sequence: message.sequence }));
  }

  #report(add: readonly string[], remove: readonly string[]): void {
    for (let at = 0; at < Math.max(add.length, remove.length); at += limits.watchedAtOnce) {
      const part = (ids: readonly string[]): readonly string[] => ids.slice(at, at + limits.watchedAtOnce);
      this.#options.send({ type: 'watch', add: part(add), remove: part(remove) });
    }
  }
}
