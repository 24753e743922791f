import type { Database } from '../../store/index.ts';
import { instances } from './records/instance.ts';

/** Services whose last change is kept; of others it is the oldest that is known. */
const maxKept = 10_000;

/**
 * A number for each service that grows when an instance comes, goes or changes what it says, and not with its health. It is the store's revision of that
 * change: after a restart, the revision at the start, which is not less than any told before.
 */
export class InstanceRevisions {
  readonly #last = new Map<string, number>();
  #floor: number;

  constructor(db: Database) {
    this.#floor = db.revision;
  }

  follow(db: Database): () => void {
    return db.table(instances).onChange(({ before, after, revision }) => {
      const row = after ?? before;
      if (row === undefined) return;
      if (before !== undefined && after !== undefined && sameApartFromHealth(before.attributes, after.attributes))
        return;
      this.#last.delete(row.serviceId);
      this.#last.set(row.serviceId, revision);
      if (this.#last.size <= maxKept) return;
      for (const [oldest, atRevision] of this.#last) {
        this.#last.delete(oldest);
        this.#floor = Math.max(this.#floor, atRevision);
        return;
      }
    });
  }

  of(serviceId: string): number {
    return Math.max(this.#last.get(serviceId) ?? 0, this.#floor, 1);
  }
}

function sameApartFromHealth(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): boolean {
  return JSON.stringify(before) === JSON.stringify(after);
}
