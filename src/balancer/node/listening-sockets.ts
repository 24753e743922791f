import type { Server } from 'node:net';
import type { ListenAddress } from '../data-plane.ts';
import { limits } from '../limits.ts';

/** A place to listen on. */
export interface ListenPlace extends ListenAddress {
  readonly port: number;
}

/** What `listen` of a TCP, TLS or other server failed with, in words that say what to do. */
export function listenProblem(error: NodeJS.ErrnoException, { address, port }: ListenPlace): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `${address}:${port} is in use by another process: stop what listens there, or start with --load-balancer-ports`;
    case 'EACCES':
      return `this user may not listen on ${address}:${port}: start as root, lower net.ipv4.ip_unprivileged_port_start, or start with --load-balancer-ports`;
    case 'EADDRNOTAVAIL':
      return `${address} is no address of this machine`;
    default:
      return `cannot listen on ${address}:${port}: ${error.message}`;
  }
}

/** The listening sockets of one listener, one an address. */
export class ListeningSockets {
  readonly #servers = new Map<string, Server>();
  readonly #create: (place: ListenPlace) => Server;

  constructor(create: (place: ListenPlace) => Server) {
    this.#create = create;
  }

  /**
   * Listens on these places and no others; new ones are open before old ones close.
   * @returns what is wrong with the first place (which must work), else with none: further addresses are tried again later
   */
  async update(places: readonly ListenPlace[]): Promise<string> {
    const wanted = new Map(places.map((place) => [`${place.address}:${place.port}`, place]));
    const problems: string[] = [];
    for (const [key, place] of wanted) {
      if (this.#servers.has(key)) continue;
      const problem = await this.#open(key, place);
      if (problem !== '') problems.push(problem);
    }
    for (const [key, server] of this.#servers) {
      if (wanted.has(key)) continue;
      server.close();
      this.#servers.delete(key);
    }
    return problems[0] ?? '';
  }

  #open(key: string, place: ListenPlace): Promise<string> {
    return new Promise((resolve) => {
      const server = this.#create(place);
      const failed = (error: NodeJS.ErrnoException): void => resolve(listenProblem(error, place));
      server.once('error', failed);
      server.listen({ host: place.address, port: place.port, backlog: limits.listenBacklog }, () => {
        server.off('error', failed);
        server.on('error', () => undefined); // such as no file descriptors left: the next accept may work
        this.#servers.set(key, server);
        resolve('');
      });
    });
  }

  get servers(): Iterable<Server> {
    return this.#servers.values();
  }

  close(): void {
    for (const server of this.#servers.values()) server.close();
    this.#servers.clear();
  }
}
