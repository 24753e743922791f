import type { Judged, TaskState } from './health.ts';

/** Those that serve nobody go first. */
const rank: Readonly<Record<TaskState, number>> = {
  ENDED: 0,
  STOPPING: 0,
  STARTING: 0,
  UNHEALTHY: 1,
  UNPROVEN: 2,
  HEALTHY: 3,
};

/**
 * The tasks in the order in which to stop them: those that are not up first; then from the zone with the most tasks of the service, there from the
 * instance with the most; of equals the newest, of which AWS says nothing.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/update-service-parameters.html
 * @param all every task of the service that is to run, for the counts
 */
export function* scaleInOrder(candidates: readonly Judged[], all: readonly Judged[]): Iterable<Judged> {
  const zones = counts(all, zoneOf);
  const instances = counts(all, instanceOf);
  const left = new Set(candidates);
  const better = (one: Judged, other: Judged): boolean => {
    const difference =
      rank[one.state] - rank[other.state] ||
      (zones.get(zoneOf(other)) ?? 0) - (zones.get(zoneOf(one)) ?? 0) ||
      (instances.get(instanceOf(other)) ?? 0) - (instances.get(instanceOf(one)) ?? 0) ||
      other.task.createdAtMs - one.task.createdAtMs;
    return difference !== 0 ? difference < 0 : one.task.key < other.task.key;
  };
  while (left.size > 0) {
    let next: Judged | undefined;
    for (const one of left) if (next === undefined || better(one, next)) next = one;
    if (next === undefined) return;
    left.delete(next);
    yield next;
    zones.set(zoneOf(next), (zones.get(zoneOf(next)) ?? 0) - 1);
    instances.set(instanceOf(next), (instances.get(instanceOf(next)) ?? 0) - 1);
  }
}

function zoneOf({ task }: Judged): string {
  return task.zone ?? '';
}

function instanceOf({ task }: Judged): string {
  return task.instanceKey ?? '';
}

function counts(all: readonly Judged[], of: (one: Judged) => string): Map<string, number> {
  const made = new Map<string, number>();
  for (const one of all) made.set(of(one), (made.get(of(one)) ?? 0) + 1);
  return made;
}
