import type { Underlay } from '../../../network-protocol/index.ts';
import { ipJson } from '../commands.ts';
import { routeTo } from './underlay.ts';
import { vxlanBytes } from './vxlan-names.ts';
import { wayTo, type Way } from './way.ts';

const usualMtu = 1500;
/** Programs that look at a time. */
const atOnce = 4;

interface Found {
  readonly way: Way;
  /** The largest packet that fits. */
  readonly mtu: number;
}

const here: Found = { way: { kind: 'here' }, mtu: usualMtu };

/** A device as `ip -j link` prints it, as far as it is read. */
interface Link {
  readonly ifname: string;
  readonly mtu: number;
}

/** The ways from this machine to others, as far as they were looked for. */
export class Ways {
  readonly #own: Underlay;
  readonly #found = new Map<string, Found>();

  constructor(own: Underlay) {
    this.#own = own;
  }

  /** Until it is looked for, there is none. */
  readonly to = (machine: Underlay): Way =>
    this.#found.get(keyOf(machine))?.way ?? { kind: 'none', why: `${machine.address} was not looked for` };

  /** The largest packet that fits on the ways to some machines, or to all. */
  mtu(machines?: readonly string[]): number {
    const found = [...this.#found].filter(([key]) => machines?.includes(key.split(' ')[0] ?? '') ?? true);
    return Math.min(usualMtu, ...found.map(([, { mtu }]) => mtu));
  }

  /** Looks for the ways to machines, those that were not looked for before. @returns why there is none, for each of which this is so */
  async find(machines: Iterable<Underlay>): Promise<readonly string[]> {
    const fresh = new Map<string, Underlay>();
    for (const machine of machines) {
      if (machine.address === this.#own.address) this.#found.set(keyOf(machine), here);
      else if (!this.#found.has(keyOf(machine))) fresh.set(keyOf(machine), machine);
    }
    if (fresh.size === 0) return [];
    const links = ipJson<Link>(['link', 'show']);
    const missing: string[] = [];
    const waiting = [...fresh];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const found = await this.#look(next[1], links);
        this.#found.set(next[0], found);
        if (found.way.kind === 'none') missing.push(found.way.why);
      }
    };
    await Promise.all([links, ...Array.from({ length: atOnce }, work)]);
    return missing;
  }

  /** Everything has to be looked for again. */
  forget(): void {
    this.#found.clear();
  }

  async #look(machine: Underlay, links: Promise<readonly Link[]>): Promise<Found> {
    const route = await routeTo(machine.address);
    const way = wayTo(this.#own, machine, route);
    if (way.kind !== 'plain' && way.kind !== 'vxlan') return { ...here, way };
    const mtu = (await links).find(({ ifname }) => ifname === route?.dev)?.mtu ?? usualMtu;
    return { way, mtu: way.kind === 'vxlan' ? mtu - vxlanBytes : mtu };
  }
}

function keyOf({ address, vxlan }: Underlay): string {
  return `${address} ${vxlan}`;
}
