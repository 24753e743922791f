import type { ContainerDefinition } from '../../../protocol/generated/ecs.ts';
import type { NetworkMode } from '../task-definitions/definition.ts';

const mebibyte = 1024 * 1024;
const nanosecondsPerSecond = 1_000_000_000;

type Json = Readonly<Record<string, unknown>>;

/** Leaves out what is undefined. */
function given(values: Json): Json {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** The part of a container definition that Docker's Config holds and the agent does not set itself. */
export function dockerConfig(container: ContainerDefinition): Json {
  return given({
    User: container.user,
    WorkingDir: container.workingDirectory,
    Hostname: container.hostname,
    NetworkDisabled: container.disableNetworking,
    Labels: container.dockerLabels,
    Tty: container.pseudoTerminal,
    OpenStdin: container.interactive,
    Healthcheck: healthcheck(container),
  });
}

function healthcheck({ healthCheck }: ContainerDefinition): Json | undefined {
  if (healthCheck === undefined) return undefined;
  const duration = (seconds: number | undefined): number | undefined =>
    seconds === undefined ? undefined : seconds * nanosecondsPerSecond;
  return given({
    Test: healthCheck.command,
    Interval: duration(healthCheck.interval),
    Timeout: duration(healthCheck.timeout),
    StartPeriod: duration(healthCheck.startPeriod),
    Retries: healthCheck.retries,
  });
}

/** The part of a container definition that Docker's HostConfig holds. */
export function dockerHostConfig(
  container: ContainerDefinition,
  options: { readonly networkMode: NetworkMode; readonly region: string; readonly defaultLogMode: string },
): Json {
  const { networkMode } = options;
  return given({
    NetworkMode: networkMode === 'awsvpc' ? undefined : networkMode,
    MemoryReservation: container.memoryReservation === undefined ? undefined : container.memoryReservation * mebibyte,
    Privileged: container.privileged,
    ReadonlyRootfs: container.readonlyRootFilesystem,
    Dns: container.dnsServers,
    DnsSearch: container.dnsSearchDomains,
    ExtraHosts: container.extraHosts?.map(({ hostname, ipAddress }) => `${hostname}:${ipAddress}`),
    SecurityOpt: container.dockerSecurityOptions,
    Ulimits: container.ulimits?.map(({ name, softLimit, hardLimit }) => ({
      Name: name,
      Soft: softLimit,
      Hard: hardLimit,
    })),
    Sysctls: sysctls(container),
    LogConfig: logConfig(container, options),
    ...linuxParameters(container),
  });
}

function sysctls({ systemControls }: ContainerDefinition): Json | undefined {
  if (systemControls === undefined || systemControls.length === 0) return undefined;
  return Object.fromEntries(systemControls.map(({ namespace, value }) => [namespace ?? '', value ?? '']));
}

function logConfig(
  { logConfiguration }: ContainerDefinition,
  { region, defaultLogMode }: { readonly region: string; readonly defaultLogMode: string },
): Json | undefined {
  if (logConfiguration === undefined) return undefined;
  const { logDriver, options = {} } = logConfiguration;
  if (logDriver !== 'awslogs') return { Type: logDriver, Config: options };
  return { Type: logDriver, Config: { 'awslogs-region': region, mode: defaultLogMode, ...options } };
}

function linuxParameters({ linuxParameters: linux, memory = 0 }: ContainerDefinition): Json {
  if (linux === undefined) return {};
  const tmpfs = (linux.tmpfs ?? []).map(({ containerPath, size, mountOptions }) => [
    containerPath,
    [`size=${size}m`, ...(mountOptions ?? [])].join(','),
  ]);
  return {
    CapAdd: linux.capabilities?.add,
    CapDrop: linux.capabilities?.drop,
    Devices: linux.devices?.map(({ hostPath, containerPath, permissions }) => ({
      PathOnHost: hostPath,
      PathInContainer: containerPath ?? hostPath,
      CgroupPermissions: devicePermissions(permissions),
    })),
    Init: linux.initProcessEnabled,
    ShmSize: linux.sharedMemorySize === undefined ? undefined : linux.sharedMemorySize * mebibyte,
    Tmpfs: tmpfs.length === 0 ? undefined : Object.fromEntries(tmpfs),
    // Docker counts memory and swap together; ECS's maxSwap is the swap alone.
    MemorySwap: linux.maxSwap === undefined || memory === 0 ? undefined : (memory + linux.maxSwap) * mebibyte,
    MemorySwappiness: linux.swappiness,
  };
}

/** Docker writes them as letters; without any, all. */
function devicePermissions(permissions: readonly ('mknod' | 'read' | 'write')[] | undefined): string {
  if (permissions === undefined || permissions.length === 0) return 'rwm';
  const letters = { read: 'r', write: 'w', mknod: 'm' } as const;
  return (['read', 'write', 'mknod'] as const)
    .filter((one) => permissions.includes(one))
    .map((one) => letters[one])
    .join('');
}
