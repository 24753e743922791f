import type { PayloadTask } from '../../agent-protocol/index.ts';

/** Amounts of one machine, or what a task takes from it. */
export interface HostResources {
  readonly cpuUnits: number;
  readonly memoryMiB: number;
  readonly tcpPorts: readonly number[];
  readonly udpPorts: readonly number[];
}

/** What a task holds while it lives: its own size, else the sum of its containers' (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html). */
export function needsOf(task: PayloadTask): HostResources {
  const sum = (of: (container: PayloadTask['containers'][number]) => number): number =>
    task.containers.reduce((total, container) => total + of(container), 0);
  const ports = (protocol: 'tcp' | 'udp'): readonly number[] =>
    task.networkMode === 'awsvpc'
      ? []
      : task.containers.flatMap((container) =>
          container.portMappings
            .filter((mapping) => mapping.protocol === protocol)
            .map((mapping) => fixedPort(task, mapping))
            .filter((port) => port > 0),
        );
  return {
    cpuUnits:
      task.cpu === undefined || task.cpu === 0 ? sum((container) => container.cpu) : Math.round(task.cpu * 1024),
    memoryMiB: task.memory ?? sum((container) => reservationMiB(container)),
    tcpPorts: ports('tcp'),
    udpPorts: ports('udp'),
  };
}

function fixedPort(
  task: PayloadTask,
  mapping: { readonly hostPort?: number; readonly containerPort?: number },
): number {
  const fixed = mapping.hostPort ?? 0;
  return fixed === 0 && task.networkMode === 'host' ? (mapping.containerPort ?? 0) : fixed;
}

function reservationMiB(container: PayloadTask['containers'][number]): number {
  const host = JSON.parse(container.dockerConfig.hostConfig || '{}') as { MemoryReservation?: number };
  const reservedBytes = host.MemoryReservation ?? 0;
  return reservedBytes > 0 ? Math.ceil(reservedBytes / 1_048_576) : container.memory;
}

/**
 * Who holds what of the machine, and who waits: first come, first served. A task larger than the machine waits for ever,
 * as with Amazon's agent; a control plane that counts right never sends one.
 */
export class ResourceQueue {
  readonly #total: HostResources;
  readonly #held = new Map<string, HostResources>();
  readonly #waiting = new Map<string, HostResources>();

  constructor(total: HostResources) {
    this.#total = total;
  }

  /** Holds without asking: a task found running after a restart. */
  hold(task: string, needs: HostResources): void {
    this.#waiting.delete(task);
    this.#held.set(task, needs);
  }

  /** Puts a task into the queue; `granted` tells when it may go. */
  ask(task: string, needs: HostResources): void {
    if (!this.#held.has(task)) this.#waiting.set(task, needs);
  }

  free(task: string): void {
    this.#held.delete(task);
    this.#waiting.delete(task);
  }

  /** Grants as many waiting tasks as fit, in order, and stops at the first that does not. */
  grant(): readonly string[] {
    const granted: string[] = [];
    for (const [task, needs] of this.#waiting) {
      if (!this.#fits(needs)) break;
      this.hold(task, needs);
      granted.push(task);
    }
    return granted;
  }

  #fits(needs: HostResources): boolean {
    let cpuUnits = needs.cpuUnits;
    let memoryMiB = needs.memoryMiB;
    const taken = { tcp: new Set<number>(), udp: new Set<number>() };
    for (const held of this.#held.values()) {
      cpuUnits += held.cpuUnits;
      memoryMiB += held.memoryMiB;
      for (const port of held.tcpPorts) taken.tcp.add(port);
      for (const port of held.udpPorts) taken.udp.add(port);
    }
    return (
      cpuUnits <= this.#total.cpuUnits &&
      memoryMiB <= this.#total.memoryMiB &&
      !needs.tcpPorts.some((port) => taken.tcp.has(port)) &&
      !needs.udpPorts.some((port) => taken.udp.has(port))
    );
  }
}
