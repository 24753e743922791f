import { unwatchFile, watchFile } from 'node:fs';
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { messageOf, type Clock, type Log } from '../kernel/index.ts';
import { places } from './data-directory.ts';
import { keptCertificate, type TlsPair } from './own-certificate.ts';
import { registryAddress, registryNames, registryPort } from './registry-names.ts';

export interface RegistryDoorOptions {
  readonly directory: string;
  /** Where to listen; absent: where the names lead. */
  readonly at?: { readonly address: string; readonly port: number };
  readonly clock: Clock;
  readonly log: Log;
  /** Serves a connection of somebody who asked for one of the names. */
  take(socket: TLSSocket): void;
}

const lookEveryMs = 1_000;
const handshakeTimeoutMs = 20_000;
const maxConnections = 1_000;

/** The certificate of an installation's registry under AWS's names. */
export function registryCertificate(directory: string, names: readonly string[], nowMs: number): Promise<TlsPair> {
  return keptCertificate(directory, { file: 'registry.json', names, nowMs });
}

/**
 * Answers under AWS's names of registries, once `longshore registry trust` has written some down and until `distrust` takes them away: nobody finds
 * a listener on port 443 who did not ask for it, and several installations of one machine do not contend for it. A running control plane notices within a second.
 */
export class RegistryDoor {
  readonly #options: RegistryDoorOptions;
  readonly #connections = new Set<Socket>();
  #server: Server | undefined;
  #work: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: RegistryDoorOptions) {
    this.#options = options;
  }

  /** Resolves when it answers, or has said why it does not. */
  start(): Promise<void> {
    watchFile(places.registryNames(this.#options.directory), { interval: lookEveryMs, persistent: false }, this.#look);
    this.#look();
    return this.#work;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    unwatchFile(places.registryNames(this.#options.directory), this.#look);
    await this.#work;
    await this.#close();
  }

  readonly #look = (): void => {
    const { directory, log, at = { address: registryAddress, port: registryPort } } = this.#options;
    this.#work = this.#work
      .then(() => this.#serve(registryNames(directory), at))
      .catch((error: unknown) => {
        log.warn("docker does not reach the registry under AWS's name", { ...at, problem: messageOf(error) });
      });
  };

  async #serve(
    names: readonly string[],
    { address, port }: { readonly address: string; readonly port: number },
  ): Promise<void> {
    if (this.#stopped) return;
    if (names.length === 0) return this.#close();
    const { directory, clock, log } = this.#options;
    const pair = await registryCertificate(directory, names, clock.nowMs());
    if (this.#server !== undefined) {
      this.#server.setSecureContext(pair);
      return;
    }
    const server = this.#listener(pair);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: address, port }, resolve);
    });
    server.on('error', (error) => log.warn('the listener of the registry failed', { problem: error.message }));
    this.#server = server;
    log.info("the registry answers under AWS's names", { address, port, names: names.join(' ') });
  }

  #listener(pair: TlsPair): Server {
    const server = createServer({ ...pair, handshakeTimeout: handshakeTimeoutMs, ALPNProtocols: ['http/1.1'] });
    server.maxConnections = maxConnections;
    server.on('connection', (socket: Socket) => {
      this.#connections.add(socket);
      socket.once('close', () => this.#connections.delete(socket));
    });
    server.on('tlsClientError', (_error, socket) => socket.destroy());
    server.on('secureConnection', (socket) => this.#options.take(socket));
    return server;
  }

  async #close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.#connections) socket.destroy();
    await closed;
  }
}
