import type { Resources } from '../records/container-instance.ts';
import { networkModeOf } from '../task-definitions/definition.ts';
import type { OverriddenDefinition } from './overridden.ts';

/** Fixed host ports of a protocol. awsvpc tasks have ports of their own and hold none of the instance's. */
function hostPorts(task: OverriddenDefinition, protocol: 'tcp' | 'udp'): readonly number[] {
  if (networkModeOf(task.definition) === 'awsvpc') return [];
  const mappings = task.containers.flatMap((container) => container.portMappings ?? []);
  const ports = mappings
    .filter((mapping) => (mapping.protocol ?? 'tcp') === protocol)
    .map((mapping) => mapping.hostPort ?? 0);
  return [...new Set(ports.filter((port) => port > 0))];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/**
 * What a task takes of an instance: its task-level size, else the sum over its containers (the soft limit of memory where there is one).
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/memory-management.html
 */
export function resourcesOf(task: OverriddenDefinition): Resources {
  return {
    cpuUnits: task.cpuUnits ?? sum(task.containers.map((container) => container.cpu ?? 0)),
    memoryMiB:
      task.memoryMiB ?? sum(task.containers.map((container) => container.memoryReservation ?? container.memory ?? 0)),
    tcpPorts: hostPorts(task, 'tcp'),
    udpPorts: hostPorts(task, 'udp'),
  };
}
