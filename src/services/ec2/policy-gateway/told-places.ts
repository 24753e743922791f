import type { Scope } from '../records/scope.ts';
import type { Interest } from './interest.ts';
import { Needs } from './needs.ts';

interface Place {
  readonly scope: Scope;
  /** JSON of what the machine was told; undefined: nothing yet. */
  text?: string;
}

/** The subnets or VPCs that interfaces of a machine are in. */
export class ToldPlaces<Policy> {
  readonly #render: (scope: Scope, id: string) => Policy | undefined;
  readonly #interest: Interest;
  readonly #places = new Map<string, Place>();
  readonly #needs = new Needs();
  readonly #dirty = new Set<string>();

  constructor(render: (scope: Scope, id: string) => Policy | undefined, interest: Interest) {
    this.#render = render;
    this.#interest = interest;
  }

  get ids(): Iterable<string> {
    return this.#places.keys();
  }

  /** An interface was in one, and is in another now. */
  move(before: string | undefined, after: string | undefined, scope: Scope): void {
    if (before === after) return;
    if (after !== undefined && !this.#places.has(after)) {
      this.#places.set(after, { scope });
      this.#interest.add(after);
    }
    this.#needs.move(listed(before), listed(after), this.#dirty);
  }

  changed(id: string): void {
    if (this.#places.has(id)) this.#dirty.add(id);
  }

  /** What the machine has to be told now; it counts as told. */
  take(): { readonly present: Policy[]; readonly removed: string[] } {
    const present: Policy[] = [];
    const removed: string[] = [];
    for (const id of this.#dirty) {
      const place = this.#places.get(id);
      if (place === undefined) continue;
      if (!this.#needs.has(id)) {
        this.#places.delete(id);
        this.#interest.remove(id);
        if (place.text !== undefined) removed.push(id);
        continue;
      }
      const policy = this.#render(place.scope, id);
      const text = JSON.stringify(policy);
      if (policy === undefined || text === place.text) continue;
      place.text = text;
      present.push(policy);
    }
    this.#dirty.clear();
    return { present, removed };
  }
}

function listed(id: string | undefined): readonly string[] {
  return id === undefined ? [] : [id];
}
