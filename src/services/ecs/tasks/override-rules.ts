import type { ContainerDefinition, TaskOverride } from '../../../protocol/generated/ecs.ts';
import { clientException, invalidParameter } from '../errors.ts';
import { environmentFileProblems } from '../task-definitions/container-rules.ts';
import { minContainerMemoryMiB } from '../task-definitions/sizes.ts';
import { isRoleArn } from '../task-definitions/task-rules.ts';
import type { OverriddenDefinition } from './overridden.ts';

/** Characters of the overrides as JSON. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html */
const maxOverridesLength = 8_192;

/**
 * What a definition with overrides must still keep: the rules of sizes and roles that RegisterTaskDefinition checks.
 * @throws InvalidParameterException; ClientException for a role that is no ARN, in AWS's sentence
 */
export function checkOverridden(overrides: TaskOverride, task: OverriddenDefinition): void {
  const { containers, cpuUnits, memoryMiB } = task;
  if (JSON.stringify(overrides).length > maxOverridesLength)
    throw invalidParameter(`Container Overrides length must be at most ${maxOverridesLength}`);
  for (const role of [overrides.taskRoleArn, overrides.executionRoleArn])
    if (role !== undefined && !isRoleArn(role)) throw clientException('Role is not valid');
  for (const container of containers) checkContainer(container, memoryMiB);
  const used = containers.reduce((sum, { cpu = 0 }) => sum + cpu, 0);
  if (cpuUnits !== undefined && used > cpuUnits) {
    throw invalidParameter("The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.");
  }
  if (memoryMiB === undefined) return;
  const reserved = containers.reduce((sum, one) => sum + (one.memoryReservation ?? one.memory ?? 0), 0);
  if (reserved > memoryMiB) {
    throw invalidParameter(
      "The sum of all container 'memory' values cannot be greater than the value of the task 'memory'.",
    );
  }
}

function checkContainer(container: ContainerDefinition, taskMemoryMiB: number | undefined): void {
  const { name, cpu = 0, memory, memoryReservation } = container;
  for (const problem of environmentFileProblems(container)) throw invalidParameter(problem);
  if (cpu < 0) throw invalidParameter(`Invalid 'cpu' setting for container '${name}'.`);
  for (const [member, value] of Object.entries({ memory, memoryReservation })) {
    if (value !== undefined && value < minContainerMemoryMiB) {
      throw invalidParameter(
        `Invalid '${member}' setting for container '${name}'. The value must be an integer of at least ${minContainerMemoryMiB}.`,
      );
    }
  }
  if (memory !== undefined && memoryReservation !== undefined && memoryReservation > memory) {
    throw invalidParameter(
      `Invalid setting for container '${name}'. The 'memoryReservation' must not be greater than the 'memory'.`,
    );
  }
  if (taskMemoryMiB !== undefined && (memory ?? 0) > taskMemoryMiB)
    throw invalidParameter(`The 'memory' setting for container '${name}' is greater than for the task.`);
}
