import { parseArn } from '../../../kernel/index.ts';
import type { ContainerDefinition, Definition, Problems } from './definition.ts';
import { hasAny, isWithin, nameOf, networkModeOf } from './definition.ts';
import { minContainerMemoryMiB } from './sizes.ts';

const maxNameLength = 255;
const maxImageLength = 255;
const maxEnvironmentFiles = 10;
const maxIgnoredExitCodes = 50;
/** [least, most] of members with bounds; seconds or counts. */
const healthCheckBounds = { interval: [5, 300], timeout: [2, 60], retries: [1, 10], startPeriod: [0, 300] } as const;
const restartAttemptPeriodBounds = [60, 1800] as const;
const maxExitCode = 255;

/** Rules about each container that do not depend on what it runs on. */
export function* containerProblems(definition: Definition): Problems {
  const seen = new Set<string>();
  for (const container of definition.containerDefinitions) {
    yield* identityProblems(container);
    if (seen.has(nameOf(container)))
      yield `Duplicate container name '${nameOf(container)}'. Container names must be unique within a task definition.`;
    seen.add(nameOf(container));
  }
  for (const container of definition.containerDefinitions) {
    yield* sizeProblems(container, definition);
    yield* networkProblems(container, definition);
    yield* environmentProblems(container);
    yield* healthCheckProblems(container);
    yield* restartPolicyProblems(container);
    yield* timeoutProblems(container);
    yield* ulimitProblems(container);
    yield* requirementProblems(container);
    yield* systemControlProblems(container, definition);
    yield* securityProblems(container);
  }
  if (!definition.containerDefinitions.some((container) => container.essential ?? true)) {
    yield 'At least one container in the task definition must be marked as essential.';
  }
}

