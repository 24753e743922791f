import { connect, type Socket } from 'node:net';

/** A client that sends bytes as they are told, and keeps what comes back. */
export class RawClient {
  readonly socket: Socket;
  text = '';
  closed = false;
  /** The other side has sent its last byte. */
  ended = false;
  readonly #waiting = new Set<() => void>();

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.text += chunk.toString('latin1');
      this.#wake();
    });
    socket.on('end', () => {
      this.ended = true;
      this.#wake();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
  }

  static open(address: string, port: number): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: address, port, allowHalfOpen: true, noDelay: true }, () => {
        socket.off('error', reject);
        resolve(new RawClient(socket));
      });
      socket.once('error', reject);
    });
  }

  #wake(): void {
    for (const check of this.#waiting) check();
  }

  send(text: string): this {
    this.socket.write(text, 'latin1');
    return this;
  }

  /** Waits until what came back satisfies a test. */
  until(done: (text: string) => boolean, withinMs = 5_000): Promise<string> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        if (!done(this.text)) return;
        clearTimeout(timer);
        this.#waiting.delete(check);
        resolve(this.text);
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(check);
        reject(new Error(`not seen within ${withinMs} ms; got ${JSON.stringify(this.text.slice(0, 2_000))}`));
      }, withinMs);
      this.#waiting.add(check);
      check();
    });
  }

  /** Waits until the other side ended the connection. @returns all it sent */
  async untilEnd(withinMs = 5_000): Promise<string> {
    await this.until(() => this.ended || this.closed, withinMs);
    return this.text;
  }

  close(): void {
    this.socket.destroy();
  }
}

/** One connection, some bytes, everything that came back until the other side ended. */
export async function exchangeRaw(address: string, port: number, text: string): Promise<string> {
  const client = await RawClient.open(address, port);
  try {
    return await client.send(text).untilEnd();
  } finally {
    client.close();
  }
}
