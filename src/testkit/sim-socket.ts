import type { Clock } from '../kernel/index.ts';
import type { Socket, SocketListener } from '../protocol/api/index.ts';
import type { FaultPlan } from './faults.ts';
import type { SimIds } from './sim-ids.ts';

export interface WireOptions {
  readonly clock: Clock;
  readonly ids: SimIds;
  /** Asked for each frame: the plan may change while the wire is up. */
  faults(): FaultPlan;
  /** Nothing gets through now, and neither end hears of it. */
  isCut(): boolean;
}

/** Close code of a connection that broke without a word. */
const abnormal = 1006;

/** One end of a websocket in memory. */
class End implements Socket {
  readonly #wire: Wire;
  #listener: SocketListener | undefined;
  #ended = false;
  #onWayBytes = 0;
  /** When the last frame arrives: a later one must not overtake it. */
  #lastArrivalMs = 0;
  /** Arrived before anyone listened. */
  readonly #early: string[] = [];
  peer: End | undefined;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  get bufferedBytes(): number {
    return this.#onWayBytes;
  }

  send(text: string): void {
    const { ids, clock, faults } = this.#wire.options;
    const { frameLost, frameDuplicated, longestDelayMs } = faults();
    if (this.#ended || ids.happens(frameLost)) return;
    const copies = ids.happens(frameDuplicated) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      this.#lastArrivalMs = Math.max(this.#lastArrivalMs, clock.nowMs() + ids.between(0, longestDelayMs));
      this.#onWayBytes += text.length;
      clock.after(this.#lastArrivalMs - clock.nowMs(), () => {
        this.#onWayBytes -= text.length;
        if (this.#wire.options.isCut()) return;
        // Whoever sends to an end that went away unheard hears of it then, as of a reset.
        if (this.peer?.arrive(text) === false) this.end(abnormal, '');
      });
    }
  }

  close(code: number, reason: string): void {
    if (this.#ended) return;
    const { clock } = this.#wire.options;
    this.end(code, reason);
    clock.after(Math.max(0, this.#lastArrivalMs - clock.nowMs()), () => {
      if (!this.#wire.options.isCut()) this.peer?.end(code, reason);
    });
  }

  listen(listener: SocketListener): void {
    this.#listener = listener;
    for (const text of this.#early.splice(0)) listener.onText(text);
  }

  /** @returns false when this end is closed */
  arrive(text: string): boolean {
    if (this.#ended) return false;
    if (this.#listener === undefined) this.#early.push(text);
    else this.#listener.onText(text);
    return true;
  }

  end(code: number, reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#wire.options.clock.after(0, () => this.#listener?.onClose(code, reason));
  }
}

/** A websocket in memory between a server and a client, with the plan's faults on it. */
export class Wire {
  readonly options: WireOptions;
  readonly server: Socket;
  readonly client: Socket;
  readonly #ends: readonly End[];

  constructor(options: WireOptions) {
    this.options = options;
    const server = new End(this);
    const client = new End(this);
    server.peer = client;
    client.peer = server;
    this.server = server;
    this.client = client;
    this.#ends = [server, client];
  }

  /** Breaks the connection; frames on the way are lost. */
  cut(): void {
    for (const end of this.#ends) end.end(abnormal, '');
  }
}
