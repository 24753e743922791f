import type { EpochMs } from '../../../kernel/index.ts';
import { longestRestartPauseMs, readyPollMs, startsUntilFailed } from '../limits.ts';
import type { DatabaseReady, DatabaseTaskView } from '../ports.ts';
import type { DBInstanceRecord, InstanceState } from '../records/db-instance.ts';
import { nextOpening } from './maintenance-window.ts';

/** What is known of a database at one moment. */
export interface InstanceView {
  readonly row: DBInstanceRecord;
  /** The task started last; undefined: none, or over for long. */
  readonly task: DatabaseTaskView | undefined;
  /** What its container said last. */
  readonly ready: DatabaseReady | undefined;
  readonly nowMs: EpochMs;
}

export type InstanceAction =
  | { readonly kind: 'startTask' }
  | { readonly kind: 'stopTask' }
  | { readonly kind: 'become'; readonly state: InstanceState }
  | { readonly kind: 'applyPending' }
  | { readonly kind: 'remove' };

export interface InstanceDecision {
  /** At most one: the next is decided when it is done. */
  readonly action?: InstanceAction;
  readonly wakeAtMs?: EpochMs;
}

const atRest: readonly InstanceState[] = ['stopping', 'stopped', 'deleting', 'failed'];

/** The next step of a database towards what its state wants. Pure. */
export function decideInstance(view: InstanceView): InstanceDecision {
  const { row, task } = view;
  const live = task !== undefined && task.status !== 'stopped';
  if (atRest.includes(row.state)) return live ? ending(task) : over(row);
  if (!live) return starting(view);
  if (row.staleBoot === row.boots) return ending(task);
  return running(view);
}

function ending(task: DatabaseTaskView): InstanceDecision {
  return task.status === 'stopping' ? {} : { action: { kind: 'stopTask' } };
}

function over({ state }: DBInstanceRecord): InstanceDecision {
  if (state === 'stopping') return { action: { kind: 'become', state: 'stopped' } };
  return state === 'deleting' ? { action: { kind: 'remove' } } : {};
}

/** At once; after starts in vain later and later. */
function starting({ row, nowMs }: InstanceView): InstanceDecision {
  const { startsInVain, lastStartMs = 0, state } = row;
  if (state === 'creating' && startsInVain >= startsUntilFailed) return { action: { kind: 'become', state: 'failed' } };
  const dueMs = startsInVain === 0 ? 0 : lastStartMs + Math.min(longestRestartPauseMs, 1_000 * 2 ** startsInVain);
  return nowMs < dueMs ? { wakeAtMs: dueMs } : { action: { kind: 'startTask' } };
}

function running({ row, task, ready, nowMs }: InstanceView): InstanceDecision {
  const isReady = ready?.boot === row.boots && ready.passwordVersion === row.password.version;
  if (row.state !== 'available') {
    if (isReady && task?.status === 'running') return { action: { kind: 'become', state: 'available' } };
    return { wakeAtMs: nowMs + readyPollMs };
  }
  if (row.pending === undefined) return {};
  const opening = nextOpening(row.maintenanceWindow, nowMs);
  return 'open' in opening ? { action: { kind: 'applyPending' } } : { wakeAtMs: opening.opensAtMs };
}
