import type { ContainerDefinition, Definition, Problems } from './definition.ts';
import { hasAny, isEcrImage, isWindows, nameOf, networkModeOf } from './definition.ts';
import { isFargateSize, parseTaskCpu, parseTaskMemory } from './sizes.ts';

const fargateLogDrivers = ['awslogs', 'splunk', 'awsfirelens'];
const maxTimeoutSeconds = 120;

/**
 * Why a definition cannot run on Fargate; empty when it can. Refuses the registration when FARGATE is required, and decides
 * whether FARGATE is among the compatibilities otherwise.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
 */
export function* fargateProblems(definition: Definition): Problems {
  if (networkModeOf(definition) !== 'awsvpc') yield 'Fargate only supports network mode ‘awsvpc’.';
  yield* sizeProblems(definition);
  if (definition.ipcMode !== undefined) yield 'Tasks using the Fargate launch type do not support ipcMode.';
  if (definition.pidMode === 'host') yield "Tasks using the Fargate launch type do not support pidMode 'host'.";
  if (hasAny(definition.placementConstraints)) yield unsupported('placementConstraints');
  if (hasAny(definition.inferenceAccelerators)) yield unsupported('inferenceAccelerators');
  for (const container of definition.containerDefinitions) {
    yield* containerProblems(container);
    yield* linuxProblems(container);
    yield* logProblems(container, definition);
    yield* timeoutProblems(container);
  }
  yield* volumeProblems(definition);
}

function unsupported(what: string): string {
  return `Fargate compatible task definitions do not support ${what}`;
}

function* sizeProblems(definition: Definition): Problems {
  const { cpu, memory } = definition;
  if (cpu === undefined) yield "Fargate requires that 'cpu' be defined at the task level.";
  if (memory === undefined) yield "Fargate requires that 'memory' be defined at the task level.";
  if (cpu === undefined || memory === undefined) return;
  if (!isFargateSize(parseTaskCpu(cpu) ?? 0, parseTaskMemory(memory) ?? 0, isWindows(definition))) {
    yield `No Fargate configuration exists for given values: ${cpu} CPU, ${memory} memory. See the Amazon ECS documentation for the valid values.`;
  }
}

/** Members of a container that Fargate does not have, by name. */
const refusedLists = ['links', 'dnsServers', 'dnsSearchDomains', 'extraHosts', 'dockerSecurityOptions'] as const;

function* containerProblems(container: ContainerDefinition): Problems {
  if (container.privileged === true) yield unsupported('privileged');
  if (container.hostname !== undefined) yield unsupported('hostname');
  if (container.disableNetworking === true) yield unsupported('disableNetworking');
  for (const member of refusedLists) if (hasAny(container[member])) yield unsupported(member);
  for (const { type } of container.resourceRequirements ?? []) {
    yield type === 'GPU'
      ? 'Tasks using the Fargate launch type do not support GPU resource requirements.'
      : unsupported('resourceRequirements');
  }
}

function* linuxProblems(container: ContainerDefinition): Problems {
  const linux = container.linuxParameters ?? {};
  if (hasAny(linux.devices)) yield unsupported('devices');
  if (linux.sharedMemorySize !== undefined) yield unsupported('sharedMemorySize');
  if (hasAny(linux.tmpfs)) yield unsupported('tmpfs');
  if (linux.maxSwap !== undefined) yield unsupported('maxSwap');
  if (linux.swappiness !== undefined) yield unsupported('swappiness');
  const refused = (linux.capabilities?.add ?? []).filter((capability) => capability !== 'SYS_PTRACE');
  if (refused.length > 0) yield unsupported(`adding the capabilities ${refused.join(', ')}`);
}

function* logProblems(container: ContainerDefinition, definition: Definition): Problems {
  const log = container.logConfiguration;
  if (log !== undefined && !fargateLogDrivers.includes(log.logDriver)) {
    yield `${log.logDriver} is not a valid log driver. Must be one of [${fargateLogDrivers.join(',')}]`;
  }
  if (log?.logDriver === 'awslogs' && log.options?.['awslogs-stream-prefix'] === undefined) {
    yield 'Log driver awslogs requires options: awslogs-stream-prefix';
  }
  if (definition.executionRoleArn !== undefined) return;
  if (isEcrImage(container.image ?? '')) {
    yield 'Fargate requires task definition to have execution role ARN to support ECR images.';
  }
  if (log?.logDriver === 'awslogs') {
    yield 'Fargate requires task definition to have execution role ARN to support log driver awslogs.';
  }
}

function* timeoutProblems(container: ContainerDefinition): Problems {
  for (const member of ['startTimeout', 'stopTimeout'] as const) {
    if ((container[member] ?? 0) > maxTimeoutSeconds) {
      yield `Invalid '${member}' setting for container '${nameOf(container)}'. The maximum on Fargate is ${maxTimeoutSeconds} seconds.`;
    }
  }
}

function* volumeProblems(definition: Definition): Problems {
  for (const volume of definition.volumes ?? []) {
    if (volume.host?.sourcePath !== undefined) yield unsupported('sourcePath');
    if (volume.dockerVolumeConfiguration !== undefined) yield unsupported('dockerVolumeConfiguration');
    if (volume.fsxWindowsFileServerVolumeConfiguration !== undefined)
      yield unsupported('fsxWindowsFileServerVolumeConfiguration');
  }
}
