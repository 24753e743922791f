import { messageOf } from '../kernel/index.ts';
import { DialledSocket, type Connection, type DialOptions } from './dialled-socket.ts';

export interface ToldSocketOptions extends DialOptions {
  /** A connection is open, and nothing has come over it yet. */
  readonly onOpen?: () => void;
  /**
   * A message, read from JSON; `connection` is the one that it came over. When it throws or rejects, the connection is made anew: that brings everything
   * again, because what comes after a message that was not taken is no whole.
   */
  onMessage(message: unknown, connection: Connection): void | Promise<void>;
}

/** Listens to a control plane that tells everything at each connection, and goes on with what is known while it is away. */
export class ToldSocket {
  readonly #options: ToldSocketOptions;
  readonly #socket: DialledSocket;
  #connection: Connection | undefined;

  constructor(options: ToldSocketOptions) {
    this.#options = options;
    const { log } = options;
    this.#socket = new DialledSocket(options, {
      onOpen: (connection) => {
        log.info('connected to the control plane', { url: connection.url.origin });
        this.#connection = connection;
        options.onOpen?.();
      },
      onText: (text, connection) => void this.#take(text, connection),
      onEnd: ({ why, failures }) => {
        this.#connection = undefined;
        if (failures === 0) log.warn('no connection to the control plane; going on with what is known', { why });
        return undefined;
      },
    });
  }

  /** The present connection; undefined while the control plane is away. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** @param reason what the control plane is told */
  close(reason: string): void {
    this.#socket.close(reason);
  }

  async #take(text: string, connection: Connection): Promise<void> {
    try {
      await this.#options.onMessage(JSON.parse(text), connection);
      connection.works();
    } catch (error) {
      this.#options.log.error('a message of the control plane could not be taken; all of it is asked for again', {
        error: messageOf(error),
      });
      connection.drop();
    }
  }
}
