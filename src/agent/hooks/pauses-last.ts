import { labels } from '../../agent-protocol/index.ts';
import type { ContainerSummary } from '../../runtime/index.ts';

/** The order in which containers can be removed: Podman refuses to remove one whose network another still shares. */
export function pausesLast(containers: readonly ContainerSummary[]): readonly ContainerSummary[] {
  const isPause = (container: ContainerSummary): boolean => container.labels[labels.internal] !== undefined;
  return [...containers.filter((one) => !isPause(one)), ...containers.filter(isPause)];
}
