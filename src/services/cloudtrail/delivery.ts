import { messageOf, toText, type Clock, type Log } from '../../kernel/index.ts';
import type { Database } from '../../store/index.ts';
import { maxListed } from './limits.ts';
import { isGlobal } from './operations.ts';
import type { TrailLogs } from './ports.ts';
import type { EventBatch } from './event-chunk.ts';
import { trailArn, trails, type TrailRecord } from './records/trail.ts';

export interface DeliveryState {
  readonly deliveredAtMs?: number;
  /** Why the last delivery failed; absent: it did not. */
  readonly error?: string;
}

/** How the last delivery to each trail's log group went, since this process started. */
export class DeliveryStates {
  readonly #states = new Map<string, DeliveryState>();

  of(trail: TrailRecord): DeliveryState {
    return this.#states.get(trailArn(trail)) ?? {};
  }

  set(trail: TrailRecord, state: DeliveryState): void {
    this.#states.set(trailArn(trail), state);
  }

  forget(trail: TrailRecord): void {
    this.#states.delete(trailArn(trail));
  }
}

export interface DeliveryDeps {
  readonly database: Database;
  readonly logs: TrailLogs;
  readonly states: DeliveryStates;
  readonly clock: Clock;
  readonly log: Log;
}

/** Hands a batch to the log groups of the trails that want it; what cannot be delivered is not kept, and GetTrailStatus says why. */
export async function deliverToTrails(deps: DeliveryDeps, batch: EventBatch): Promise<void> {
  const { account, region } = batch.scope;
  const { rows } = deps.database.table(trails).page('account', account, { limit: maxListed });
  for (const { row: trail } of rows) {
    const { logGroupArn } = trail;
    if (logGroupArn === undefined || !trail.isLogging || !(trail.isMultiRegion || trail.region === region)) continue;
    const events = batch.events
      .filter((_event, index) => {
        const facts = batch.facts[index];
        return facts !== undefined && wants(trail, facts);
      })
      .map(({ timeMs, json }) => ({ timeMs, json: toText(json) }));
    if (events.length === 0) continue;
    const before = deps.states.of(trail);
    try {
      await deps.logs.deliver(logGroupArn, `${account}_CloudTrail_${region}`, events);
      deps.states.set(trail, { deliveredAtMs: deps.clock.nowMs() });
    } catch (error) {
      const reason = messageOf(error);
      deps.states.set(trail, { ...before, error: reason });
      if (before.error !== reason) {
        deps.log.warn('trail: events could not be delivered', {
          trail: trailArn(trail),
          group: logGroupArn,
          error: reason,
        });
      }
    }
  }
}

/** Whether a trail's selectors take an event. */
export function wants(trail: TrailRecord, facts: EventBatch['facts'][number]): boolean {
  if (isGlobal(facts.service) && !trail.includeGlobalServiceEvents) return false;
  if (trail.selectors === undefined) return true;
  return trail.selectors.some(
    ({ readWriteType, includeManagementEvents, excludedSources }) =>
      includeManagementEvents &&
      (readWriteType === 'All' || (readWriteType === 'ReadOnly') === facts.readOnly) &&
      !excludedSources.includes(facts.eventSource),
  );
}
