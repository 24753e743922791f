import { messageOf, type Cancel, type Clock, type Log } from '../../../kernel/index.ts';
import type { Database, Transaction } from '../../../store/index.ts';
import { loadBalancerKey, loadBalancers, parseLoadBalancerArn } from '../records/load-balancer.ts';
import { targets, type TargetHealthRecord } from '../records/target.ts';
import { loadBalancerOf } from '../references.ts';
import { gatewayLimits } from './limits.ts';

type Write = (tx: Transaction) => void;

/**
 * Writes what data planes report, a batch at a time: reports that come meanwhile become part of the next, and for one record only the last counts.
 */
export class ReportedWrites {
  readonly #deps: { readonly db: Database; readonly clock: Clock; readonly log: Log };
  readonly #pending = new Map<string, Write>();
  #isWriting = false;
  #cancelRetry: Cancel | undefined;

  constructor(deps: { readonly db: Database; readonly clock: Clock; readonly log: Log }) {
    this.#deps = deps;
  }

  health(key: string, health: TargetHealthRecord): void {
    this.#add(key, (tx) => {
      const row = tx.get(targets, key);
      if (row === undefined || isSame(row.health, health)) return;
      tx.put(targets, key, { ...row, health });
    });
  }

  /** Nothing is in flight to a target that drains. */
  drained(key: string): void {
    // Beside what is reported of its health: the one must not take the other's place.
    this.#add(`drained ${key}`, (tx) => {
      if (tx.get(targets, key)?.state === 'draining') tx.delete(targets, key);
    });
  }

  /** A data plane follows a load balancer's configuration. */
  active(arn: string): void {
    const { db, clock } = this.#deps;
    const name = parseLoadBalancerArn(arn);
    if (name === undefined) return;
    const key = loadBalancerKey(name, name.name);
    if (db.get(loadBalancers, key)?.row.activeAtMs !== undefined) return;
    this.#add(key, (tx) => {
      const row = loadBalancerOf(tx, name);
      if (row !== undefined && row.activeAtMs === undefined) {
        tx.put(loadBalancers, key, { ...row, activeAtMs: clock.nowMs() });
      }
    });
  }

  stop(): void {
    this.#pending.clear();
    this.#cancelRetry?.();
  }

  #add(key: string, write: Write): void {
    this.#pending.set(key, write);
    void this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    if (this.#isWriting || this.#cancelRetry !== undefined) return;
    this.#isWriting = true;
    try {
      while (this.#pending.size > 0) {
        const batch = [...this.#pending].slice(0, gatewayLimits.writtenAtOnce);
        for (const [key] of batch) this.#pending.delete(key);
        await this.#write(batch);
      }
    } finally {
      this.#isWriting = false;
    }
  }

  async #write(batch: readonly (readonly [string, Write])[]): Promise<void> {
    const { db, clock, log } = this.#deps;
    try {
      await db.transact((tx) => {
        for (const [, write] of batch) write(tx);
      });
    } catch (error) {
      log.warn('what a data plane reported could not be written; it will be tried again', { error: messageOf(error) });
      const later = new Map(this.#pending);
      this.#pending.clear();
      this.#cancelRetry = clock.after(gatewayLimits.writeRetryMs, () => {
        this.#cancelRetry = undefined;
        // What was reported since counts more.
        for (const [key, write] of [...batch, ...later, ...this.#pending]) this.#pending.set(key, write);
        void this.#writeAll();
      });
    }
  }
}

function isSame(left: TargetHealthRecord, right: TargetHealthRecord): boolean {
  return left.state === right.state && left.reason === right.reason && left.description === right.description;
}
