import type { PayloadContainer, PayloadTask } from '../../agent-protocol/index.ts';

/** Names of the volumes a container has, also those of other containers. */
export function mountedVolumes(
  container: PayloadContainer,
  task: PayloadTask,
  seen = new Set<string>(),
): readonly string[] {
  if (seen.has(container.name)) return [];
  seen.add(container.name);
  const others = container.volumesFrom.flatMap(({ sourceContainer }) =>
    task.containers.filter(({ name }) => name === sourceContainer),
  );
  return [
    ...container.mountPoints.map(({ sourceVolume }) => sourceVolume),
    ...others.flatMap((other) => mountedVolumes(other, task, seen)),
  ];
}
