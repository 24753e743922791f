import type { ContainerRuntime, EngineInfo } from '../../runtime/index.ts';

/** A pause is idle: it goes at the first signal. */
const pauseStopSeconds = 1;

/**
 * Ends the pause of a task that stopped. Podman keeps it until the containers that shared its network are removed, so there it is only
 * stopped; it goes when the task is cleaned up.
 */
export function letGoOfPause(
  { runtime, engine }: { readonly runtime: ContainerRuntime; readonly engine: EngineInfo },
  id: string,
): Promise<void> {
  return engine.kind === 'podman' ? runtime.stop(id, pauseStopSeconds) : runtime.remove(id);
}
