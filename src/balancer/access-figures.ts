/** Answers by where they came from and by their first digit, and how long they took. */
export interface FigureSnapshot {
  readonly arn: string;
  readonly requests: number;
  /** By first digit, 1xx to 5xx: answers of targets. */
  readonly targetCodes: readonly number[];
  /** The same for answers that the load balancer made itself. */
  readonly ownCodes: readonly number[];
  /** Clients that went away before their answer (460). */
  readonly abandoned: number;
  /** Connections that a target did not take. */
  readonly targetConnectionErrors: number;
  /** Answers by the time a target took for its head: entry n counts those under 2^n ms. */
  readonly latencyPowersOfTwoMs: readonly number[];
}

const classes = 6;
const latencySteps = 20;

/** Counters of one load balancer or target group: plain integers, counted where the traffic is. */
export class Figures {
  requests = 0;
  abandoned = 0;
  targetConnectionErrors = 0;
  readonly #target = new Float64Array(classes);
  readonly #own = new Float64Array(classes);
  readonly #latency = new Float64Array(latencySteps);

  countTarget(status: number, latencyMs: number): void {
    count(this.#target, (status / 100) | 0);
    count(this.#latency, latencyMs < 1 ? 0 : Math.min(latencySteps - 1, 32 - Math.clz32(latencyMs)));
  }

  countOwn(status: number): void {
    count(this.#own, (status / 100) | 0);
  }

  /** Answers counted elsewhere, by first digit from 1xx on. */
  addTargetCodes(counts: readonly number[]): void {
    for (const [index, more] of counts.entries()) add(this.#target, index + 1, more);
  }

  addOwnCodes(counts: readonly number[]): void {
    for (const [index, more] of counts.entries()) add(this.#own, index + 1, more);
  }

  snapshot(arn: string): FigureSnapshot {
    return {
      arn,
      requests: this.requests,
      abandoned: this.abandoned,
      targetConnectionErrors: this.targetConnectionErrors,
      targetCodes: [...this.#target].slice(1),
      ownCodes: [...this.#own].slice(1),
      latencyPowersOfTwoMs: [...this.#latency],
    };
  }
}

function count(counters: Float64Array, index: number): void {
  add(counters, index, 1);
}

function add(counters: Float64Array, index: number, more: number): void {
  counters[index] = (counters[index] ?? 0) + more;
}

/** The counters of everything a data plane serves, by ARN; what is removed is forgotten. */
export class AccessFigures {
  readonly #byArn = new Map<string, Figures>();

  of(arn: string): Figures {
    let figures = this.#byArn.get(arn);
    if (figures === undefined) {
      figures = new Figures();
      this.#byArn.set(arn, figures);
    }
    return figures;
  }

  forget(arn: string): void {
    this.#byArn.delete(arn);
  }

  snapshot(): readonly FigureSnapshot[] {
    return [...this.#byArn].map(([arn, figures]) => figures.snapshot(arn));
  }
}
