import type { ContainerInstance } from '../protocol/generated/ecs.ts';
import type { JournalWatch } from './journal-watch.ts';

/** What the control plane says is free on an instance is what the journal says is free. */
export function checkRemaining(
  instance: ContainerInstance,
  journal: JournalWatch,
  violate: (text: string) => void,
): void {
  const id = instance.containerInstanceArn?.split('/').at(-1) ?? '';
  const [key, record] = [...journal.instances].find(([one]) => one.endsWith(`/${id}`)) ?? [];
  if (key === undefined || record === undefined) return;
  const held = journal.tasksOn(key);
  const free = {
    CPU: held.reduce((left, { resources }) => left - resources.cpuUnits, record.registered.cpuUnits),
    MEMORY: held.reduce((left, { resources }) => left - resources.memoryMiB, record.registered.memoryMiB),
  };
  for (const [name, value] of Object.entries(free)) {
    const said = instance.remainingResources?.find((one) => one.name === name)?.integerValue;
    if (said !== value) violate(`${key} has ${value} ${name} left, but the control plane says ${said}`);
  }
  const counted = (instance.runningTasksCount ?? 0) + (instance.pendingTasksCount ?? 0);
  if (counted !== held.length) violate(`${key} has ${held.length} tasks, but the control plane counts ${counted}`);
}
