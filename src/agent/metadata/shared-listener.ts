import type { Server } from 'node:net';
import type { Cancel, Clock, Log } from '../../kernel/index.ts';

/** How often an agent that does not have the port tries to get it: the longest time without an answer when the holder dies. */
const retryMs = 250;

/** Listens at an address that several agents of one machine want: the first has it, and another takes over when it goes. */
export class SharedListener {
  readonly #server: Server;
  readonly #at: { readonly host: string; readonly port: number };
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #audience: string;
  #cancel: Cancel = () => undefined;
  #stopped = false;
  #told = '';

  constructor(
    server: Server,
    at: { readonly host: string; readonly port: number },
    around: { readonly clock: Clock; readonly log: Log; readonly audience?: string },
  ) {
    this.#server = server;
    this.#at = at;
    this.#clock = around.clock;
    this.#log = around.log;
    this.#audience = around.audience ?? 'tasks';
    server.on('error', (error: NodeJS.ErrnoException) => this.#refused(error));
    server.on('listening', () => {
      this.#told = '';
      this.#log.debug(`listening for ${this.#audience}`, { ...this.#at });
    });
  }

  /** Resolves after the first attempt. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.once('listening', resolve);
      this.#server.once('error', () => resolve());
      this.#listen();
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
    this.#server.close();
  }

  #listen(): void {
    if (!this.#stopped) this.#server.listen({ host: this.#at.host, port: this.#at.port });
  }

  #refused(error: NodeJS.ErrnoException): void {
    if (this.#stopped) return;
    const code = error.code ?? error.message;
    if (code !== this.#told) {
      this.#told = code;
      if (code === 'EADDRINUSE') this.#log.info('another agent of this machine answers here for now', { ...this.#at });
      else
        this.#log.error(`cannot listen for ${this.#audience}, will keep trying`, { ...this.#at, error: error.message });
    }
    this.#cancel = this.#clock.after(retryMs, () => this.#listen());
  }
}
