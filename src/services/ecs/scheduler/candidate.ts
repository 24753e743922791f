import type { ContainerInstanceRecord, Resources } from '../records/container-instance.ts';
import type { InstanceFacts } from './cluster-query/facts.ts';

/** What one task, running or only decided, takes on its container instance. */
export interface Holding {
  readonly resources: Resources;
  /** Its task group. */
  readonly group: string;
  /** False once it is to stop: it still holds resources, but spread and distinctInstance no longer count it. */
  readonly wanted: boolean;
  readonly running: boolean;
}

const nothing: Resources = { cpuUnits: 0, memoryMiB: 0, tcpPorts: [], udpPorts: [] };

function count<Key>(counts: Map<Key, number>, key: Key, step: 1 | -1): void {
  const after = (counts.get(key) ?? 0) + step;
  if (after === 0) counts.delete(key);
  else counts.set(key, after);
}

/** A container instance as placement sees it: its record, who is connected, and what its tasks hold. Changed by its `InstancePool` only. */
export class Candidate implements InstanceFacts {
  readonly key: string;
  /** Its place in the columns of the pool. */
  readonly slot: number;
  /** Absent when only tasks name the instance: it is gone, they still hold it. */
  #record: ContainerInstanceRecord | undefined;
  #attributes: ReadonlyMap<string, string> = new Map();
  #usedCpuUnits = 0;
  #usedMemoryMiB = 0;
  readonly #tcpPorts = new Map<number, number>();
  readonly #udpPorts = new Map<number, number>();
  readonly #groups = new Map<string, number>();
  #running = 0;
  #pending = 0;
  agentConnected = false;

  constructor(key: string, slot: number) {
    this.key = key;
    this.slot = slot;
  }

  set record(record: ContainerInstanceRecord | undefined) {
    this.#record = record;
    this.#attributes = new Map(record?.attributes.map(({ name, value }) => [name, value ?? '']));
  }

  get record(): ContainerInstanceRecord | undefined {
    return this.#record;
  }

  add(holding: Holding): void {
    this.#change(holding, 1);
  }

  remove(holding: Holding): void {
    this.#change(holding, -1);
  }

  #change(holding: Holding, step: 1 | -1): void {
    const { cpuUnits, memoryMiB, tcpPorts, udpPorts } = holding.resources;
    this.#usedCpuUnits += step * cpuUnits;
    this.#usedMemoryMiB += step * memoryMiB;
    for (const port of tcpPorts) count(this.#tcpPorts, port, step);
    for (const port of udpPorts) count(this.#udpPorts, port, step);
    if (holding.wanted) count(this.#groups, holding.group, step);
    if (holding.running) this.#running += step;
    else this.#pending += step;
  }

  /** Whether neither a record nor a task is left. */
  get isGone(): boolean {
    return this.#record === undefined && this.#running + this.#pending === 0;
  }

  get #registered(): Resources {
    return this.#record?.registered ?? nothing;
  }

  /** Below 0 when its tasks hold more than it registered. */
  get freeCpuUnits(): number {
    return this.#registered.cpuUnits - this.#usedCpuUnits;
  }

  get freeMemoryMiB(): number {
    return this.#registered.memoryMiB - this.#usedMemoryMiB;
  }

  get runningTasksCount(): number {
    return this.#running;
  }

  get pendingTasksCount(): number {
    return this.#pending;
  }

  /** Tasks of a group that are to run here. */
  countGroup(group: string): number {
    return this.#groups.get(group) ?? 0;
  }

  get taskGroups(): Iterable<string> {
    return this.#groups.keys();
  }

  get attributes(): ReadonlyMap<string, string> {
    return this.#attributes;
  }

  get agentVersion(): string | undefined {
    return this.#record?.agentVersion;
  }

  get ec2InstanceId(): string | undefined {
    return this.#record?.ec2InstanceId;
  }

  get registeredAtMs(): number {
    return this.#record?.registeredAtMs ?? 0;
  }

  /** Zones tasks may be in here: one of an ordinary instance, several of an agent of the FARGATE pool. */
  get zones(): readonly string[] {
    const zones = this.#attributes.get('longshore.zones') ?? this.#attributes.get('ecs.availability-zone') ?? '';
    return zones
      .split(',')
      .map((zone) => zone.trim())
      .filter((zone) => zone !== '');
  }

  usesPort(protocol: 'tcp' | 'udp', port: number): boolean {
    return protocol === 'tcp'
      ? this.#tcpPorts.has(port) || this.#registered.tcpPorts.includes(port)
      : this.#udpPorts.has(port) || this.#registered.udpPorts.includes(port);
  }

  /** Ports in use or reserved, ascending. */
  usedPorts(protocol: 'tcp' | 'udp'): readonly number[] {
    const [held, reserved] =
      protocol === 'tcp' ? [this.#tcpPorts, this.#registered.tcpPorts] : [this.#udpPorts, this.#registered.udpPorts];
    return [...new Set([...held.keys(), ...reserved])].sort((a, b) => a - b);
  }
}
