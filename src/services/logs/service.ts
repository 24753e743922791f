import { implement } from '../../protocol/api/index.ts';
import type { ServiceDefinition } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/logs.ts';
import { createLogGroup } from './actions/create-log-group.ts';
import { createLogStream } from './actions/create-log-stream.ts';
import { deleteLogGroup } from './actions/delete-log-group.ts';
import { deleteLogStream } from './actions/delete-log-stream.ts';
import { deleteRetentionPolicy } from './actions/delete-retention-policy.ts';
import { describeLogGroups } from './actions/describe-log-groups.ts';
import { describeLogStreams } from './actions/describe-log-streams.ts';
import { filterLogEvents } from './actions/filter-log-events.ts';
import { getLogEvents } from './actions/get-log-events.ts';
import { listTagsForResource } from './actions/list-tags-for-resource.ts';
import { listTagsLogGroup } from './actions/list-tags-log-group.ts';
import { putLogEvents } from './actions/put-log-events.ts';
import { putLogGroupDeletionProtection } from './actions/put-log-group-deletion-protection.ts';
import { putRetentionPolicy } from './actions/put-retention-policy.ts';
import { startLiveTail } from './actions/start-live-tail.ts';
import { tagLogGroup } from './actions/tag-log-group.ts';
import { tagResource } from './actions/tag-resource.ts';
import { untagLogGroup } from './actions/untag-log-group.ts';
import { untagResource } from './actions/untag-resource.ts';
import { arrivedRoute } from './arrived-route.ts';
import { logsAuthorization } from './authorization.ts';
import { StreamActivity } from './activity.ts';
import type { LogsCore, LogsDeps } from './core.ts';
import { invalidInput } from './errors.ts';
import { logsLimits } from './limits.ts';
import { LiveTails } from './live-tails.ts';
import { startMaintenance } from './maintenance.ts';
import type { Database } from '../../store/index.ts';
import { logGroupKey, logGroups, type Scope } from './records/log-group.ts';
import { logStreams } from './records/log-stream.ts';
import { SortedIndex } from './sorted-index.ts';

/** The tables the database must hold for this service. */
export const logsTables = [logGroups, logStreams] as const;

export interface LogsService extends ServiceDefinition {
  /** Stops the work in the background and saves what is only in memory. The archive stays open. */
  close(): Promise<void>;
}

/** Amazon CloudWatch Logs. */
export function logsService(deps: LogsDeps): LogsService {
  const core = makeCore(deps);
  const definition = implement<Operations>({
    name: 'logs',
    authorization: logsAuthorization(deps.database),
    limits: logsLimits,
    invalid: invalidInput,
    handlers: {
      CreateLogGroup: createLogGroup(core),
      CreateLogStream: createLogStream(core),
      DeleteLogGroup: deleteLogGroup(core),
      DeleteLogStream: deleteLogStream(core),
      DeleteRetentionPolicy: deleteRetentionPolicy(core),
      DescribeLogGroups: describeLogGroups(core),
      DescribeLogStreams: describeLogStreams(core),
      FilterLogEvents: filterLogEvents(core),
      GetLogEvents: getLogEvents(core),
      ListTagsForResource: listTagsForResource(core),
      ListTagsLogGroup: listTagsLogGroup(core),
      PutLogEvents: putLogEvents(core),
      PutLogGroupDeletionProtection: putLogGroupDeletionProtection(core),
      PutRetentionPolicy: putRetentionPolicy(core),
      StartLiveTail: startLiveTail(core),
      TagLogGroup: tagLogGroup(core),
      TagResource: tagResource(core),
      UntagLogGroup: untagLogGroup(core),
      UntagResource: untagResource(core),
    },
  });
  const stopMaintenance = startMaintenance(core);
  return {
    ...definition,
    rawRoutes: [arrivedRoute(core)],
    close: async () => {
      await stopMaintenance();
      await core.activity.close();
    },
  };
}

/** Whether there is a log group, for services that write to one. */
export function logGroupExists(database: Database, { name, ...scope }: Scope & { readonly name: string }): boolean {
  return database.get(logGroups, logGroupKey(scope, name)) !== undefined;
}

/** What the actions share, made from what the service needs. */
export function makeCore(deps: LogsDeps): LogsCore {
  const groups = deps.database.table(logGroups);
  const streams = deps.database.table(logStreams);
  return {
    ...deps,
    groupsByName: new SortedIndex(groups, 'scope', ({ name, id }) => ({ rank: 0, name, id })),
    streamsByName: new SortedIndex(streams, 'group', ({ name, id }) => ({ rank: 0, name, id })),
    streamsByTime: new SortedIndex(streams, 'group', ({ name, id, lastEventMs }) => ({
      rank: lastEventMs ?? 0,
      name,
      id,
    })),
    activity: new StreamActivity(deps),
    liveTails: new LiveTails(deps.clock),
  };
}
