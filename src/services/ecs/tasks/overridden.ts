import type { ContainerDefinition, TaskOverride } from '../../../protocol/generated/ecs.ts';
import { invalidParameter } from '../errors.ts';
import type { Definition } from '../task-definitions/definition.ts';
import { parseTaskCpu, parseTaskMemory } from '../task-definitions/sizes.ts';

/** What a task runs: its definition with the overrides of the request laid over. */
export interface OverriddenDefinition {
  readonly definition: Definition;
  readonly containers: readonly ContainerDefinition[];
  /** CPU units of the whole task; absent: none set. */
  readonly cpuUnits?: number;
  /** MiB of the whole task; absent: none set. */
  readonly memoryMiB?: number;
  readonly taskRoleArn?: string;
  readonly executionRoleArn?: string;
  readonly ephemeralStorageGiB?: number;
}

/**
 * @throws InvalidParameterException for an override of a container that the definition does not have, given twice or without a name,
 * and for sizes that are none
 */
export function overridden(definition: Definition, overrides: TaskOverride): OverriddenDefinition {
  const byName = containerOverrides(definition, overrides);
  const cpu = overrides.cpu ?? definition.cpu;
  const memory = overrides.memory ?? definition.memory;
  const taskRoleArn = overrides.taskRoleArn ?? definition.taskRoleArn;
  const executionRoleArn = overrides.executionRoleArn ?? definition.executionRoleArn;
  const storage = overrides.ephemeralStorage?.sizeInGiB ?? definition.ephemeralStorage?.sizeInGiB;
  return {
    definition,
    containers: definition.containerDefinitions.map((container) =>
      overriddenContainer(container, byName.get(container.name ?? '')),
    ),
    ...(cpu === undefined ? {} : { cpuUnits: size('cpu', cpu, parseTaskCpu) }),
    ...(memory === undefined ? {} : { memoryMiB: size('memory', memory, parseTaskMemory) }),
    ...(taskRoleArn === undefined ? {} : { taskRoleArn }),
    ...(executionRoleArn === undefined ? {} : { executionRoleArn }),
    ...(storage === undefined ? {} : { ephemeralStorageGiB: storage }),
  };
}

type ContainerOverride = NonNullable<TaskOverride['containerOverrides']>[number];

function size(name: string, text: string, parse: (text: string) => number | undefined): number {
  const amount = parse(text);
  if (amount === undefined) throw invalidParameter(`Invalid '${name}' setting for task.`);
  return amount;
}

function containerOverrides(definition: Definition, overrides: TaskOverride): ReadonlyMap<string, ContainerOverride> {
  const known = new Set(definition.containerDefinitions.map((container) => container.name));
  const byName = new Map<string, ContainerOverride>();
  for (const override of overrides.containerOverrides ?? []) {
    const { name } = override;
    if (name === undefined || name === '') throw invalidParameter('Container override name must be specified.');
    if (!known.has(name))
      throw invalidParameter(`Override for container named ${name} is not a container in the TaskDefinition.`);
    if (byName.has(name)) throw invalidParameter(`Override for container named ${name} is given more than once.`);
    byName.set(name, override);
  }
  return byName;
}

function overriddenContainer(
  container: ContainerDefinition,
  override: ContainerOverride | undefined,
): ContainerDefinition {
  if (override === undefined) return container;
  const environment = new Map((container.environment ?? []).map((pair) => [pair.name, pair]));
  for (const pair of override.environment ?? []) environment.set(pair.name, pair);
  return {
    ...container,
    environment: [...environment.values()],
    ...(override.environmentFiles === undefined ? {} : { environmentFiles: override.environmentFiles }),
    ...(override.command === undefined ? {} : { command: override.command }),
    ...(override.cpu === undefined ? {} : { cpu: override.cpu }),
    ...(override.memory === undefined ? {} : { memory: override.memory }),
    ...(override.memoryReservation === undefined ? {} : { memoryReservation: override.memoryReservation }),
  };
}
