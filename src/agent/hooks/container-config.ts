import { createHash } from 'node:crypto';
import type { PayloadContainer, PayloadTask } from '../../agent-protocol/index.ts';
import { labels } from '../../agent-protocol/index.ts';
import type { ContainerSpec } from '../../runtime/index.ts';
import { logConfigOf } from '../logs/options.ts';
import type { ContainerSecrets } from '../secrets/resolve-secrets.ts';
import type { PortRange } from './host-port-ranges.ts';
import { mountedVolumes } from './mounted-volumes.ts';
import { readPortRange } from './host-port-ranges.ts';

/** A container cannot be configured as asked; the text is `<ErrorName>: <text>`. */
export class BadContainerConfig extends Error {}

/** What the agent made on the machine for one container. */
export interface ContainerExtras {
  /** Docker's `source:destination[:ro]`. */
  readonly binds: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Host ports of each `containerPortRange`: `8000-8010/tcp` to `32768-32778`. */
  readonly hostPortRanges: Readonly<Record<string, string>>;
  /** Values that go to the engine only. */
  readonly secrets: ContainerSecrets;
  /** Of the definition's environment files; its own `environment` wins. */
  readonly fileEnvironment: Readonly<Record<string, string>>;
}

export interface ContainerSurroundings {
  readonly cluster: string;
  readonly instanceArn: string;
  /** Where tasks find metadata, credentials and the API: `169.254.170.2`, its port, and the API's port there; absent: the API is not forwarded. */
  readonly metadataAddress: string;
  readonly metadataPort: number;
  readonly apiPort?: number;
  readonly region: string;
  /** `AWS_ECS_EC2`, `AWS_ECS_FARGATE` … */
  readonly executionEnvironment: string;
  readonly dockerNames: Readonly<Record<string, string>>;
  readonly endpointId: string;
  /** Id of the task role's credentials, when the task has a role. */
  readonly taskCredentialsId?: string;
  /** Container whose network namespace is the task's. */
  readonly networkPauseId?: string;
  /** Container whose pid and ipc namespaces are the task's. */
  readonly namespacePauseId?: string;
  readonly cgroupParent?: string;
  /** Source of each volume: a path, or the name of an engine volume. */
  readonly volumeSources: Readonly<Record<string, string>>;
  /** Volumes that are disks: nothing of an image is copied into them, and root's group may write to them. */
  readonly diskVolumes: ReadonlySet<string>;
  /** Volumes that no container may write to. */
  readonly readOnlyVolumes: ReadonlySet<string>;
  /** Who the container has to be, whatever its image says. */
  readonly forcedUser?: { readonly uid: number; readonly gid: number; readonly secondaryGids: readonly number[] };
  /** The engine runs health checks itself; else the agent does. */
  readonly engineHealthChecks: boolean;
  readonly extras: ContainerExtras;
}

const mebibyte = 1_048_576;
/** Docker's least memory limit that this agent sets, as Amazon's. */
const leastMemoryBytes = 4 * mebibyte;
const leastCpuShares = 2;

/** A name no other container has, the same after every restart of the agent: a second create conflicts instead of making a twin. */
export function dockerName(task: PayloadTask, container: PayloadContainer): string {
  const identity = container.containerArn ?? `${task.arn}/${container.name}`;
  const digest = createHash('sha256').update(identity).digest('hex').slice(0, 20);
  return `ecs-${task.family}-${task.version}-${container.name.replace(/[^A-Za-z0-9-]/g, '')}-${digest}`;
}

