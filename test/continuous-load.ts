import { Agent, request } from 'node:http';

export interface LoadResult {
  readonly succeeded: number;
  /** What went wrong, with how often: a status, or an error's code. */
  readonly failed: Readonly<Record<string, number>>;
  /** Bodies that were seen, with how often. */
  readonly bodies: ReadonlyMap<string, number>;
}

const clients = 6;
const answerMs = 10_000;

/** Clients that keep calling an address over connections they keep, until told to stop. */
export class ContinuousLoad {
  readonly #at: { readonly host: string; readonly port: number; readonly path: string };
  readonly #agent = new Agent({ keepAlive: true, maxSockets: clients });
  readonly #failed: Record<string, number> = {};
  readonly #bodies = new Map<string, number>();
  readonly #loops: readonly Promise<void>[];
  #succeeded = 0;
  #stopped = false;

  constructor(host: string, port: number, path = '/') {
    this.#at = { host, port, path };
    this.#loops = Array.from({ length: clients }, () => this.#loop());
  }

  /** Bodies seen so far. */
  get seen(): readonly string[] {
    return [...this.#bodies.keys()].map((body) => body.trim());
  }

  async stop(): Promise<LoadResult> {
    this.#stopped = true;
    await Promise.all(this.#loops);
    this.#agent.destroy();
    return { succeeded: this.#succeeded, failed: this.#failed, bodies: this.#bodies };
  }

  async #loop(): Promise<void> {
    while (!this.#stopped) {
      const problem = await this.#once();
      if (problem === undefined) this.#succeeded += 1;
      else this.#failed[problem] = (this.#failed[problem] ?? 0) + 1;
      // A pause, so that the load is steady rather than the machine's most.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  #once(): Promise<string | undefined> {
    return new Promise((resolve) => {
      const call = request({ ...this.#at, agent: this.#agent, timeout: answerMs }, (answer) => {
        let body = '';
        answer.on('data', (chunk: Buffer) => (body += chunk.toString()));
        answer.on('error', (error) => resolve(error.message));
        answer.on('end', () => {
          this.#bodies.set(body, (this.#bodies.get(body) ?? 0) + 1);
          resolve(answer.statusCode === 200 ? undefined : String(answer.statusCode));
        });
      });
      call.on('timeout', () => call.destroy(new Error(`no answer in ${answerMs} ms`)));
      call.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      call.end();
    });
  }
}
