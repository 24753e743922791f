export interface Weighted {
  readonly arn: string;
  readonly weight: number;
}

/**
 * Takes turns among weighted things so that after every full round each had exactly its share, spread evenly.
 * Weights are whole numbers; things of weight 0 are never chosen.
 */
export class WeightedChoice {
  readonly #entries: readonly { readonly arn: string; readonly weight: number; current: number }[];
  readonly #total: number;

  constructor(things: readonly Weighted[]) {
    this.#entries = things.filter(({ weight }) => weight > 0).map((thing) => ({ ...thing, current: 0 }));
    this.#total = this.#entries.reduce((sum, { weight }) => sum + weight, 0);
  }

  /** undefined when all weights are 0. */
  next(): string | undefined {
    if (this.#entries.length <= 1) return this.#entries[0]?.arn;
    let best = this.#entries[0];
    for (const entry of this.#entries) {
      entry.current += entry.weight;
      if (best === undefined || entry.current > best.current) best = entry;
    }
    if (best === undefined) return undefined;
    best.current -= this.#total;
    return best.arn;
  }

  /** Whether something may be chosen at all; a client stuck to a group of weight 0 moves on. */
  has(arn: string): boolean {
    return this.#entries.some((entry) => entry.arn === arn);
  }
}
