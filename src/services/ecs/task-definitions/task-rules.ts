import { toBytes } from '../../../kernel/index.ts';
import { maxContainersPerDefinition, maxDefinitionBytes } from '../limits.ts';
import type { ContainerDefinition, Definition, Problems } from './definition.ts';
import { hasAny, isWithin, nameOf, networkModeOf } from './definition.ts';
import { maxTaskCpuUnits, minTaskCpuUnits, parseTaskCpu, parseTaskMemory } from './sizes.ts';

const sizeHelp = 'For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.';
const maxPlacementConstraints = 10;
const ephemeralStorageGiB = { min: 21, max: 200 };

/** Finds what is wrong with a placement constraint's expression; undefined when it is well formed. */
export type ExpressionCheck = (expression: string) => string | undefined;

export function* familyProblems(family: string): Problems {
  if (family === '') yield 'Family should not be null or empty.';
  if (family.length > 255) yield 'Family should be 255 characters or less';
  if (!/^[a-zA-Z0-9\-_]*$/.test(family)) yield 'Family contains invalid characters.';
}

/** Rules about the definition as a whole, whatever it runs on. */
export function* taskProblems(definition: Definition, expressionProblem: ExpressionCheck): Problems {
  yield* amountProblems(definition);
  yield* sizeProblems(definition);
  yield* roleProblems(definition);
  yield* constraintProblems(definition, expressionProblem);
  yield* proxyProblems(definition);
  yield* acceleratorProblems(definition);
  const mode = networkModeOf(definition);
  if (definition.enableFaultInjection === true && mode !== 'awsvpc' && mode !== 'host') {
    yield 'Fault injection is only supported when networkMode is awsvpc or host.';
  }
  const storage = definition.ephemeralStorage?.sizeInGiB;
  if (storage !== undefined && !isWithin(storage, ephemeralStorageGiB.min, ephemeralStorageGiB.max)) {
    yield `Invalid 'sizeInGiB' setting for ephemeralStorage. Provide a value between ${ephemeralStorageGiB.min} and ${ephemeralStorageGiB.max}.`;
  }
}

/** How many containers, and how large the whole is. */
function* amountProblems(definition: Definition): Problems {
  const count = definition.containerDefinitions.length;
  if (count === 0) yield 'Container list cannot be empty.';
  if (count > maxContainersPerDefinition) yield 'Too many containers.';
  const text = JSON.stringify(definition);
  // UTF-8 needs at most three bytes for a unit, so most definitions need not be encoded to be counted.
  const bytes = text.length * 3 <= maxDefinitionBytes ? text.length : toBytes(text).length;
  if (bytes > maxDefinitionBytes) {
    yield `Actual length: '${bytes}'. Max allowed length is '${maxDefinitionBytes}' bytes.`;
  }
}

function* sizeProblems({ cpu, memory, containerDefinitions }: Definition): Problems {
  const cpuUnits = cpu === undefined ? undefined : parseTaskCpu(cpu);
  if (cpu !== undefined && (cpuUnits === undefined || cpuUnits < minTaskCpuUnits || cpuUnits > maxTaskCpuUnits)) {
    yield `Invalid 'cpu' setting for task. ${sizeHelp}`;
  }
  const memoryMiB = memory === undefined ? undefined : parseTaskMemory(memory);
  if (memory !== undefined && memoryMiB === undefined) yield `Invalid 'memory' setting for task. ${sizeHelp}`;
  const used = containerDefinitions.reduce((sum, container) => sum + (container.cpu ?? 0), 0);
  if (cpuUnits !== undefined && used > cpuUnits) {
    yield "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.";
  }
  if (memoryMiB === undefined) return;
  for (const container of containerDefinitions) {
    if ((container.memory ?? 0) > memoryMiB) {
      yield `The 'memory' setting for container '${nameOf(container)}' is greater than for the task.`;
    }
  }
  const reserved = containerDefinitions.reduce(
    (sum, { memory: hard, memoryReservation: soft }) => sum + (soft ?? hard ?? 0),
    0,
  );
  if (reserved > memoryMiB) {
    yield "The sum of all container 'memory' values cannot be greater than the value of the task 'memory'.";
  }
}

