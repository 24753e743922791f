import { toText } from '../kernel/index.ts';
import type { Database, Store } from '../store/index.ts';
import { taskArn } from '../services/ecs/index.ts';
import type { JournalWatch } from './journal-watch.ts';
import type { SimClock } from './sim-clock.ts';
import type { SimIds } from './sim-ids.ts';
import { simTargetKey, simTargets, type SimTarget } from './sim-targets.ts';

export interface BalancerOptions {
  readonly store: Store;
  readonly clock: SimClock;
  readonly ids: SimIds;
  /** Of the control plane that lives now. */
  db(): Database | undefined;
  /** Would what is behind a target answer its health check? */
  answers(target: SimTarget): boolean;
}

const longestCheckMs = 4_000;
const longestDrainMs = 30_000;
const recheckMs = 5_000;

/** A data plane: checks targets, and lets those that leave drain. What it finds out is written by the control plane, when that is up. */
export class SimBalancer {
  readonly #options: BalancerOptions;
  readonly targets = new Map<string, SimTarget>();
  /** Of each check: healthy ones that fail it all the same. */
  flaky = 0;

  constructor(options: BalancerOptions) {
    this.#options = options;
    options.store.watch(simTargets.prefix, 0, {
      onBatch: ({ events }) => {
        for (const event of events) {
          const key = event.type === 'put' ? event.entry.key : event.key;
          if (event.type === 'delete') this.targets.delete(key);
          else this.#changed(key, JSON.parse(toText(event.entry.value)) as SimTarget);
        }
      },
      onLost: () => undefined,
    });
    this.#check();
  }

  #changed(key: string, target: SimTarget): void {
    const before = this.targets.get(key);
    this.targets.set(key, target);
    if (target.state === 'initial') this.#later(longestCheckMs, key, 'initial');
    if (target.state === 'draining' && before?.state !== 'draining') this.#later(longestDrainMs, key, 'draining');
  }

  /** Moves a target on after a while, if it is still as it was. */
  #later(longestMs: number, key: string, from: SimTarget['state']): void {
    const { clock, ids } = this.#options;
    clock.after(ids.between(100, longestMs), () => {
      if (this.targets.get(key)?.state !== from) return;
      this.#write(key, from).catch(() => this.#later(longestMs, key, from));
    });
  }

  async #write(key: string, from: SimTarget['state']): Promise<void> {
    const { answers, ids } = this.#options;
    const db = this.#options.db();
    if (db === undefined) throw new Error('the control plane is down');
    await db.transact((tx) => {
      const present = tx.get(simTargets, key);
      if (present?.state !== from) return;
      if (from === 'draining') return tx.delete(simTargets, key);
      const fine = answers(present) && !ids.happens(this.flaky);
      tx.put(simTargets, simTargetKey(present.group, present), { ...present, state: fine ? 'healthy' : 'unhealthy' });
    });
  }

  /** Health checks of all targets, now and then. */
  #check(): void {
    const { clock, answers, ids } = this.#options;
    clock.after(recheckMs, () => {
      for (const [key, target] of this.targets) {
        const { state } = target;
        // What was being written when the control plane died is looked at again.
        if (state === 'initial' || state === 'draining') {
          if (ids.happens(0.1)) this.#write(key, state).catch(() => undefined);
          continue;
        }
        const fine = answers(target) && !ids.happens(this.flaky);
        if (fine !== (state === 'healthy')) this.#write(key, state).catch(() => undefined);
      }
      this.#check();
    });
  }
}

/** ARN of the task that should answer behind a target; of the family `fargate-sick` none ever does. */
export function arnBehind(journal: JournalWatch, { id }: SimTarget): string | undefined {
  for (const task of journal.tasks.values()) {
    if (task.lastStatus === 'STOPPED' || task.family === 'fargate-sick') continue;
    const here = task.attachment?.privateIpv4Address === id;
    if (here) return taskArn(task, task.cluster, task.id);
  }
  return undefined;
}
