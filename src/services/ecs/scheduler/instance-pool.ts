import type { ContainerInstanceRecord } from '../records/container-instance.ts';
import type { Holding } from './candidate.ts';
import { Candidate } from './candidate.ts';
import { maxAttributeColumns, maxGroupColumns, maxRememberedRequirements } from './limits.ts';
import { Recent } from './recent.ts';

/** Numbers of `readiness`: which launch type an ACTIVE instance takes tasks of; 0: none. */
export const launchTypes = { EC2: 1, EXTERNAL: 2, FARGATE: 3 } as const;

/** The values of one attribute: instances with the same value have the same number. */
export interface AttributeColumn {
  readonly values: Map<string, number>;
  readonly numbers: Int32Array;
}

const firstCapacity = 16;

/**
 * The container instances of one cluster. What every placement looks at stands in columns (typed arrays by slot), so that looking at thousands of instances
 * costs microseconds; the rest is in `Candidate`. Columns are made when first asked for and kept right with each change of an instance.
 */
export class InstancePool {
  readonly #byKey = new Map<string, Candidate>();
  readonly #bySlot: (Candidate | undefined)[] = [];
  readonly #freeSlots: number[] = [];
  #readiness = new Uint8Array(firstCapacity);
  #freeCpuUnits = new Float64Array(firstCapacity);
  #freeMemoryMiB = new Float64Array(firstCapacity);
  /** slot → slot, for columns that are read by slot. */
  #slots = Int32Array.from({ length: firstCapacity }, (_, slot) => slot);
  readonly #attributeColumns = new Recent<AttributeColumn>(maxAttributeColumns);
  readonly #groupColumns = new Recent<Float64Array>(maxGroupColumns);
  readonly #verdicts = new Recent<Uint8Array>(maxRememberedRequirements);

  /** Slots in use are below this. */
  get slotCount(): number {
    return this.#bySlot.length;
  }
  get readiness(): Uint8Array {
    return this.#readiness;
  }
  get freeCpuUnits(): Float64Array {
    return this.#freeCpuUnits;
  }
  get freeMemoryMiB(): Float64Array {
    return this.#freeMemoryMiB;
  }
  get slots(): Int32Array {
    return this.#slots;
  }
  get size(): number {
    return this.#byKey.size;
  }

  get(instanceKey: string): Candidate | undefined {
    return this.#byKey.get(instanceKey);
  }

  at(slot: number): Candidate | undefined {
    return this.#bySlot[slot];
  }

  candidates(): Iterable<Candidate> {
    return this.#byKey.values();
  }

  setRecord(instanceKey: string, record: ContainerInstanceRecord | undefined): void {
    const known = this.#byKey.get(instanceKey);
    if (known === undefined && record === undefined) return;
    const candidate = known ?? this.#add(instanceKey);
    candidate.record = record;
    this.#factsChanged(candidate);
  }

  setConnected(instanceKey: string, connected: boolean): void {
    const candidate = this.#byKey.get(instanceKey);
    if (candidate === undefined || candidate.agentConnected === connected) return;
    candidate.agentConnected = connected;
    this.#factsChanged(candidate);
  }

  hold(instanceKey: string, holding: Holding): void {
    const candidate = this.#byKey.get(instanceKey) ?? this.#add(instanceKey);
    candidate.add(holding);
    this.#tasksChanged(candidate, holding.group);
  }

  free(instanceKey: string, holding: Holding): void {
    const candidate = this.#byKey.get(instanceKey);
    if (candidate === undefined) return;
    candidate.remove(holding);
    this.#tasksChanged(candidate, holding.group);
  }

  /** The values of an attribute by slot; instances without it share the value ''. */
  attributeColumn(name: string): AttributeColumn {
    const column = this.#attributeColumns.get(name, () => {
      const made = { values: new Map<string, number>(), numbers: new Int32Array(this.#readiness.length) };
      for (const candidate of this.#byKey.values()) setNumber(made, name, candidate);
      return made;
    });
    return column;
  }

  /** How many tasks of a group are to run on each instance, by slot. */
  groupColumn(group: string): Float64Array {
    return this.#groupColumns.get(group, () => {
      const counts = new Float64Array(this.#readiness.length);
      for (const candidate of this.#byKey.values()) counts[candidate.slot] = candidate.countGroup(group);
      return counts;
    });
  }

  /** What is remembered, by slot, of instances against requirements that depend on the instance alone: 0 not asked, 1 met, 2 not met. */
  verdicts(requirements: string): Uint8Array {
    return this.#verdicts.get(requirements, () => new Uint8Array(this.#readiness.length));
  }

  #add(instanceKey: string): Candidate {
    const slot = this.#freeSlots.pop() ?? this.#bySlot.length;
    if (slot >= this.#readiness.length) this.#grow();
    const candidate = new Candidate(instanceKey, slot);
    this.#byKey.set(instanceKey, candidate);
    this.#bySlot[slot] = candidate;
    this.#factsChanged(candidate);
    for (const [, counts] of this.#groupColumns.entries()) counts[slot] = 0;
    return candidate;
  }

  #grow(): void {
    const capacity = this.#readiness.length * 2;
    const wider = <Column extends Uint8Array | Float64Array>(column: Column, made: Column): Column => {
      made.set(column);
      return made;
    };
    this.#readiness = wider(this.#readiness, new Uint8Array(capacity));
    this.#freeCpuUnits = wider(this.#freeCpuUnits, new Float64Array(capacity));
    this.#freeMemoryMiB = wider(this.#freeMemoryMiB, new Float64Array(capacity));
    this.#slots = Int32Array.from({ length: capacity }, (_, slot) => slot);
    this.#attributeColumns.clear();
    this.#groupColumns.clear();
    this.#verdicts.clear();
  }

  #factsChanged(candidate: Candidate): void {
    const { slot, record } = candidate;
    this.#readiness[slot] = record?.status === 'ACTIVE' ? launchTypes[record.launchType] : 0;
    for (const [, verdicts] of this.#verdicts.entries()) verdicts[slot] = 0;
    for (const [name, column] of this.#attributeColumns.entries()) {
      setNumber(column, name, candidate);
      // Values that no instance has any more stay in the column until it is made anew.
      if (column.values.size > this.#readiness.length * 2) this.#attributeColumns.delete(name);
    }
    this.#resourcesChanged(candidate);
  }

  #tasksChanged(candidate: Candidate, group: string): void {
    const counts = this.#groupColumns.peek(group);
    if (counts !== undefined) counts[candidate.slot] = candidate.countGroup(group);
    this.#resourcesChanged(candidate);
  }

  #resourcesChanged(candidate: Candidate): void {
    this.#freeCpuUnits[candidate.slot] = candidate.freeCpuUnits;
    this.#freeMemoryMiB[candidate.slot] = candidate.freeMemoryMiB;
  }

  /** Forgets an instance that has neither a record nor tasks. */
  dropIfGone(instanceKey: string): void {
    const candidate = this.#byKey.get(instanceKey);
    if (candidate === undefined || !candidate.isGone) return;
    this.#byKey.delete(instanceKey);
    this.#bySlot[candidate.slot] = undefined;
    this.#readiness[candidate.slot] = 0;
    this.#freeSlots.push(candidate.slot);
  }
}

function setNumber(column: AttributeColumn, name: string, candidate: Candidate): void {
  const value = candidate.attributes.get(name) ?? '';
  const number = column.values.get(value) ?? column.values.size;
  column.values.set(value, number);
  column.numbers[candidate.slot] = number;
}
