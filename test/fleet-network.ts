import { execFileSync } from 'node:child_process';

const prefix = '10.213.77';

/** A machine of its own, as far as the network is concerned: a namespace with one wire to the bridge where the control plane is. */
export interface FleetMachine {
  readonly name: string;
  readonly address: string;
  /** Runs a command there: only the network is another. */
  readonly wrap: readonly string[];
  /** Cuts the wire: packets are lost, nobody hears of it. */
  cut(): void;
  mend(): void;
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

function quietly(run: () => void): void {
  try {
    run();
  } catch {
    // not there, which is what was wanted
  }
}

/** Several machines on a bridge of this one. Needs root. */
export class FleetNetwork {
  /** Where the control plane is reached. */
  readonly address = `${prefix}.1`;
  readonly #bridge: string;
  readonly #namespaces: string[] = [];
  readonly #tag = String(process.pid % 100_000);

  constructor() {
    this.#bridge = `lsf${this.#tag}`;
    quietly(() => ip('link', 'del', this.#bridge));
    ip('link', 'add', this.#bridge, 'type', 'bridge');
    ip('addr', 'add', `${this.address}/24`, 'dev', this.#bridge);
    ip('link', 'set', this.#bridge, 'up');
  }

  add(name: string): FleetMachine {
    const namespace = `longshore-fleet-${this.#tag}-${name}`;
    const wire = `lsf${this.#tag}${name}`;
    const address = `${prefix}.${10 + this.#namespaces.length}`;
    this.#namespaces.push(namespace);
    ip('netns', 'add', namespace);
    ip('link', 'add', wire, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
    ip('link', 'set', wire, 'master', this.#bridge, 'up');
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
    ip('-n', namespace, 'addr', 'add', `${address}/24`, 'dev', 'eth0');
    ip('-n', namespace, 'link', 'set', 'eth0', 'up');
    ip('-n', namespace, 'route', 'add', 'default', 'via', this.address);
    return {
      name,
      address,
      // `ip netns exec` would hide the mounts of cgroups.
      wrap: ['nsenter', `--net=/var/run/netns/${namespace}`],
      cut: () => ip('link', 'set', wire, 'down'),
      mend: () => ip('link', 'set', wire, 'up'),
    };
  }

  remove(): void {
    for (const namespace of this.#namespaces) quietly(() => ip('netns', 'del', namespace));
    quietly(() => ip('link', 'del', this.#bridge));
  }
}
