import type { Table } from '../../../store/index.ts';
import type { tasks, TaskRecord } from '../records/task.ts';
import { factsOf, serviceKeyOf, type TaskFacts } from './task-facts.ts';

const none: ReadonlyMap<string, TaskFacts> = new Map();

/**
 * The tasks each service's scheduler has to look at, as compact facts in memory, so that a look decodes no rows: the live ones, and those that ended and
 * were not taken note of. Follows the table; holds nothing that the rows do not say.
 */
export class OpenTasks {
  readonly #services = new Map<string, Map<string, TaskFacts>>();
  /** By target group: the services that have targets in it, with how many. */
  readonly #groups = new Map<string, Map<string, number>>();

  /** Loads what the table holds and keeps up with it. @returns stops keeping up */
  follow(
    table: Table<TaskRecord, keyof (typeof tasks)['indexes']>,
    onChange: (serviceKey: string) => void,
  ): () => void {
    for (const value of table.values('serviceOpen'))
      for (const key of table.keys('serviceOpen', value)) {
        const row = table.get(key)?.row;
        if (row !== undefined) this.changed(key, row);
      }
    return table.onChange(({ key, before, after }) => {
      const row = after ?? before;
      const service = row === undefined ? undefined : serviceKeyOf(row);
      if (service === undefined) return;
      this.#set(service, key, after === undefined || after.settled === true ? undefined : factsOf(key, after));
      onChange(service);
    });
  }

  changed(key: string, row: TaskRecord): void {
    const service = serviceKeyOf(row);
    if (service !== undefined) this.#set(service, key, row.settled === true ? undefined : factsOf(key, row));
  }

  /** By task key; the oldest first where they came in that order. */
  of(serviceKey: string): ReadonlyMap<string, TaskFacts> {
    return this.#services.get(serviceKey) ?? none;
  }

  /** Services with targets in a group. */
  inGroup(targetGroupArn: string): Iterable<string> {
    return this.#groups.get(targetGroupArn)?.keys() ?? [];
  }

  #set(service: string, key: string, facts: TaskFacts | undefined): void {
    const known = this.#services.get(service) ?? new Map<string, TaskFacts>();
    for (const { targetGroupArn } of known.get(key)?.targets ?? []) this.#count(targetGroupArn, service, -1);
    for (const { targetGroupArn } of facts?.targets ?? []) this.#count(targetGroupArn, service, 1);
    if (facts === undefined) known.delete(key);
    else known.set(key, facts);
    if (known.size === 0) this.#services.delete(service);
    else this.#services.set(service, known);
  }

  #count(group: string, service: string, step: 1 | -1): void {
    const counts = this.#groups.get(group) ?? new Map<string, number>();
    const after = (counts.get(service) ?? 0) + step;
    if (after > 0) counts.set(service, after);
    else counts.delete(service);
    if (counts.size > 0) this.#groups.set(group, counts);
    else this.#groups.delete(group);
  }
}