/** Whether a text is the ARN of an IAM role. */
export function isRoleArn(text: string): boolean {
  return /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/.test(text);
}

function* roleProblems(definition: Definition): Problems {
  for (const role of [definition.taskRoleArn, definition.executionRoleArn]) {
    if (role !== undefined && !isRoleArn(role)) yield 'Role is not valid';
  }
  if (definition.executionRoleArn !== undefined) return;
  for (const container of definition.containerDefinitions) {
    const member = membersForExecutionRole(container).next().value;
    if (member !== undefined) {
      yield `When you are specifying container ${member}, you must also specify a value for 'executionRoleArn'.`;
    }
  }
}

/** The members of a container that ECS fetches things for, which it does as the execution role. */
function* membersForExecutionRole(container: ContainerDefinition): Generator<string, undefined> {
  if (hasAny(container.secrets) || hasAny(container.logConfiguration?.secretOptions)) yield 'secrets';
  if (container.repositoryCredentials !== undefined) yield 'repositoryCredentials';
  if (hasAny(container.environmentFiles)) yield 'environmentFiles';
  return undefined;
}

function* constraintProblems({ placementConstraints = [] }: Definition, expressionProblem: ExpressionCheck): Problems {
  if (placementConstraints.length > maxPlacementConstraints) {
    yield `Too many placement constraints. The maximum is ${maxPlacementConstraints}.`;
  }
  for (const { type, expression } of placementConstraints) {
    if (type !== 'memberOf') yield 'Placement constraint type must be memberOf.';
    if (expression === undefined || expression === '') yield 'Placement constraint expression cannot be null or empty.';
    else {
      const problem = expressionProblem(expression);
      if (problem !== undefined) yield `Invalid placement constraint expression '${expression}': ${problem}`;
    }
  }
}

const proxyProperties = new Set([
  'IgnoredUID',
  'IgnoredGID',
  'AppPorts',
  'ProxyIngressPort',
  'ProxyEgressPort',
  'EgressIgnoredPorts',
  'EgressIgnoredIPs',
]);

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ProxyConfiguration.html */
function* proxyProblems(definition: Definition): Problems {
  const proxy = definition.proxyConfiguration;
  if (proxy === undefined) return;
  if (networkModeOf(definition) !== 'awsvpc') yield 'proxyConfiguration is only supported when networkMode=awsvpc.';
  if (!definition.containerDefinitions.some((container) => container.name === proxy.containerName)) {
    yield `The proxy container '${proxy.containerName}' does not exist in the task definition.`;
  }
  const names = new Set((proxy.properties ?? []).map((property) => property.name ?? ''));
  for (const name of names) if (!proxyProperties.has(name)) yield `Invalid proxyConfiguration property '${name}'.`;
  for (const name of ['AppPorts', 'ProxyIngressPort', 'ProxyEgressPort']) {
    if (!names.has(name)) yield `The proxyConfiguration property '${name}' is required.`;
  }
  if (!names.has('IgnoredUID') && !names.has('IgnoredGID')) {
    yield "At least one of the proxyConfiguration properties 'IgnoredUID' and 'IgnoredGID' is required.";
  }
}

function* acceleratorProblems({ inferenceAccelerators = [], containerDefinitions }: Definition): Problems {
  const names = new Set(inferenceAccelerators.map((accelerator) => accelerator.deviceName));
  if (names.size !== inferenceAccelerators.length) yield 'Inference accelerator device names must be unique.';
  for (const container of containerDefinitions) {
    for (const { type, value = '' } of container.resourceRequirements ?? []) {
      if (type === 'InferenceAccelerator' && !names.has(value)) {
        yield `The inference accelerator '${value}' of container '${nameOf(container)}' does not exist in the task definition.`;
      }
    }
  }
}
