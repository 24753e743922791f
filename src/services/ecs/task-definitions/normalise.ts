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
  const mode = networkModeOf(given);
  return {
    ...defined(given),
    containerDefinitions: given.containerDefinitions.map((container) => normalisedContainer(container, mode)),
    networkMode: mode,
    volumes: (given.volumes ?? []).map(normalisedVolume),
    placementConstraints: given.placementConstraints ?? [],
    ...(given.cpu === undefined ? {} : { cpu: asInteger(given.cpu, parseTaskCpu) }),
    ...(given.memory === undefined ? {} : { memory: asInteger(given.memory, parseTaskMemory) }),
    ...(given.taskRoleArn === undefined ? {} : { taskRoleArn: fullRoleArn(given.taskRoleArn, account) }),
    ...(given.executionRoleArn === undefined ? {} : { executionRoleArn: fullRoleArn(given.executionRoleArn, account) }),
  };
}

/** Members that are present; a member given as undefined is none. */
function defined<Shape extends object>(shape: Shape): Shape {
  return Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined)) as Shape;
}

/** `.25 vCPU` and `0.5GB` become `256` and `512`. */
function asInteger(text: string, parse: (text: string) => number | undefined): string {
  const amount = parse(text);
  return amount === undefined ? text : String(amount);
}

/** Roles may be given by name alone. */
function fullRoleArn(role: string, account: string): string {
  return /^[\w+=,.@-]+$/.test(role) ? `arn:aws:iam::${account}:role/${role}` : role;
}

function normalisedContainer(container: ContainerDefinition, mode: NetworkMode): ContainerDefinition {
  const { healthCheck, restartPolicy } = container;
  return {
    ...defined(container),
    cpu: container.cpu ?? 0,
    essential: container.essential ?? true,
    portMappings: (container.portMappings ?? []).map((mapping) => normalisedPort(mapping, mode)),
    environment: container.environment ?? [],
    mountPoints: container.mountPoints ?? [],
    volumesFrom: container.volumesFrom ?? [],
    systemControls: container.systemControls ?? [],
    ...(healthCheck === undefined ? {} : { healthCheck: { ...healthCheckDefaults, ...defined(healthCheck) } }),
    ...(restartPolicy === undefined
      ? {}
      : { restartPolicy: { restartAttemptPeriod: defaultRestartAttemptPeriod, ...defined(restartPolicy) } }),
  };
}

type PortMapping = NonNullable<ContainerDefinition['portMappings']>[number];

/** On awsvpc and host the host port is the container port; on bridge none, or 0, means one chosen at start. */
function normalisedPort(mapping: PortMapping, mode: NetworkMode): PortMapping {
  const given = { ...defined(mapping), protocol: mapping.protocol ?? 'tcp' };
  if (mapping.hostPort !== undefined || mapping.containerPort === undefined) return given;
  return { ...given, hostPort: mode === 'bridge' ? 0 : mapping.containerPort };
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
