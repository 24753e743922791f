import type { ConnectEndpoint, ConnectFigures } from '../../connect-protocol/index.ts';
import { HostPool, type Host } from './host-pool.ts';

type Counts = { -readonly [K in Exclude<keyof ConnectFigures, 'endpoint' | 'inFlight'>]: number };

/** One endpoint as the proxy knows it: its hosts, how it is spoken to, and what was counted. */
export class Endpoint {
  readonly id: string;
  readonly pool: HostPool;
  readonly counts: Counts = {
    requests: 0,
    retries: 0,
    answered2xx: 0,
    answered3xx: 0,
    answered4xx: 0,
    answered5xx: 0,
    failed: 0,
    timedOut: 0,
    ejections: 0,
    receivedBytes: 0,
    sentBytes: 0,
    answerMs: 0,
  };
  config: Omit<ConnectEndpoint, 'id' | 'hosts'>;
  inFlight = 0;

  constructor({ id, hosts, ...config }: ConnectEndpoint, nowMs: () => number) {
    this.id = id;
    this.config = config;
    this.pool = new HostPool(nowMs, () => {
      this.counts.ejections += 1;
    });
    this.pool.replace(hosts);
  }

  /** @returns the hosts that left */
  update({ id: _same, hosts, ...config }: ConnectEndpoint): readonly Host[] {
    this.config = config;
    return this.pool.replace(hosts);
  }

  begun(): void {
    this.counts.requests += 1;
    this.inFlight += 1;
  }

  ended(): void {
    this.inFlight -= 1;
  }

  answered(status: number, tookMs: number): void {
    this.counts.answerMs += tookMs;
    if (status >= 500) this.counts.answered5xx += 1;
    else if (status >= 400) this.counts.answered4xx += 1;
    else if (status >= 300) this.counts.answered3xx += 1;
    else this.counts.answered2xx += 1;
  }

  get figures(): ConnectFigures {
    return { endpoint: this.id, ...this.counts, inFlight: this.inFlight };
  }
}
