import { taskArn } from '../services/ecs/index.ts';
import type { JournalWatch } from './journal-watch.ts';
import type { SimUsers } from './sim-users.ts';

/** What is wrong with the answers that users got: every RunTask made exactly the tasks it named, and none of them was lost before its time. */
export function* brokenPromises(
  journal: JournalWatch,
  acknowledged: SimUsers['acknowledged'],
  started: Iterable<string>,
): Generator<string, undefined> {
  const made = new Map<string, string[]>();
  for (const task of journal.tasks.values()) {
    const arns = made.get(task.startedBy ?? '') ?? [];
    made.set(task.startedBy ?? '', [...arns, taskArn(task, task.cluster, task.id)]);
  }
  for (const { token, arns } of acknowledged) {
    // A request that found no room is not remembered: a copy of it that comes late may find some.
    if (arns.length === 0) continue;
    for (const arn of made.get(token) ?? [])
      if (!arns.includes(arn)) yield `RunTask ${token} made ${arn} but did not say so`;
  }
  const known = new Set([...made.values()].flat());
  const isKnown = (arn: string): boolean => known.has(arn) || journal.deleted.has(arn);
  for (const arn of started) if (!isKnown(arn)) yield `${arn} ran but there is no task`;
  for (const { arns } of acknowledged)
    for (const arn of arns) if (!isKnown(arn)) yield `${arn} was promised and is gone`;
  return undefined;
}
