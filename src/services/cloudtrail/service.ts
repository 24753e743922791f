import { messageOf, type Clock, type Ids, type Log, startRounds } from '../../kernel/index.ts';
import { implement, type CallRecorder, type ServiceDefinition } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/cloudtrail.ts';
import type { Database } from '../../store/index.ts';
import { getTrailStatus, startLogging, stopLogging } from './actions/logging.ts';
import { lookupEvents } from './actions/lookup-events.ts';
import { getEventSelectors, putEventSelectors } from './actions/selectors.ts';
import { addTags, listTags, removeTags } from './actions/tagging.ts';
import { createTrail, deleteTrail, describeTrails, getTrail, listTrails, updateTrail } from './actions/trails.ts';
import { cloudTrailAuthorization } from './authorization.ts';
import { deliverToTrails, DeliveryStates } from './delivery.ts';
import { invalidInput } from './errors.ts';
import { expireEveryMs, retentionMs } from './limits.ts';
import type { EventHistory, TrailLogs } from './ports.ts';
import { EventRecorder } from './recorder.ts';
import { trails } from './records/trail.ts';

/** The tables the database must hold for this service. */
export const cloudTrailTables = [trails] as const;

export interface CloudTrailParts {
  readonly database: Database;
  readonly history: EventHistory;
  readonly logs: TrailLogs;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

export interface CloudTrailService {
  readonly definition: ServiceDefinition;
  readonly recorder: CallRecorder;
  /** Writes what is recorded and not written yet; nothing is recorded any more. The history stays open. */
  close(): Promise<void>;
}

/** AWS CloudTrail: who called what, and trails that hand it on to log groups. */
export function cloudTrailService(parts: CloudTrailParts): CloudTrailService {
  const { database, history, logs, clock, ids, log } = parts;
  const deliveries = new DeliveryStates();
  const core = { database, history, logs, deliveries, clock };
  const recorder = new EventRecorder({
    history,
    deliver: (batch) => deliverToTrails({ database, logs, states: deliveries, clock, log }, batch),
    clock,
    ids,
    log,
  });
  const definition = implement<Operations>({
    name: 'cloudtrail',
    invalid: invalidInput,
    authorization: cloudTrailAuthorization(database),
    handlers: {
      AddTags: addTags(core),
      CreateTrail: createTrail(core),
      DeleteTrail: deleteTrail(core),
      DescribeTrails: describeTrails(core),
      GetEventSelectors: getEventSelectors(core),
      GetTrail: getTrail(core),
      GetTrailStatus: getTrailStatus(core),
      ListTags: listTags(core),
      ListTrails: listTrails(core),
      LookupEvents: lookupEvents(core),
      PutEventSelectors: putEventSelectors(core),
      RemoveTags: removeTags(core),
      StartLogging: startLogging(core),
      StopLogging: stopLogging(core),
      UpdateTrail: updateTrail(core),
    },
  });
  const stopExpiring = startExpiring(parts);
  return {
    definition,
    recorder,
    async close() {
      await stopExpiring();
      await recorder.close();
    },
  };
}

function startExpiring({ history, clock, log }: CloudTrailParts): () => Promise<void> {
  return startRounds({
    clock,
    firstAfterMs: expireEveryMs,
    everyMs: expireEveryMs,
    run: () => history.expire(clock.nowMs() - retentionMs),
    onError: (error) => log.warn('event history: old events stay', { error: messageOf(error) }),
  });
}
