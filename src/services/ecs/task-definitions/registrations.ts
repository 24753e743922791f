import type { Database, Transaction } from '../../../store/index.ts';
import { limitExceeded } from '../errors.ts';
import type { Scope } from '../records/scope.ts';
import { families, familyKey, taskDefinitionKey, taskDefinitions } from '../records/task-definition.ts';
import type { TaskDefinitionRecord } from '../records/task-definition.ts';

/** A revision before it has its number. */
export type Draft = Omit<TaskDefinitionRecord, 'revision' | 'status'>;

interface Waiting {
  readonly draft: Draft;
  readonly resolve: (row: TaskDefinitionRecord) => void;
  readonly reject: (error: unknown) => void;
}

/** Revisions of one family written in one transaction: the largest ten (64 KiB and 50 tags each) stay below what a store takes at once. */
const maxBatch = 10;
/** Registrations of one family that may wait at once; more are refused rather than kept in memory. */
const maxWaitingRegistrations = 10_000;

/**
 * Gives revisions their numbers. Every registration changes its family's record, so two at once would refuse each other in
 * the store; those of one family that arrive while one is being written are written together in the next transaction.
 */
export class Registrations {
  readonly #db: Database;
  readonly #maxWaiting: number;
  readonly #waiting = new Map<string, Waiting[]>();

  constructor(db: Database, maxWaiting: number = maxWaitingRegistrations) {
    this.#db = db;
    this.#maxWaiting = maxWaiting;
  }

  /**
   * Writes the next revision of the draft's family; durable when resolved. A number is never given twice.
   * @throws LimitExceededException when too many are waiting; whatever Database.transact throws
   */
  register(draft: Draft): Promise<TaskDefinitionRecord> {
    const key = familyKey(draft, draft.family);
    return new Promise((resolve, reject) => {
      const queue = this.#waiting.get(key);
      if (queue !== undefined && queue.length >= this.#maxWaiting) {
        reject(limitExceeded(`Too many registrations of family ${draft.family} are waiting. Try again later.`));
        return;
      }
      if (queue !== undefined) {
        queue.push({ draft, resolve, reject });
        return;
      }
      this.#waiting.set(key, [{ draft, resolve, reject }]);
      void this.#drain(key);
    });
  }

  async #drain(key: string): Promise<void> {
    for (let queue = this.#waiting.get(key); queue !== undefined && queue.length > 0; queue = this.#waiting.get(key)) {
      const batch = queue.splice(0, maxBatch);
      try {
        const { result } = await this.#db.transact((tx) =>
          registerAll(
            tx,
            batch.map((waiting) => waiting.draft),
          ),
        );
        for (const [index, row] of result.entries()) batch[index]?.resolve(row);
      } catch (error) {
        for (const waiting of batch) waiting.reject(error);
      }
    }
    this.#waiting.delete(key);
  }
}

/** Writes drafts of one family as its next revisions, in order. */
function registerAll(tx: Transaction, drafts: readonly Draft[]): readonly TaskDefinitionRecord[] {
  const [first] = drafts;
  if (first === undefined) return [];
  const scope: Scope = { account: first.account, region: first.region };
  const key = familyKey(scope, first.family);
  const last = tx.get(families, key)?.lastRevision ?? 0;
  const rows = drafts.map((draft, index) => ({ revision: last + 1 + index, status: 'ACTIVE' as const, ...draft }));
  for (const row of rows) tx.create(taskDefinitions, taskDefinitionKey(scope, row.family, row.revision), row);
  const lastRevision = last + rows.length;
  tx.put(families, key, { family: first.family, lastRevision, latestActive: lastRevision, status: 'ACTIVE', ...scope });
  return rows;
}
