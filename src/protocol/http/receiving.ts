import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../kernel/index.ts';

const answer = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n';

/**
 * Ends requests whose bodies take too long. Node could, but only for all requests alike, and the layers of images may take as long as
 * they need.
 */
export class Receiving {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #sinceMs = new Map<IncomingMessage, number>();
  #isWatching = false;

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  begin(request: IncomingMessage): void {
    if (request.complete) return;
    this.#sinceMs.set(request, this.#clock.nowMs());
    if (!this.#isWatching) this.#watch();
  }

  end(request: IncomingMessage): void {
    this.#sinceMs.delete(request);
  }

  #watch(): void {
    this.#isWatching = true;
    this.#clock.after(Math.max(50, Math.min(5_000, this.#timeoutMs / 4)), () => {
      const endedMs = this.#clock.nowMs() - this.#timeoutMs;
      for (const [request, sinceMs] of this.#sinceMs) {
        if (sinceMs > endedMs) continue;
        this.#sinceMs.delete(request);
        request.socket.write(answer);
        request.socket.destroySoon();
      }
      if (this.#sinceMs.size > 0) this.#watch();
      else this.#isWatching = false;
    });
  }
}