function* identityProblems({ name = '', image = '' }: ContainerDefinition): Problems {
  if (name === '') yield 'Container.name should not be null or empty.';
  if (name.length > maxNameLength) yield `Container.name should be ${maxNameLength} characters or less`;
  if (!/^[a-zA-Z0-9\-_]*$/.test(name)) yield 'Container.name contains invalid characters.';
  if (image === '') yield 'Container.image should not be null or empty.';
  if (image.length > maxImageLength) yield `Container.image should be ${maxImageLength} characters or less`;
  if (!/^[a-zA-Z0-9\-_:./#@]*$/.test(image)) yield 'Container.image contains invalid characters.';
  if (/^[:@]/.test(image)) yield 'Container.image repository should not be null or empty.';
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html: cpu, memory, memoryReservation */
function* sizeProblems(container: ContainerDefinition, definition: Definition): Problems {
  const { cpu = 0, memory, memoryReservation } = container;
  const name = nameOf(container);
  if (cpu < 0 || !Number.isInteger(cpu)) yield `Invalid 'cpu' setting for container '${name}'.`;
  for (const [member, value] of [
    ['memory', memory],
    ['memoryReservation', memoryReservation],
  ] as const) {
    if (value !== undefined && (value < minContainerMemoryMiB || !Number.isInteger(value))) {
      yield `Invalid '${member}' setting for container '${name}'. The value must be an integer of at least ${minContainerMemoryMiB}.`;
    }
  }
  if (definition.memory === undefined && memory === undefined && memoryReservation === undefined) {
    yield `Invalid setting for container '${name}'. At least one of 'memory' or 'memoryReservation' must be specified.`;
  }
  if (memory !== undefined && memoryReservation !== undefined && memoryReservation > memory) {
    yield `Invalid setting for container '${name}'. The 'memoryReservation' must not be greater than the 'memory'.`;
  }
}

function* networkProblems(container: ContainerDefinition, definition: Definition): Problems {
  const mode = networkModeOf(definition);
  if (container.hostname !== undefined && (mode === 'awsvpc' || mode === 'host')) {
    yield `hostname is not supported on container when networkMode=${mode}.`;
  }
  if (hasAny(container.links) && mode !== 'bridge') yield `Links are not supported when networkMode=${mode}.`;
  if (hasAny(container.extraHosts) && mode === 'awsvpc') {
    yield 'Extra hosts are not supported on container when networkMode=awsvpc.';
  }
  for (const { hostname, ipAddress } of container.extraHosts ?? []) {
    if (hostname === '' || ipAddress === '')
      yield `Extra hosts of container '${nameOf(container)}' need a hostname and an ipAddress.`;
  }
  if (hasAny(container.portMappings) && mode === 'none') yield 'Port mappings are not supported when networkMode=none.';
}

function* environmentProblems(container: ContainerDefinition): Problems {
  const name = nameOf(container);
  const variables = new Set<string>();
  for (const variable of container.environment ?? []) {
    if (variable.name === undefined || variable.name === '')
      yield `Environment variable name of container '${name}' should not be null or empty.`;
    variables.add(variable.name ?? '');
  }
  yield* secretProblems(container, variables);
  yield* environmentFileProblems(container);
  const credentials = container.repositoryCredentials?.credentialsParameter;
  if (credentials !== undefined && parseArn(credentials)?.service !== 'secretsmanager') {
    yield `Invalid 'credentialsParameter' setting for container '${name}'. It must be the ARN of a Secrets Manager secret.`;
  }
}

export function* environmentFileProblems(container: ContainerDefinition): Problems {
  const name = nameOf(container);
  const files = container.environmentFiles ?? [];
  if (files.length > maxEnvironmentFiles)
    yield `Too many environment files for container '${name}'. The maximum is ${maxEnvironmentFiles}.`;
  for (const { value } of files) {
    const arn = parseArn(value);
    if (arn === undefined || arn.service !== 's3' || !arn.resource.includes('/')) yield 'Invalid arn syntax.';
    else if (!value.endsWith('.env'))
      yield `Invalid environment file '${value}' of container '${name}'. The file must have the extension .env.`;
  }
}

function* secretProblems(container: ContainerDefinition, variables: ReadonlySet<string>): Problems {
  const names = new Set<string>();
  for (const secret of container.secrets ?? []) {
    if (variables.has(secret.name)) {
      yield `The secret name must be unique and not shared with any new or existing environment variables set on the container, such as '${secret.name}'.`;
    }
    if (names.has(secret.name)) yield `Duplicate secret names found: ${secret.name}. Each secret name must be unique.`;
    names.add(secret.name);
  }
  for (const { name, valueFrom } of [
    ...(container.secrets ?? []),
    ...(container.logConfiguration?.secretOptions ?? []),
  ]) {
    if (name === '') yield `Secret name of container '${nameOf(container)}' should not be null or empty.`;
    if (!isSecretReference(valueFrom))
      yield `Invalid 'valueFrom' setting '${valueFrom}' for secret '${name}' of container '${nameOf(container)}'.`;
  }
}

/** The ARN of a Secrets Manager secret or of a Parameter Store parameter, or the parameter's name. */
function isSecretReference(valueFrom: string): boolean {
  if (!valueFrom.startsWith('arn:')) return /^[a-zA-Z0-9_.\-/]{1,2048}$/.test(valueFrom);
  const arn = parseArn(valueFrom);
  if (arn?.service === 'secretsmanager')
    return arn.resource.startsWith('secret:') && arn.resource.length > 'secret:'.length;
  return arn?.service === 'ssm' && /^parameter\/./.test(arn.resource);
}

function* healthCheckProblems(container: ContainerDefinition): Problems {
  const check = container.healthCheck;
  if (check === undefined) return;
  const kind = check.command[0];
  if (kind === undefined)
    yield `The health check command of container '${nameOf(container)}' should not be null or empty.`;
  else if (!['CMD', 'CMD-SHELL', 'NONE'].includes(kind)) {
    yield `The health check command of container '${nameOf(container)}' must start with CMD or CMD-SHELL.`;
  } else if (kind !== 'NONE' && check.command.length < 2) {
    yield `The health check command of container '${nameOf(container)}' has nothing to run after ${kind}.`;
  }
  for (const [member, [least, most]] of Object.entries(healthCheckBounds)) {
    const value = check[member as keyof typeof healthCheckBounds];
    if (value !== undefined && !isWithin(value, least, most)) {
      yield `Invalid health check '${member}' setting for container '${nameOf(container)}'. The value must be between ${least} and ${most}.`;
    }
  }
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-restart-policy.html */
function* restartPolicyProblems(container: ContainerDefinition): Problems {
  const policy = container.restartPolicy;
  if (policy === undefined) return;
  const [least, most] = restartAttemptPeriodBounds;
  const period = policy.restartAttemptPeriod ?? least;
  if (!isWithin(period, least, most)) {
    yield `Invalid 'restartAttemptPeriod' setting for container '${nameOf(container)}'. The value must be between ${least} and ${most}.`;
  }
  const codes = policy.ignoredExitCodes ?? [];
  if (codes.length > maxIgnoredExitCodes) {
    yield `Too many 'ignoredExitCodes' for container '${nameOf(container)}'. The maximum is ${maxIgnoredExitCodes}.`;
  }
  for (const code of codes) {
    if (!isWithin(code, 0, maxExitCode)) {
      yield `Invalid 'ignoredExitCodes' setting for container '${nameOf(container)}'. Exit codes are between 0 and ${maxExitCode}, but one was ${code}.`;
    }
  }
}

function* timeoutProblems(container: ContainerDefinition): Problems {
  for (const member of ['startTimeout', 'stopTimeout'] as const) {
    const value = container[member];
    if (value !== undefined && (value < 0 || !Number.isInteger(value))) {
      yield `Invalid '${member}' setting for container '${nameOf(container)}'.`;
    }
  }
}

function* ulimitProblems(container: ContainerDefinition): Problems {
  const seen = new Set<string>();
  for (const { name, softLimit, hardLimit } of container.ulimits ?? []) {
    if (seen.has(name)) yield `Duplicate ulimit '${name}' for container '${nameOf(container)}'.`;
    seen.add(name);
    if (![softLimit, hardLimit].every((limit) => isWithin(limit, -1, Number.MAX_SAFE_INTEGER)))
      yield `Invalid ulimit '${name}' for container '${nameOf(container)}'. Limits are whole numbers, or -1 for none.`;
    if (hardLimit !== -1 && (softLimit > hardLimit || softLimit === -1)) {
      yield `Invalid ulimit '${name}' for container '${nameOf(container)}'. The soft limit cannot be greater than the hard limit.`;
    }
  }
}

function* requirementProblems(container: ContainerDefinition): Problems {
  const seen = new Set<string>();
  for (const { type, value = '' } of container.resourceRequirements ?? []) {
    if (type !== 'InferenceAccelerator' && seen.has(type))
      yield `Duplicate resource requirement '${type}' for container '${nameOf(container)}'.`;
    seen.add(type);
    if (type === 'GPU' && !/^[1-9]\d{0,3}$/.test(value)) {
      yield `Invalid GPU resource requirement '${value}' for container '${nameOf(container)}'. The value must be a positive integer.`;
    }
  }
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_SystemControl.html */
function* systemControlProblems(container: ContainerDefinition, definition: Definition): Problems {
  for (const { namespace = '', value = '' } of container.systemControls ?? []) {
    if (namespace === '' || value === '')
      yield `System controls of container '${nameOf(container)}' need a namespace and a value.`;
    else if (namespace.startsWith('net.')) {
      if (networkModeOf(definition) === 'host')
        yield `The system control '${namespace}' is not supported when networkMode=host.`;
    } else if (/^(?:kernel\.(?:msg|sem|shm)|fs\.mqueue\.)/.test(namespace)) {
      if (definition.ipcMode === 'host') yield `The system control '${namespace}' is not supported when ipcMode=host.`;
    } else yield `Invalid system control '${namespace}' for container '${nameOf(container)}'.`;
  }
}

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html: dockerSecurityOptions, credentialSpecs */
function* securityProblems(container: ContainerDefinition): Problems {
  for (const option of container.dockerSecurityOptions ?? []) {
    if (!/^(?:no-new-privileges(?::true)?|(?:apparmor|label|credentialspec):.+)$/.test(option)) {
      yield `Invalid Docker security option '${option}' for container '${nameOf(container)}'.`;
    }
  }
  const specs = container.credentialSpecs ?? [];
  if (specs.length > 1) yield `Too many 'credentialSpecs' for container '${nameOf(container)}'. The maximum is 1.`;
  for (const spec of specs) {
    if (!/^credentialspec(?:domainless)?:.+/.test(spec))
      yield `Invalid 'credentialSpecs' setting '${spec}' for container '${nameOf(container)}'.`;
  }
}
