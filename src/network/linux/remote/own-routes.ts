import type { Target } from './remote-routes.ts';

/** The routes that an owner has made, and how many of them lead to each machine. */
export class OwnRoutes {
  readonly #targets = new Map<string, Target>();
  readonly #machines = new Map<string, number>();

  get(to: string): Target | undefined {
    return this.#targets.get(to);
  }

  /** Does a route lead to a machine? Undefined: to any. */
  leadTo(machine?: string): boolean {
    return machine === undefined ? this.#machines.size > 0 : this.#machines.has(machine);
  }

  set(to: string, target: Target | undefined): void {
    this.#count(this.#targets.get(to), -1);
    if (target === undefined) this.#targets.delete(to);
    else this.#targets.set(to, target);
    this.#count(target, 1);
  }

  /** They are these, whatever was known. */
  reset(targets: Iterable<readonly [to: string, target: Target]>): void {
    this.#targets.clear();
    this.#machines.clear();
    for (const [to, target] of targets) this.set(to, target);
  }

  #count(target: Target | undefined, by: 1 | -1): void {
    if (target === undefined || target === 'unreachable') return;
    const count = (this.#machines.get(target.via) ?? 0) + by;
    if (count === 0) this.#machines.delete(target.via);
    else this.#machines.set(target.via, count);
  }
}
