import { messageOf, startRounds } from '../../kernel/index.ts';
import type { LogsCore } from './core.ts';
import { purgeGroup } from './purge.ts';
import { logGroups, retainedFromMs } from './records/log-group.ts';
import { logStreams } from './records/log-stream.ts';

/** The first round brings streams up to date after a crash, so it comes soon. */
const firstRoundMs = 2_000;
const roundMs = 15 * 60_000;

/** Starts the rounds that free what nobody can see any more. @returns stops them, after the one under way */
export function startMaintenance(core: LogsCore): () => Promise<void> {
  return startRounds({
    clock: core.clock,
    firstAfterMs: firstRoundMs,
    everyMs: roundMs,
    run: () => maintain(core),
    onError: (error) => core.log.error('log maintenance failed', { error: messageOf(error) }),
  });
}

/** One round: recover streams after a crash, free expired events, delete what a crash left of deleted groups and streams. */
export async function maintain(core: LogsCore): Promise<void> {
  const { database, archive, clock, activity } = core;
  await activity.recover();
  const groups = database.table(logGroups);
  for (const key of Array.from(groups.keys('retention', 'limited'))) {
    const group = groups.get(key)?.row;
    if (group !== undefined) await archive.expire(group.id, retainedFromMs(group, clock.nowMs()));
  }
  const streams = database.table(logStreams);
  for (const groupId of Array.from(streams.values('group'))) {
    if (groups.count('id', groupId) === 0) await purgeGroup(core, groupId);
  }
  for (const groupId of archive.groupIds()) {
    if (groups.count('id', groupId) === 0) await archive.deleteGroup(groupId);
    for (const streamId of await archive.streamIds(groupId)) {
      if (streams.count('id', streamId) === 0) await archive.deleteStream({ groupId, streamId });
    }
  }
}
