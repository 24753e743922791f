import type { AccessFigures } from '../access-figures.ts';
import type { Backend, Structure } from './configuration.ts';
import { parseStats, type StatRow } from './stats.ts';
import type { Worker } from './worker.ts';

interface Owners {
  /** Load balancers by frontend. */
  readonly frontends: ReadonlyMap<string, string>;
  readonly backends: ReadonlyMap<string, Backend>;
}

const nothing: StatRow = {
  proxy: '',
  service: '',
  current: 0,
  requests: 0,
  codes: [0, 0, 0, 0, 0],
  clientAborts: 0,
  connectionErrors: 0,
};

/** Adds up what HAProxy processes count. How long targets took is not among it: HAProxy tells averages only. */
export class FiguresReader {
  readonly #figures: AccessFigures;
  readonly #seen = new WeakMap<Worker, Map<string, StatRow>>();
  #owners: Owners = { frontends: new Map(), backends: new Map() };

  constructor(figures: AccessFigures) {
    this.#figures = figures;
  }

  /** Whose the names of a configuration are; those of earlier ones stay known while they mean something. */
  learn({ backends }: Structure, frontends: ReadonlyMap<string, string>): void {
    this.#owners = {
      frontends: new Map([...frontends]),
      backends: new Map(backends.map((backend) => [backend.name, backend])),
    };
  }

  async read(workers: readonly Worker[]): Promise<void> {
    for (const worker of workers) {
      const text = await worker.ask('show stat -1 3 -1').catch(() => '');
      for (const row of parseStats(text)) this.#add(worker, row);
    }
  }

  #add(worker: Worker, row: StatRow): void {
    const seen = this.#seen.get(worker) ?? new Map<string, StatRow>();
    this.#seen.set(worker, seen);
    const key = `${row.proxy}/${row.service}`;
    const before = seen.get(key) ?? nothing;
    seen.set(key, row);
    const requests = row.requests - before.requests;
    const codes = row.codes.map((count, index) => count - (before.codes[index] ?? 0));
    if (row.service === 'FRONTEND') this.#addFrontend(row.proxy, requests, codes);
    else if (row.proxy.startsWith('relay-'))
      this.#addFrontend(
        row.proxy.slice('relay-'.length),
        -requests,
        codes.map((count) => -count),
      );
    else {
      const backend = this.#owners.backends.get(row.proxy);
      if (backend === undefined) return;
      const group = this.#figures.of(backend.groupArn);
      group.requests += requests;
      group.addTargetCodes(codes);
      group.targetConnectionErrors += row.connectionErrors - before.connectionErrors;
      const loadBalancer = this.#figures.of(backend.loadBalancerArn);
      loadBalancer.abandoned += row.clientAborts - before.clientAborts;
      loadBalancer.addTargetCodes(codes);
      loadBalancer.addOwnCodes(codes.map((count) => -count));
    }
  }

  #addFrontend(name: string, requests: number, codes: readonly number[]): void {
    const arn = this.#owners.frontends.get(name);
    if (arn === undefined) return;
    const figures = this.#figures.of(arn);
    figures.requests += requests;
    // Those of targets are taken off again by their backends.
    figures.addOwnCodes(codes);
  }
}
