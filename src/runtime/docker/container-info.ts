import type { ContainerInfo, ContainerSummary, NetworkEndpoint, PortBinding } from '../index.ts';
import type { InspectReply, ListEntry, PortMap, ProbeReply } from './wire-types.ts';

/** Docker's time of something that has not happened. */
const never = '0001-01-01T00:00:00Z';

const statuses: ReadonlySet<string> = new Set<ContainerInfo['status']>([
  'created',
  'running',
  'paused',
  'restarting',
  'removing',
  'exited',
  'dead',
]);
/** Podman's words for the same. */
const podmanStatuses: ReadonlyMap<string, ContainerInfo['status']> = new Map([
  ['configured', 'created'],
  ['initialized', 'created'],
  ['stopping', 'running'],
  ['stopped', 'exited'],
]);

export function containerInfo(reply: InspectReply): ContainerInfo {
  const { State: state, Config: config } = reply;
  const status = statusOf(state.Status);
  const ended = status === 'exited' || status === 'dead';
  const health = healthOf(state.Health);
  return {
    id: reply.Id,
    name: reply.Name.replace(/^\//, ''),
    image: config.Image,
    imageId: reply.Image,
    labels: config.Labels ?? {},
    status,
    pid: state.Pid,
    ...(ended ? { exitCode: state.ExitCode } : {}),
    oomKilled: state.OOMKilled,
    error: state.Error,
    createdAt: reply.Created,
    ...(happened(state.StartedAt) ? { startedAt: state.StartedAt } : {}),
    ...(happened(state.FinishedAt) ? { finishedAt: state.FinishedAt } : {}),
    ...(health === undefined ? {} : { health }),
    networkMode: reply.HostConfig.NetworkMode ?? '',
    addresses: endpointsOf(reply).map(({ address }) => address),
    networks: endpointsOf(reply),
    ports: portBindings(reply.NetworkSettings.Ports ?? {}),
    mounts: (reply.Mounts ?? []).map(({ Name, Source, Destination }) => ({
      ...(Name === undefined || Name === '' ? {} : { name: Name }),
      source: Source,
      destination: Destination,
    })),
    logDriver: reply.HostConfig.LogConfig?.Type ?? '',
  };
}

export function containerSummary(entry: ListEntry): ContainerSummary {
  // A linked container has several names; its own is the one without a second slash.
  const own = entry.Names.find((name) => !name.slice(1).includes('/')) ?? entry.Names[0] ?? '';
  const name = own.replace(/^\//, '');
  return { id: entry.Id, name, labels: entry.Labels ?? {}, status: statusOf(entry.State), imageId: entry.ImageID };
}

function statusOf(text: string): ContainerInfo['status'] {
  if (statuses.has(text)) return text as ContainerInfo['status'];
  return podmanStatuses.get(text) ?? 'dead';
}

function happened(time: string): boolean {
  return time !== '' && time !== never;
}

/** One that is not started, or has ended, has networks and no addresses. */
function endpointsOf(reply: InspectReply): readonly NetworkEndpoint[] {
  return Object.entries(reply.NetworkSettings.Networks ?? {}).flatMap(([network, endpoint]) => {
    const { IPAddress: address = '', MacAddress: macAddress = '' } = endpoint ?? {};
    return address === '' ? [] : [{ network, address, macAddress }];
  });
}

function portBindings(ports: PortMap): readonly PortBinding[] {
  return Object.entries(ports).flatMap(([key, bindings]) => {
    const [port, protocol] = key.split('/');
    if (protocol !== 'tcp' && protocol !== 'udp') return [];
    return (bindings ?? []).map(({ HostIp, HostPort }) => ({
      containerPort: Number(port),
      protocol,
      hostIp: HostIp,
      hostPort: Number(HostPort),
    }));
  });
}

function healthOf(health: InspectReply['State']['Health']): ContainerInfo['health'] {
  const status = health?.Status;
  if (status !== 'starting' && status !== 'healthy' && status !== 'unhealthy') return undefined;
  const probes = health?.Log ?? [];
  const last = probes.at(-1);
  if (last === undefined) return { status, output: '' };
  return { status, output: last.Output, exitCode: last.ExitCode, sinceMs: Date.parse(firstAlike(probes, last).End) };
}

/** The oldest kept probe of the last run of equal outcomes: the status is at least that old. */
function firstAlike(probes: readonly ProbeReply[], last: ProbeReply): ProbeReply {
  const different = probes.findLastIndex((probe) => (probe.ExitCode === 0) !== (last.ExitCode === 0));
  return probes[different + 1] ?? last;
}
