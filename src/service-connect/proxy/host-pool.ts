import type { ConnectHost } from '../../connect-protocol/index.ts';
import { afterError, afterSuccess, blameless, isEjected, type Blame } from './outlier.ts';

/** What connections are kept to a host, whatever carries them. */
export interface Carried {
  /** Ends what nothing is in flight over. */
  close(): void;
}

/** A task behind an endpoint, as one proxy sees it. */
export class Host {
  readonly id: string;
  readonly address: string;
  readonly port: number;
  blame: Blame = blameless;
  /** Requests or connections. */
  inFlight = 0;
  readonly carried = new Map<string, Carried>();
  #idle: (() => void)[] = [];
  #left = false;

  constructor({ id, address, port }: ConnectHost) {
    this.id = id;
    this.address = address;
    this.port = port;
  }

  begin(): void {
    this.inFlight += 1;
  }

  end(): void {
    this.inFlight -= 1;
    if (this.#left && this.inFlight === 0) this.#over();
  }

  /** It gets nothing new any more. Resolves when nothing is in flight to it. */
  leave(): Promise<void> {
    this.#left = true;
    const idle = new Promise<void>((resolve) => this.#idle.push(resolve));
    if (this.inFlight === 0) this.#over();
    return idle;
  }

  #over(): void {
    for (const one of this.carried.values()) one.close();
    this.carried.clear();
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}

/** The hosts of one endpoint: whose turn it is, and who is left out because of errors. */
export class HostPool {
  readonly #nowMs: () => number;
  readonly #onEjected: () => void;
  #hosts: readonly Host[] = [];
  #turn = 0;

  constructor(nowMs: () => number, onEjected: () => void) {
    this.#nowMs = nowMs;
    this.#onEjected = onEjected;
  }

  get hosts(): readonly Host[] {
    return this.#hosts;
  }

  /** Takes the hosts as they are now; what is known of those that stay is kept. @returns those that left */
  replace(wanted: readonly ConnectHost[]): readonly Host[] {
    const before = new Map(this.#hosts.map((host) => [keyOf(host), host]));
    this.#hosts = wanted.map((one) => before.get(keyOf(one)) ?? new Host(one));
    const now = new Set(this.#hosts);
    return [...before.values()].filter((host) => !now.has(host));
  }

  /**
   * The next host in turn that was not tried; one that is left out only where there is no other, and one that was tried only where all were.
   * @returns undefined when there is no host at all
   */
  choose(tried: ReadonlySet<Host>): Host | undefined {
    const nowMs = this.#nowMs();
    const isIn = (host: Host): boolean => !isEjected(host.blame, nowMs);
    const isNew = (host: Host): boolean => !tried.has(host);
    return (
      this.#next((host) => isNew(host) && isIn(host)) ?? this.#next(isNew) ?? this.#next(isIn) ?? this.#next(() => true)
    );
  }

  #next(may: (host: Host) => boolean): Host | undefined {
    const count = this.#hosts.length;
    for (let step = 0; step < count; step += 1) {
      const at = (this.#turn + step) % count;
      const host = this.#hosts[at];
      if (host === undefined || !may(host)) continue;
      this.#turn = at + 1;
      return host;
    }
    return undefined;
  }

  succeeded(host: Host): void {
    host.blame = afterSuccess(host.blame);
  }

  failed(host: Host): void {
    const nowMs = this.#nowMs();
    const ejected = this.#hosts.filter(({ blame }) => isEjected(blame, nowMs)).length;
    const { ejections } = host.blame;
    host.blame = afterError(host.blame, { hosts: this.#hosts.length, ejected }, nowMs);
    if (host.blame.ejections > ejections) this.#onEjected();
  }
}

function keyOf({ id, address, port }: ConnectHost): string {
  return `${id} ${address}:${port}`;
}
