import type { Clock } from '../../../kernel/index.ts';
import type { Controller } from '../../../reconcile/index.ts';
import type { Database } from '../../../store/index.ts';
import { presentRows } from '../core.ts';
import { maxTargetsPerTransaction } from '../limits.ts';
import { listeners } from '../records/listener.ts';
import { targetGroupArn, targetGroups } from '../records/target-group.ts';
import { beingRegistered, targets, type TargetRecord } from '../records/target.ts';
import { targetGroupOf } from '../references.ts';
import { isInUse } from '../target-groups/uses.ts';
import { usesChanged } from './registrar.ts';

/** What is to be done with a target, and the time at which that may change. */
export interface TargetFate {
  readonly act: 'keep' | 'remove' | 'forget-health';
  readonly wakeAtMs?: number;
}

/**
 * A target goes with its group, at its deadline, or when it drains and nobody uses the group. Where nobody uses the group nobody checks
 * its targets, so what was known of their health is no longer so.
 */
export function decideTarget(
  { state, drainDeadlineMs = 0, health }: Pick<TargetRecord, 'state' | 'drainDeadlineMs' | 'health'>,
  group: 'gone' | 'unused' | 'used',
  nowMs: number,
): TargetFate {
  if (group === 'gone') return { act: 'remove' };
  if (state === 'draining') {
    if (group === 'unused' || drainDeadlineMs <= nowMs) return { act: 'remove' };
    return { act: 'keep', wakeAtMs: drainDeadlineMs };
  }
  return { act: group === 'unused' && health.reason !== beingRegistered.reason ? 'forget-health' : 'keep' };
}

/** Ends draining at its deadline also while no data plane is connected, and looks after targets whose group is gone or out of use. Keys are target groups' ARNs. */
export function targetsController({ db, clock }: { readonly db: Database; readonly clock: Clock }): Controller {
  const table = db.table(targets);

  /** The targets that may need something: all of a group that is gone, else the draining and (of a group out of use) the checked ones. */
  function* candidates(arn: string, group: 'gone' | 'unused' | 'used'): Iterable<string> {
    if (group === 'gone') yield* table.keys('group', arn);
    else yield* table.keys('groupDraining', arn);
    if (group === 'unused') yield* table.keys('groupChecked', arn);
  }

  return {
    name: 'load-balancer-targets',
    watch(enqueue) {
      for (const arn of table.values('group')) enqueue(arn);
      const stops = [
        table.onChange(({ after }) => {
          if (after !== undefined) enqueue(targetGroupArn(after.group));
        }),
        db.table(targetGroups).onChange(({ before, after }) => {
          if (before !== undefined && after?.id !== before.id) enqueue(targetGroupArn(before));
        }),
        db.table(listeners).onChange((change) => {
          for (const arn of usesChanged(change)) enqueue(arn);
        }),
      ];
      return () => {
        for (const stop of stops) stop();
      };
    },
    async reconcile(arn) {
      const nowMs = clock.nowMs();
      const exists = targetGroupOf(presentRows(db), arn) !== undefined;
      const group = !exists ? 'gone' : isInUse(db, arn) ? 'used' : 'unused';
      const due: string[] = [];
      let wakeAtMs = Number.POSITIVE_INFINITY;
      for (const key of candidates(arn, group)) {
        const row = table.get(key)?.row;
        if (row === undefined) continue;
        const fate = decideTarget(row, group, nowMs);
        if (fate.act !== 'keep' && due.push(key) >= maxTargetsPerTransaction) break;
        wakeAtMs = Math.min(wakeAtMs, fate.wakeAtMs ?? wakeAtMs);
      }
      if (due.length === 0) return Number.isFinite(wakeAtMs) ? { wakeAtMs } : {};
      await db.transact((tx) => {
        for (const key of due) {
          const row = tx.get(targets, key);
          if (row === undefined) continue;
          const { act } = decideTarget(row, group, nowMs);
          if (act === 'remove') tx.delete(targets, key);
          else if (act === 'forget-health') tx.put(targets, key, { ...row, health: beingRegistered });
        }
      });
      return { wakeAtMs: nowMs };
    },
  };
}
