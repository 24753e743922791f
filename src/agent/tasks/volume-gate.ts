import type { PayloadTask } from '../../agent-protocol/index.ts';
import type { TaskParts } from './parts.ts';
import type { StartGate } from './start-gate.ts';

/**
 * Where the engine calls of a task's containers wait. Those of tasks whose volumes somebody else mounts (a volume plugin, a server over the
 * network) have a gate of their own: one that hangs holds up no task but such.
 */
export function gateOf(
  { gate, driverGate }: Pick<TaskParts, 'gate' | 'driverGate'>,
  { volumes }: Pick<PayloadTask, 'volumes'>,
): StartGate {
  const foreign = volumes.some(({ type, dockerVolumeConfiguration: docker }) => {
    if (type !== 'docker') return false;
    return (docker?.driver ?? 'local') !== 'local' || docker?.driverOpts?.['type'] !== undefined;
  });
  return foreign ? driverGate : gate;
}
