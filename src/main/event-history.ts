import type { EventHistory, Scope } from '../services/cloudtrail/index.ts';
import { eventOverheadBytes, type LogArchive } from '../services/logs/index.ts';

const streamId = 'events';

/** CloudTrail's history, kept in an archive of its own of the kind that CloudWatch Logs has. */
export function eventHistory(archive: LogArchive): EventHistory {
  return {
    append(scope, events) {
      const stream = { groupId: groupOf(scope), streamId };
      return archive.append(stream, {
        ingestionMs: events.at(-1)?.timeMs ?? 0,
        events: events.map(({ timeMs, json }) => ({ timestampMs: timeMs, message: json })),
      });
    },
    async read(scope, { startMs, endMs, before, maxEvents, maxBytes }) {
      const { events, more } = await archive.read({
        groupId: groupOf(scope),
        streamIds: [streamId],
        direction: 'backward',
        startMs,
        endMs,
        maxEvents,
        maxBytes: maxBytes + maxEvents * eventOverheadBytes,
        ...(before === undefined ? {} : { after: { timestampMs: before.timeMs, streamId, sequence: before.sequence } }),
      });
      return {
        events: events.map(({ timestampMs, message, sequence }) => ({ timeMs: timestampMs, json: message, sequence })),
        more,
      };
    },
    async expire(beforeMs) {
      for (const groupId of archive.groupIds()) await archive.expire(groupId, beforeMs);
    },
  };
}

/** Archives take letters and digits only. */
function groupOf({ account, region }: Scope): string {
  return `${account}x${Buffer.from(region).toString('hex')}`;
}