/** The engine's configuration of one container: what ECS says, then the definition's Docker texts on top, then the task's namespaces. */
export function containerSpec(
  task: PayloadTask,
  container: PayloadContainer,
  around: ContainerSurroundings,
): ContainerSpec {
  const fromTask = JSON.parse(container.dockerConfig.config) as Record<string, unknown>;
  const hostFromTask = JSON.parse(container.dockerConfig.hostConfig) as Record<string, unknown>;
  if (container.healthCheckType === 'docker' && fromTask['Healthcheck'] === undefined)
    throw new BadContainerConfig(
      'DockerClientConfigError: docker health check is nil while container health check type is DOCKER',
    );
  const { forcedUser: user } = around;
  const config: Record<string, unknown> = {
    Image: container.image,
    ...(container.command === undefined || container.command.length === 0 ? {} : { Cmd: container.command }),
    ...(container.entryPoint === undefined || container.entryPoint.length === 0
      ? {}
      : { Entrypoint: container.entryPoint }),
    ...fromTask,
    Env: environment(task, container, around),
    Labels: { ...(fromTask['Labels'] as Record<string, string> | undefined), ...ownLabels(task, container, around) },
    ExposedPorts: exposedPorts(task, container),
    ...(user === undefined ? {} : { User: `${user.uid}:${user.gid}` }),
  };
  if (!around.engineHealthChecks && fromTask['Healthcheck'] !== undefined) config['Healthcheck'] = { Test: ['NONE'] };
  const host: Record<string, unknown> = {
    ...resourceLimits(container),
    Binds: [...binds(container, around), ...around.extras.binds],
    PortBindings: portBindings(task, container, around.extras),
    ...(container.links === undefined || container.links.length === 0 ? {} : { Links: links(container, around) }),
    ...(container.volumesFrom.length === 0 ? {} : { VolumesFrom: volumesFrom(container, around) }),
    ...hostFromTask,
    ...logConfig(container, around.extras.secrets.logOptions),
    ...namespaces(task, around),
    ...groups(task, container, around),
  };
  if (task.networkMode === 'awsvpc') leaveToPause(config, host);
  return {
    name: around.dockerNames[container.name] ?? dockerName(task, container),
    config: { ...config, Image: container.image, HostConfig: host },
  };
}

/**
 * What a container is in beside its own group: the groups of an access point, and root's where it mounts a disk as another user.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ebs-non-root-behavior.html
 */
function groups(
  task: PayloadTask,
  container: PayloadContainer,
  { forcedUser, diskVolumes }: ContainerSurroundings,
): Readonly<Record<string, unknown>> {
  const mounted = diskVolumes.size === 0 ? [] : mountedVolumes(container, task);
  const all = [
    ...(forcedUser?.secondaryGids ?? []).map(String),
    ...(mounted.some((name) => diskVolumes.has(name)) ? ['0'] : []),
  ];
  return all.length === 0 ? {} : { GroupAdd: all };
}

function ownLabels(
  task: PayloadTask,
  container: PayloadContainer,
  around: ContainerSurroundings,
): Readonly<Record<string, string>> {
  return {
    [labels.taskArn]: task.arn,
    [labels.containerName]: container.name,
    [labels.family]: task.family,
    [labels.version]: task.version,
    [labels.cluster]: around.cluster,
    [labels.instance]: around.instanceArn,
    [labels.endpointId]: around.endpointId,
  };
}

/** What ECS adds; what the definition sets wins. */
function environment(task: PayloadTask, container: PayloadContainer, around: ContainerSurroundings): readonly string[] {
  const region = task.longshore?.region ?? around.region;
  const port = around.metadataPort === 80 ? '' : `:${around.metadataPort}`;
  const base = `http://${around.metadataAddress}${port}`;
  const reachable = task.networkMode !== 'none';
  const values: Record<string, string> = {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: around.executionEnvironment,
    ...(reachable
      ? {
          ECS_CONTAINER_METADATA_URI: `${base}/v3/${around.endpointId}`,
          ECS_CONTAINER_METADATA_URI_V4: `${base}/v4/${around.endpointId}`,
          ECS_AGENT_URI: `${base}/api/${around.endpointId}`,
        }
      : {}),
    ...(reachable && around.apiPort !== undefined
      ? { AWS_ENDPOINT_URL: `http://${around.metadataAddress}:${around.apiPort}` }
      : {}),
    ...(reachable && around.taskCredentialsId !== undefined
      ? credentialAddress(base, port, around.taskCredentialsId)
      : {}),
    ...around.extras.environment,
    ...around.extras.fileEnvironment,
    ...container.environment,
    ...around.extras.secrets.environment,
  };
  return Object.entries(values).map(([name, value]) => `${name}=${value}`);
}

