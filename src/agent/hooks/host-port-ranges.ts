import { createSocket } from 'node:dgram';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Ids } from '../../kernel/index.ts';
import { limits } from '../limits.ts';

/** Ports from `first` to `last`, both included. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** `8000-8010`; undefined when it is no range of ports in order. */
export function readPortRange(text: string): PortRange | undefined {
  const [, first = '', last = ''] = /^(\d{1,5})-(\d{1,5})$/.exec(text) ?? [];
  const range = { first: Number(first), last: Number(last) };
  return first !== '' && range.first >= 1 && range.last <= 65_535 && range.first <= range.last ? range : undefined;
}

export function portRangeText({ first, last }: PortRange): string {
  return `${first}-${last}`;
}

/**
 * The first run of `length` ports in `within` that `isTaken` allows, looking from `from` on and then from the beginning. Pure.
 * @returns undefined when there is none
 */
export function findRun(
  length: number,
  within: PortRange,
  search: { readonly from: number; readonly isTaken: (port: number) => boolean },
): PortRange | undefined {
  const start = Math.min(Math.max(search.from, within.first), within.last);
  return runIn(length, { first: start, last: within.last }, search.isTaken) ?? runIn(length, within, search.isTaken);
}

function runIn(length: number, within: PortRange, isTaken: (port: number) => boolean): PortRange | undefined {
  let first = within.first;
  for (let port = first; port <= within.last; port += 1) {
    if (isTaken(port)) first = port + 1;
    else if (port - first + 1 === length) return { first, last: port };
  }
  return undefined;
}

type Protocol = 'tcp' | 'udp';

interface Held extends PortRange {
  readonly task: string;
  readonly protocol: Protocol;
}

/**
 * Host ports for `containerPortRange` in bridge mode: runs of free ports out of the machine's ephemeral range, as Amazon's agent finds them.
 * A run stays with its task until the task has stopped; that the engine can bind it is tried, and can still fail when somebody else is faster.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PortMapping.html
 */
export class HostPortRanges {
  readonly #within: PortRange | undefined;
  readonly #ids: Ids;
  readonly #held = new Set<Held>();
  #turn: Promise<unknown> = Promise.resolve();

  /** @param options.within where to look; undefined: the kernel's range for ephemeral ports */
  constructor(options: { readonly within: PortRange | undefined; readonly ids: Ids }) {
    this.#within = options.within;
    this.#ids = options.ids;
  }

  /** @throws Error when no run of that length is free */
  take(task: string, length: number, protocol: Protocol): Promise<PortRange> {
    const taken = this.#turn.then(() => this.#take(task, length, protocol));
    this.#turn = taken.catch(() => undefined);
    return taken;
  }

  /** Holds what a task was found to have after a restart. */
  hold(task: string, range: PortRange, protocol: Protocol): void {
    this.#held.add({ ...range, task, protocol });
  }

  free(task: string): void {
    for (const held of this.#held) if (held.task === task) this.#held.delete(held);
  }

  async #take(task: string, length: number, protocol: Protocol): Promise<PortRange> {
    const within = this.#within ?? (await kernelRange());
    const refused = new Set<number>();
    const isTaken = (port: number): boolean => refused.has(port) || this.#isHeld(port, protocol);
    for (let attempt = 0; attempt < limits.hostPortRangeAttempts; attempt += 1) {
      const from = within.first + Math.floor(this.#ids.fraction() * (within.last - within.first + 1));
      const run = findRun(length, within, { from, isTaken });
      if (run === undefined) break;
      const busy = await firstBusy(run, protocol);
      if (busy === undefined) {
        this.#held.add({ ...run, task, protocol });
        return run;
      }
      refused.add(busy);
    }
    throw new Error(
      `found no ${length} contiguous free ${protocol} host ports in ${portRangeText(within)}; widen ECS_DYNAMIC_HOST_PORT_RANGE`,
    );
  }

  #isHeld(port: number, protocol: Protocol): boolean {
    for (const held of this.#held)
      if (held.protocol === protocol && port >= held.first && port <= held.last) return true;
    return false;
  }
}

async function kernelRange(): Promise<PortRange> {
  const text = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8');
  const range = readPortRange(text.trim().replace(/\s+/, '-'));
  if (range === undefined) throw new Error(`/proc/sys/net/ipv4/ip_local_port_range is '${text.trim()}', not two ports`);
  return range;
}

/** The first port of a run that cannot be bound. */
async function firstBusy({ first, last }: PortRange, protocol: Protocol): Promise<number | undefined> {
  for (let port = first; port <= last; port += 1)
    if (!(await (protocol === 'tcp' ? tcpIsFree(port) : udpIsFree(port)))) return port;
  return undefined;
}

function tcpIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '0.0.0.0', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

function udpIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ port, address: '0.0.0.0', exclusive: true }, () => socket.close(() => resolve(true)));
  });
}
