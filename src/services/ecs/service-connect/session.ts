import type { ConnectEndpoint, ConnectMessage } from '../../../connect-protocol/index.ts';
import type { Cancel, Clock, Log } from '../../../kernel/index.ts';
import type { Socket } from '../../../protocol/api/index.ts';
import { HeldTasks } from './held-tasks.ts';
import { connectLimits } from './limits.ts';
import { readConnectReport } from './read-report.ts';

export interface ConnectSessionDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** An endpoint as it is now, with the keys of its tasks; undefined: it is not there, or not for this agent to know. */
  render(id: string): { readonly endpoint: ConnectEndpoint; readonly taskKeys: readonly string[] } | undefined;
  /** No proxy of this agent calls the task any more. */
  released(taskKey: string): void;
}

/**
 * One agent's connection: the endpoints that its tasks call, and what changed of them. Changes of one turn go together; while the agent does not keep up, they wait
 * and become one.
 */
export class ConnectSession {
  readonly #socket: Socket;
  readonly #deps: ConnectSessionDeps;
  readonly #watched = new Set<string>();
  readonly #dirty = new Set<string>();
  /** By endpoint: the tasks that the agent was told of. */
  readonly #told = new Map<string, ReadonlySet<string>>();
  /** By message: tasks that left with it, until the agent says that nothing is in flight to them. */
  readonly #leaving = new Map<number, readonly string[]>();
  readonly #held: HeldTasks;
  #sequence = 0;
  #cancel: Cancel | undefined;
  #closed = false;

  constructor(socket: Socket, deps: ConnectSessionDeps) {
    this.#socket = socket;
    this.#deps = deps;
    this.#held = new HeldTasks((key) => deps.released(key));
  }

  /** @param onEnd called once */
  open(onEnd: () => void): void {
    this.#socket.listen({
      onText: (text) => this.#receive(text),
      onClose: () => {
        this.#closed = true;
        this.#cancel?.();
        onEnd();
        this.#held.releaseAll();
      },
    });
  }

  /** May its proxies still call the task? */
  holds(taskKey: string): boolean {
    return !this.#closed && this.#held.has(taskKey);
  }

  changed(id: string): void {
    if (!this.#watched.has(id)) return;
    this.#dirty.add(id);
    this.#sendSoon(0);
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  #sendSoon(delayMs: number): void {
    if (this.#closed || this.#cancel !== undefined || this.#dirty.size === 0) return;
    this.#cancel = this.#deps.clock.after(delayMs, () => {
      this.#cancel = undefined;
      this.#send();
    });
  }

  #send(): void {
    while (this.#dirty.size > 0 && !this.#closed) {
      if (this.#socket.bufferedBytes > connectLimits.bufferedBytes) return this.#sendSoon(connectLimits.retryMs);
      this.#socket.send(JSON.stringify(this.#next()));
    }
  }

  #next(): ConnectMessage {
    this.#sequence += 1;
    const endpoints: ConnectEndpoint[] = [];
    const removed: string[] = [];
    const left: string[] = [];
    for (const id of this.#dirty) {
      if (endpoints.length >= connectLimits.endpointsInMessage) break;
      this.#dirty.delete(id);
      const found = this.#deps.render(id);
      const before = this.#told.get(id) ?? new Set<string>();
      const now = new Set(found?.taskKeys);
      this.#held.hold([...now].filter((key) => !before.has(key)));
      left.push(...[...before].filter((key) => !now.has(key)));
      if (found === undefined) {
        this.#told.delete(id);
        removed.push(id);
      } else {
        this.#told.set(id, now);
        endpoints.push(found.endpoint);
      }
    }
    if (left.length > 0) this.#leaving.set(this.#sequence, left);
    return { type: 'endpoints', sequence: this.#sequence, endpoints, removed };
  }

  #receive(text: string): void {
    const report = readConnectReport(text);
    if (report === undefined) {
      this.#deps.log.warn('an agent sent what is no report; its connection is closed', { text: text.slice(0, 200) });
      return this.close(1008, 'not a report');
    }
    if (report.type === 'settled') {
      const left = this.#leaving.get(report.sequence) ?? [];
      this.#leaving.delete(report.sequence);
      return this.#held.release(left);
    }
    for (const id of report.remove) this.#unwatch(id);
    for (const id of report.add) {
      this.#watched.add(id);
      this.#dirty.add(id);
    }
    if (this.#watched.size > connectLimits.watched)
      return this.close(1008, `more than ${connectLimits.watched} endpoints are watched`);
    this.#sendSoon(0);
  }

  /** None of its tasks calls the endpoint any more. */
  #unwatch(id: string): void {
    this.#watched.delete(id);
    this.#dirty.delete(id);
    const told = this.#told.get(id);
    this.#told.delete(id);
    if (told !== undefined) this.#held.release(told);
  }
}
