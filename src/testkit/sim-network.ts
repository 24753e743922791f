import { Unavailable, type Clock } from '../kernel/index.ts';
import { ApiError, type Socket } from '../protocol/api/index.ts';
import type { Operations } from '../protocol/generated/ecs.ts';
import type { FaultPlan } from './faults.ts';
import type { SimIds } from './sim-ids.ts';
import type { SimCaller, SimServer } from './sim-server.ts';
import { Wire } from './sim-socket.ts';

/** A machine's way to the rest of the network. */
export interface Link {
  readonly isCut: boolean;
}

const whole: Link = { isCut: false };

/** An agent's and a user's way to whatever control plane lives now. */
export class SimNetwork {
  readonly #clock: Clock;
  readonly #ids: SimIds;
  readonly #wires = new Set<Wire>();
  faults: FaultPlan;
  /** Undefined while none lives. */
  server: SimServer | undefined;

  constructor(clock: Clock, ids: SimIds, faults: FaultPlan) {
    this.#clock = clock;
    this.#ids = ids;
    this.faults = faults;
  }

  /** @throws ApiError as the control plane answers; Unavailable when there is no answer in time: whether it took effect is unknown */
  async call<Name extends keyof Operations>(
    operation: Name,
    input: Operations[Name]['input'],
    options: { readonly caller: SimCaller; readonly clock: Clock; readonly link?: Link },
  ): Promise<Operations[Name]['output']> {
    const { link = whole } = options;
    const { requestLost, answerLost, requestLate, longestDelayMs } = this.faults;
    const lost = this.#ids.happens(requestLost);
    const unheard = this.#ids.happens(answerLost);
    const lateMs = this.#ids.happens(requestLate) ? this.#ids.between(callTimeoutMs, longestLateMs) : 0;
    const thereMs = lateMs + this.#ids.between(0, longestDelayMs);
    const backMs = this.#ids.between(0, longestDelayMs);
    return new Promise((resolve, reject) => {
      options.clock.after(callTimeoutMs, () => reject(new Unavailable(`${operation} was not answered`)));
      if (lost || link.isCut) return;
      this.#clock.after(thereMs, () => {
        const { server } = this;
        if (server === undefined) return reject(new Unavailable('connection refused'));
        const back = (settle: () => void): void => {
          if (unheard || link.isCut || server !== this.server) return;
          options.clock.after(backMs, settle);
        };
        server.call(operation, input, options.caller).then(
          (output) => back(() => resolve(output)),
          (error: unknown) => back(() => reject(error)),
        );
      });
    });
  }

  /** Opens a websocket. @throws ApiError when refused; Unavailable when nobody answers */
  async connect(
    path: string,
    query: ReadonlyMap<string, string>,
    options: { readonly caller: SimCaller; readonly clock: Clock; readonly link?: Link },
  ): Promise<Socket> {
    const { server } = this;
    const { link = whole } = options;
    return new Promise((resolve, reject) => {
      options.clock.after(callTimeoutMs, () => reject(new Unavailable(`${path} was not answered`)));
      this.#clock.after(this.#ids.between(0, this.faults.longestDelayMs), () => {
        if (link.isCut) return;
        if (server === undefined || server !== this.server) return reject(new Unavailable('connection refused'));
        server.accept(path, query, options.caller).then((take) => {
          if (server !== this.server || link.isCut) return;
          const wire = new Wire({
            clock: this.#clock,
            ids: this.#ids,
            faults: () => this.faults,
            isCut: () => link.isCut,
          });
          this.#wires.add(wire);
          take(wire.server);
          resolve(wire.client);
        }, reject);
      });
    });
  }

  /** Breaks some connection that is up. */
  cutOne(): void {
    const wire = this.#ids.pick([...this.#wires]);
    if (wire === undefined) return;
    this.#wires.delete(wire);
    wire.cut();
  }

  /** Breaks every connection, as a dying server does. */
  cutAll(): void {
    for (const wire of this.#wires) wire.cut();
    this.#wires.clear();
  }
}

/** Nobody waits longer for an answer. */
export const callTimeoutMs = 30_000;
/** The longest that a request lies in some queue after its caller gave up. */
const longestLateMs = 90_000;

/** True when the call may or may not have had its effect. */
export function isUnknown(error: unknown): boolean {
  return !(error instanceof ApiError);
}
