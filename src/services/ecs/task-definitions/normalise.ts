import type { ContainerDefinition, Definition, NetworkMode, Volume } from './definition.ts';
import { networkModeOf } from './definition.ts';
import { parseTaskCpu, parseTaskMemory } from './sizes.ts';

/** https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html */
const healthCheckDefaults = { interval: 30, timeout: 5, retries: 3 };
/** Seconds. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-restart-policy.html */
const defaultRestartAttemptPeriod = 300;

/**
 * The definition with the defaults ECS fills in, as DescribeTaskDefinition shows it. Normalising twice changes nothing more.
 * What is wrong stays as it is; the rules find it afterwards.
 * @param account twelve digits, for roles given by name
 */
export function normalise(given: Definition, account: string): Definition {
  const {
    cpu,
    memory,
    taskRoleArn,
    executionRoleArn,
    containerDefinitions,
    volumes = [],
    networkMode: _,
    ...others
  } = given;
  const mode = networkModeOf(given);
  return {
    containerDefinitions: containerDefinitions.map((container) => normalisedContainer(container, mode)),
    networkMode: mode,
    volumes: volumes.map(normalisedVolume),
    placementConstraints: [],
    ...(cpu === undefined ? {} : { cpu: asInteger(cpu, parseTaskCpu) }),
    ...(memory === undefined ? {} : { memory: asInteger(memory, parseTaskMemory) }),
    ...(taskRoleArn === undefined ? {} : { taskRoleArn: fullRoleArn(taskRoleArn, account) }),
    ...(executionRoleArn === undefined ? {} : { executionRoleArn: fullRoleArn(executionRoleArn, account) }),
    ...defined(others),
  };
}

/** Members that are present; a member given as undefined is none. */
function defined<Shape extends object>(shape: Shape): Shape {
  const made: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(shape)) if (value !== undefined) made[name] = value;
  return made as Shape;
}

/** `.25 vCPU` and `0.5GB` become `256` and `512`. */
function asInteger(text: string, parse: (text: string) => number | undefined): string {
  const amount = parse(text);
  return amount === undefined ? text : String(amount);
}

/** Roles may be given by name alone. */
export function fullRoleArn(role: string, account: string): string {
  return /^[\w+=,.@-]+$/.test(role) ? `arn:aws:iam::${account}:role/${role}` : role;
}

function normalisedContainer(container: ContainerDefinition, mode: NetworkMode): ContainerDefinition {
  const { healthCheck, restartPolicy, portMappings = [], ...others } = container;
  return {
    cpu: 0,
    essential: true,
    portMappings: portMappings.map((mapping) => normalisedPort(mapping, mode)),
    environment: [],
    mountPoints: [],
    volumesFrom: [],
    systemControls: [],
    ...(healthCheck === undefined ? {} : { healthCheck: { ...healthCheckDefaults, ...defined(healthCheck) } }),
    ...(restartPolicy === undefined
      ? {}
      : { restartPolicy: { restartAttemptPeriod: defaultRestartAttemptPeriod, ...defined(restartPolicy) } }),
    ...defined(others),
  };
}

type PortMapping = NonNullable<ContainerDefinition['portMappings']>[number];

/** On awsvpc and host the host port is the container port; on bridge none, or 0, means one chosen at start. */
function normalisedPort(mapping: PortMapping, mode: NetworkMode): PortMapping {
  const given = { protocol: 'tcp' as const, ...defined(mapping) };
  if (mapping.hostPort !== undefined || mapping.containerPort === undefined) return given;
  return { hostPort: mode === 'bridge' ? 0 : mapping.containerPort, ...given };
}

function normalisedVolume(volume: Volume): Volume {
  const given = defined(volume);
  const { dockerVolumeConfiguration: docker, efsVolumeConfiguration: efs } = given;
  if (docker !== undefined) {
    const scope = docker.scope ?? 'task';
    const autoprovision = scope === 'shared' ? { autoprovision: docker.autoprovision ?? false } : {};
    return {
      ...given,
      dockerVolumeConfiguration: { ...autoprovision, ...defined(docker), scope, driver: docker.driver ?? 'local' },
    };
  }
  if (efs !== undefined) return { ...given, efsVolumeConfiguration: { rootDirectory: '/', ...defined(efs) } };
  const plain =
    given.fsxWindowsFileServerVolumeConfiguration === undefined &&
    given.s3filesVolumeConfiguration === undefined &&
    given.configuredAtLaunch !== true;
  return plain ? { ...given, host: given.host ?? {} } : given;
}
