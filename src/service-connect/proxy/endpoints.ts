import type { ConnectFigures, ProxyUpdate } from '../../connect-protocol/index.ts';
import { limits } from '../limits.ts';
import { Endpoint } from './endpoint.ts';
import type { Host } from './host-pool.ts';

/** The endpoints that the task of this proxy can call, as the agent said last. */
export class Endpoints {
  readonly #known = new Map<string, Endpoint>();
  readonly #nowMs: () => number;
  /** By endpoint: the update that it was taken from. */
  readonly #taken = new Map<string, number>();

  constructor(nowMs: () => number = Date.now) {
    this.#nowMs = nowMs;
  }

  get(id: string): Endpoint | undefined {
    return this.#known.get(id);
  }

  get figures(): readonly ConnectFigures[] {
    return [...this.#known.values()].map(({ figures }) => figures);
  }

  /** Takes an update at once. Resolves when nothing is in flight to hosts that left with it, or the time to drain is over. */
  async apply({ sequence, endpoints, removed }: ProxyUpdate): Promise<void> {
    const left: Host[] = [];
    for (const one of endpoints) {
      if (this.#isOld(one.id, sequence)) continue;
      const known = this.#known.get(one.id);
      if (known === undefined) this.#known.set(one.id, new Endpoint(one, this.#nowMs));
      else left.push(...known.update(one));
    }
    for (const id of removed) {
      if (this.#isOld(id, sequence)) continue;
      left.push(...(this.#known.get(id)?.pool.replace([]) ?? []));
      this.#known.delete(id);
    }
    await drained(left);
  }

  #isOld(id: string, sequence: number): boolean {
    if ((this.#taken.get(id) ?? -1) > sequence) return true;
    this.#taken.set(id, sequence);
    return false;
  }
}

async function drained(hosts: readonly Host[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limits.drainMs);
  });
  await Promise.race([Promise.all(hosts.map((host) => host.leave())), late]);
  clearTimeout(timer);
}