/**
 * SDKs put the relative address behind http://169.254.170.2 without a port, and prefer it: on another port there is only the full one.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
function credentialAddress(base: string, port: string, credentialsId: string): Readonly<Record<string, string>> {
  const path = `/v2/credentials/${credentialsId}`;
  return port === ''
    ? { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: path }
    : { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${base}${path}` };
}

function resourceLimits(container: PayloadContainer): Readonly<Record<string, unknown>> {
  return {
    CpuShares: Math.max(container.cpu, leastCpuShares),
    ...(container.memory > 0 ? { Memory: Math.max(container.memory * mebibyte, leastMemoryBytes) } : {}),
  };
}

function binds(container: PayloadContainer, around: ContainerSurroundings): readonly string[] {
  return container.mountPoints.map(({ sourceVolume, containerPath, readOnly }) => {
    const source = around.volumeSources[sourceVolume];
    if (source === undefined)
      throw new BadContainerConfig(`HostConfigError: Invalid volume referenced: ${sourceVolume}`);
    const options = [
      ...(readOnly || around.readOnlyVolumes.has(sourceVolume) ? ['ro'] : []),
      ...(around.diskVolumes.has(sourceVolume) ? ['nocopy'] : []),
    ].join(',');
    return `${source}:${containerPath}${options === '' ? '' : `:${options}`}`;
  });
}

function exposedPorts(task: PayloadTask, container: PayloadContainer): Readonly<Record<string, object>> {
  if (task.networkMode !== 'bridge') return {};
  return Object.fromEntries(
    container.portMappings.flatMap(({ containerPort, containerPortRange, protocol }) =>
      portsOf(readPortRange(containerPortRange ?? '') ?? one(containerPort)).map((port) => [`${port}/${protocol}`, {}]),
    ),
  );
}

function portBindings(
  task: PayloadTask,
  container: PayloadContainer,
  extras: ContainerExtras,
): Readonly<Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[]>> {
  if (task.networkMode !== 'bridge') return {};
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const { containerPort, hostPort, containerPortRange = '', protocol } of container.portMappings) {
    const hostPorts = portsOf(readPortRange(extras.hostPortRanges[`${containerPortRange}/${protocol}`] ?? ''));
    for (const [index, port] of portsOf(readPortRange(containerPortRange)).entries())
      bindings[`${port}/${protocol}`] = [{ HostIp: '0.0.0.0', HostPort: String(hostPorts[index] ?? '') }];
    if (containerPort === undefined) continue;
    const key = `${containerPort}/${protocol}`;
    const binding = { HostIp: '0.0.0.0', HostPort: hostPort === undefined || hostPort === 0 ? '' : String(hostPort) };
    bindings[key] = [...(bindings[key] ?? []), binding];
  }
  return bindings;
}

function one(port: number | undefined): PortRange | undefined {
  return port === undefined ? undefined : { first: port, last: port };
}

function portsOf(range: PortRange | undefined): readonly number[] {
  return range === undefined ? [] : Array.from({ length: range.last - range.first + 1 }, (_, at) => range.first + at);
}

function links(container: PayloadContainer, around: ContainerSurroundings): readonly string[] {
  return (container.links ?? []).map((link) => {
    const [name = '', alias = name] = link.split(':');
    return `${around.dockerNames[name] ?? name}:${alias}`;
  });
}

function volumesFrom(container: PayloadContainer, around: ContainerSurroundings): readonly string[] {
  return container.volumesFrom.map(
    ({ sourceContainer, readOnly }) =>
      `${around.dockerNames[sourceContainer] ?? sourceContainer}${readOnly ? ':ro' : ''}`,
  );
}

/** awslogs is shipped by the agent: the engine keeps a small log, which bridges a restart of the agent. */
function logConfig(
  container: PayloadContainer,
  secretOptions: Readonly<Record<string, string>>,
): Readonly<Record<string, unknown>> {
  const config = logConfigOf(container.dockerConfig.hostConfig);
  if (config === undefined || config.type === 'awslogs')
    return { LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '2' } } };
  if (Object.keys(secretOptions).length === 0) return {};
  return { LogConfig: { Type: config.type, Config: { ...config.options, ...secretOptions } } };
}

function namespaces(task: PayloadTask, around: ContainerSurroundings): Readonly<Record<string, unknown>> {
  const shared = around.namespacePauseId === undefined ? undefined : `container:${around.namespacePauseId}`;
  const mode = (value: string | undefined): string | undefined => (value === 'task' ? shared : value || undefined);
  const pidMode = mode(task.pidMode);
  const ipcMode = mode(task.ipcMode);
  return {
    NetworkMode: around.networkPauseId === undefined ? networkMode(task) : `container:${around.networkPauseId}`,
    ...(pidMode === undefined ? {} : { PidMode: pidMode }),
    ...(ipcMode === undefined ? {} : { IpcMode: ipcMode }),
    ...(around.cgroupParent === undefined ? {} : { CgroupParent: around.cgroupParent }),
  };
}

function networkMode(task: PayloadTask): string {
  return task.networkMode === 'awsvpc' ? 'none' : task.networkMode;
}

/** A container that joins the pause's network has its name, name servers and hosts from there; the engine refuses them elsewhere. */
function leaveToPause(config: Record<string, unknown>, host: Record<string, unknown>): void {
  for (const field of ['Hostname', 'Domainname', 'ExposedPorts', 'MacAddress']) delete config[field];
  for (const field of ['Dns', 'DnsSearch', 'DnsOptions', 'ExtraHosts', 'PortBindings', 'Links']) delete host[field];
}
