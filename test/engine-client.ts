import { request, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** What the engine itself says, asked past everything of Longshore's. */
export interface EngineContainer {
  readonly Id: string;
  readonly State: string;
  readonly Labels: Readonly<Record<string, string>>;
}

export interface EngineContainerDetails {
  readonly State: {
    readonly Status: string;
    readonly ExitCode: number;
    readonly Pid: number;
    readonly StartedAt: string;
  };
}

/** A container that was made, started or ended. */
export interface EngineEvent {
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
  readonly time: number;
  readonly timeNano: number;
}

const reconnectMs = 50;

/** A client of the Docker Engine API at a socket. */
export class EngineClient {
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  containers(label: string): Promise<readonly EngineContainer[]> {
    return this.#json('GET', `/containers/json?all=1&filters=${filter({ label: [label] })}`);
  }

  inspect(id: string): Promise<EngineContainerDetails> {
    return this.#json('GET', `/containers/${id}/json`);
  }

  /** Did the engine write down any line of a container's output? */
  async hasOutput(id: string): Promise<boolean> {
    const response = await this.#open('GET', `/containers/${id}/logs?stdout=1&stderr=1&tail=1`);
    let bytes = 0;
    for await (const chunk of response) bytes += (chunk as Buffer).length;
    if ((response.statusCode ?? 500) >= 300) throw new Error(`the logs of ${id}: ${response.statusCode}`);
    return bytes > 0;
  }

  async kill(id: string): Promise<void> {
    await this.#json('POST', `/containers/${id}/kill`);
  }

  /** Every create, start and end of a container from now on, across restarts of the engine. */
  watchStarts(): { readonly seen: readonly EngineEvent[]; close(): void } {
    const seen: EngineEvent[] = [];
    const known = new Set<string>();
    const state = { closed: false, since: Math.floor(Date.now() / 1000) };
    const stream: { response?: IncomingMessage } = {};
    const onLine = (line: string): void => {
      const event = JSON.parse(line) as EngineEvent;
      const key = `${event.Actor.ID} ${event.Action} ${event.timeNano}`;
      if (known.has(key)) return;
      known.add(key);
      seen.push(event);
      state.since = event.time;
    };
    const follow = async (): Promise<void> => {
      while (!state.closed) {
        try {
          const wanted = filter({ type: ['container'], event: ['create', 'start', 'die'] });
          const response = await this.#open('GET', `/events?since=${state.since}&filters=${wanted}`);
          stream.response = response;
          let rest = '';
          for await (const chunk of response) {
            const lines = `${rest}${String(chunk)}`.split('\n');
            rest = lines.pop() ?? '';
            for (const line of lines) if (line.trim() !== '') onLine(line);
          }
        } catch {
          // The engine was killed, as this test does: it comes back.
        }
        await sleep(reconnectMs);
      }
    };
    void follow();
    return {
      seen,
      close() {
        state.closed = true;
        stream.response?.destroy();
      },
    };
  }

  async #json<T>(method: string, path: string): Promise<T> {
    const response = await this.#open(method, path);
    let text = '';
    for await (const chunk of response) text += String(chunk);
    if ((response.statusCode ?? 500) >= 300) throw new Error(`${method} ${path}: ${response.statusCode} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  #open(method: string, path: string): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const call = request({ socketPath: this.#socketPath, method, path, headers: { Host: 'localhost' } }, resolve);
      call.on('error', reject);
      call.end();
    });
  }
}

function filter(by: Readonly<Record<string, readonly string[]>>): string {
  return encodeURIComponent(JSON.stringify(by));
}
