import type { Clock, Ids, Log } from '../../kernel/index.ts';
import type { Handler } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/logs.ts';
import type { Database } from '../../store/index.ts';
import type { StreamActivity } from './activity.ts';
import { groupNotFound, invalidParameter, streamNotFound } from './errors.ts';
import type { LiveTails } from './live-tails.ts';
import type { LogArchive } from './ports.ts';
import { groupNameOf, logGroupKey, logGroups } from './records/log-group.ts';
import type { LogGroupRecord, Scope } from './records/log-group.ts';
import { logStreamKey, logStreams } from './records/log-stream.ts';
import type { LogStreamRecord } from './records/log-stream.ts';
import type { SortedIndex } from './sorted-index.ts';

export { scopeOf } from '../../kernel/index.ts';

/** What the service needs of the outside. */
export interface LogsDeps {
  readonly database: Database;
  readonly archive: LogArchive;
  /** What agents name a message by when they ask whether it arrived. */
  fingerprint(message: string): string;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
}

/** What the actions share. */
export interface LogsCore extends LogsDeps {
  readonly groupsByName: SortedIndex<LogGroupRecord, 'scope' | 'id' | 'retention'>;
  readonly streamsByName: SortedIndex<LogStreamRecord, 'group' | 'id' | 'activeInGroup' | 'active'>;
  /** Rank: time of the last event, 0 for none. */
  readonly streamsByTime: SortedIndex<LogStreamRecord, 'group' | 'id' | 'activeInGroup' | 'active'>;
  readonly activity: StreamActivity;
  readonly liveTails: LiveTails;
}

export type Action<Name extends keyof Operations> = Handler<Operations[Name]['input'], Operations[Name]['output']>;

/** @throws ResourceNotFoundException */
export function findGroup(core: LogsCore, scope: Scope, name: string): LogGroupRecord {
  const found = core.database.get(logGroups, logGroupKey(scope, name));
  if (found === undefined) throw groupNotFound();
  return found.row;
}

/** The group named by `logGroupName` or `logGroupIdentifier`, exactly one of which must be given. */
export function findNamedGroup(
  core: LogsCore,
  scope: Scope,
  input: { readonly logGroupName?: string | undefined; readonly logGroupIdentifier?: string | undefined },
): LogGroupRecord {
  const { logGroupName, logGroupIdentifier } = input;
  const identifier = logGroupName ?? logGroupIdentifier;
  if (identifier === undefined || (logGroupName !== undefined && logGroupIdentifier !== undefined)) {
    throw invalidParameter('You must specify either logGroupName or logGroupIdentifier, but not both.');
  }
  const name = logGroupName ?? groupNameOf(scope, identifier);
  if (name === undefined) throw groupNotFound();
  return findGroup(core, scope, name);
}

/** @throws ResourceNotFoundException */
export function findStream(core: LogsCore, group: LogGroupRecord, name: string): LogStreamRecord {
  const found = core.database.get(logStreams, logStreamKey(group, name));
  if (found === undefined) throw streamNotFound();
  return found.row;
}
