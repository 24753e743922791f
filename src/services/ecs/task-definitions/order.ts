import type { Database } from '../../../store/index.ts';
import type { Scope } from '../records/scope.ts';
import { taskDefinitions } from '../records/task-definition.ts';
import type { TaskDefinitionRecord } from '../records/task-definition.ts';
import { insertSorted, lowerBound, removeSorted } from './sorted.ts';

export type DefinitionStatus = TaskDefinitionRecord['status'];

/** A revision as lists name it. */
export interface RevisionName {
  readonly family: string;
  readonly revision: number;
}

/** The families of one scope and status, by name, and the revisions of each, by number. */
interface Shelf {
  readonly families: string[];
  readonly revisions: Map<string, number[]>;
}

/**
 * The order ListTaskDefinitions and ListTaskDefinitionFamilies show: families by name, revisions by number. The tables'
 * indexes are in order of creation, so this is kept beside them, from their changes: names and integers only, never rows.
 */
export class DefinitionOrder {
  readonly #shelves = new Map<string, Shelf>();
  readonly #stop: () => void;

  /** Reads the present keys once, then follows the changes until `close`. */
  constructor(db: Database) {
    const table = db.table(taskDefinitions);
    for (const value of table.values('scopeStatus')) {
      for (const key of table.keys('scopeStatus', value)) {
        const [, family = '', revision = ''] = /([^/]+)\/(\d+)$/.exec(key) ?? [];
        this.#add(value, { family, revision: Number(revision) });
      }
    }
    this.#stop = table.onChange(({ before, after }) => {
      if (before?.status === after?.status) return;
      if (before !== undefined) this.#remove(shelfName(before, before.status), before);
      if (after !== undefined) this.#add(shelfName(after, after.status), after);
    });
  }

  close(): void {
    this.#stop();
  }

  /** The highest revision of a family in this status that is below `below`, or 0. */
  highest(scope: Scope, status: DefinitionStatus, under: RevisionName): number {
    const revisions = this.#shelf(scope, status)?.revisions.get(under.family) ?? [];
    return revisions[lowerBound(revisions, under.revision) - 1] ?? 0;
  }

  /** True when the family has a revision in this status. */
  has(scope: Scope, status: DefinitionStatus, family: string): boolean {
    return this.#shelf(scope, status)?.revisions.has(family) ?? false;
  }

  /** Revisions after (or, descending, before) a name, in order, of one family or all. */
  *revisions(
    scope: Scope,
    status: DefinitionStatus,
    walk: { readonly family?: string; readonly descending: boolean; readonly after?: RevisionName },
  ): Iterable<RevisionName> {
    const shelf = this.#shelf(scope, status);
    if (shelf === undefined) return;
    const { descending, after } = walk;
    for (const family of familiesFrom(shelf, walk)) {
      const revisions = shelf.revisions.get(family) ?? [];
      const resumed = after?.family === family ? after.revision : undefined;
      const step = descending ? -1 : 1;
      let at = descending
        ? (resumed === undefined ? revisions.length : lowerBound(revisions, resumed)) - 1
        : resumed === undefined
          ? 0
          : lowerBound(revisions, resumed + 1);
      for (; at >= 0 && at < revisions.length; at += step) yield { family, revision: revisions[at] ?? 0 };
    }
  }

  /** Families with a revision in this status, by name, from `from` on. */
  *families(scope: Scope, status: DefinitionStatus, from: string): Iterable<string> {
    const names = this.#shelf(scope, status)?.families ?? [];
    for (let at = lowerBound(names, from); at < names.length; at++) yield names[at] ?? '';
  }

  #shelf(scope: Scope, status: DefinitionStatus): Shelf | undefined {
    return this.#shelves.get(shelfName(scope, status));
  }

  #add(name: string, { family, revision }: RevisionName): void {
    const shelf = this.#shelves.get(name) ?? { families: [], revisions: new Map<string, number[]>() };
    this.#shelves.set(name, shelf);
    const revisions = shelf.revisions.get(family);
    if (revisions !== undefined) return insertSorted(revisions, revision);
    shelf.revisions.set(family, [revision]);
    insertSorted(shelf.families, family);
  }

  #remove(name: string, { family, revision }: RevisionName): void {
    const shelf = this.#shelves.get(name);
    const revisions = shelf?.revisions.get(family);
    if (shelf === undefined || revisions === undefined) return;
    removeSorted(revisions, revision);
    if (revisions.length > 0) return;
    shelf.revisions.delete(family);
    removeSorted(shelf.families, family);
    if (shelf.families.length === 0) this.#shelves.delete(name);
  }
}

function shelfName(scope: Scope, status: DefinitionStatus): string {
  return `${scope.account}/${scope.region}/${status}`;
}

/** The families a walk passes, in its direction; a walk that was in a family starts with it again. */
function* familiesFrom(
  shelf: Shelf,
  walk: { readonly family?: string; readonly descending: boolean; readonly after?: RevisionName },
): Iterable<string> {
  const { families } = shelf;
  if (walk.family !== undefined) {
    if (shelf.revisions.has(walk.family)) yield walk.family;
    return;
  }
  const from = walk.after?.family;
  if (!walk.descending) {
    for (let at = from === undefined ? 0 : lowerBound(families, from); at < families.length; at++)
      yield families[at] ?? '';
    return;
  }
  let at = from === undefined ? families.length - 1 : lowerBound(families, from);
  if (from !== undefined && families[at] !== from) at -= 1;
  for (; at >= 0; at--) yield families[at] ?? '';
}
