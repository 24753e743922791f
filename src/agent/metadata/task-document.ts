import type { ContainerInfo } from '../../runtime/index.ts';
import type { ContainerState } from '../engine/index.ts';
import { containerOf, definitionOf } from '../engine/index.ts';
import { primaryAddress } from '../hooks/interfaces.ts';
import { logConfigOf } from '../logs/options.ts';
import { timeOf } from '../tasks/observe.ts';
import type { TaskRunner } from '../tasks/task-runner.ts';

export type MetadataVersion = 2 | 3 | 4;
type Json = Readonly<Record<string, unknown>>;

/**
 * The container of `/v4/<id>` and its older forms.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4.html
 */
export async function containerDocument(runner: TaskRunner, name: string, version: MetadataVersion): Promise<Json> {
  const state = containerOf(runner.state, name) as ContainerState;
  const definition = definitionOf(runner.state, name);
  const info = state.dockerId === undefined ? undefined : await runner.parts.runtime.inspect(state.dockerId);
  const log = logConfigOf(definition.dockerConfig.hostConfig);
  return {
    DockerId: state.dockerId ?? '',
    Name: name,
    DockerName: runner.record.dockerNames[name] ?? '',
    Image: definition.image,
    ImageID: info?.imageId ?? state.imageId ?? '',
    ...ports(info, version),
    Labels: info?.labels ?? {},
    DesiredStatus: state.desired,
    KnownStatus: state.known === 'PULLED' ? 'PULLED' : state.known,
    ...(state.exitCode === undefined ? {} : { ExitCode: state.exitCode }),
    Limits: { CPU: definition.cpu, Memory: definition.memory },
    ...time('CreatedAt', info?.createdAt),
    ...time('StartedAt', info?.startedAt),
    ...time('FinishedAt', info?.finishedAt),
    Type: 'NORMAL',
    ...health(state),
    ...volumes(info),
    ...(version < 4
      ? {}
      : {
          ...(log === undefined ? {} : { LogDriver: log.type, LogOptions: log.options }),
          ...(definition.containerArn === undefined ? {} : { ContainerARN: definition.containerArn }),
          ...(definition.restartPolicy?.enabled === true ? { RestartCount: state.restartCount } : {}),
        }),
    Networks: networks(runner, info, version),
  };
}

/** The task of `/v4/<id>/task` and its older forms. */
export async function taskDocument(
  runner: TaskRunner,
  version: MetadataVersion,
  availabilityZone: string | undefined,
): Promise<Json> {
  const { payload, state, parts } = runner;
  const zone = payload.longshore?.availabilityZone ?? availabilityZone;
  const known = state.containers.filter((container) => container.dockerId !== undefined);
  const limits = {
    ...((payload.cpu ?? 0) > 0 ? { CPU: payload.cpu } : {}),
    ...((payload.memory ?? 0) > 0 ? { Memory: payload.memory } : {}),
  };
  return {
    Cluster: payload.taskClusterArn || parts.place.cluster,
    TaskARN: payload.arn,
    Family: payload.family,
    Revision: payload.version,
    DesiredStatus: state.desired,
    KnownStatus: state.known,
    ...(Object.keys(limits).length === 0 ? {} : { Limits: limits }),
    ...stamp('PullStartedAt', state.pullStartedAtMs),
    ...stamp('PullStoppedAt', state.pullStoppedAtMs),
    ...stamp('ExecutionStoppedAt', state.executionStoppedAtMs),
    ...(zone === undefined ? {} : { AvailabilityZone: zone }),
    ...(version === 3 ? {} : { LaunchType: payload.launchType ?? parts.place.launchKind }),
    Containers: await Promise.all(known.map((container) => containerDocument(runner, container.name, version))),
    ...(version < 4
      ? {}
      : {
          ...(payload.longshore?.vpcId === undefined ? {} : { VPCID: payload.longshore.vpcId }),
          ...(payload.serviceName === undefined ? {} : { ServiceName: payload.serviceName }),
          ...(payload.group === undefined ? {} : { Group: payload.group }),
          FaultInjectionEnabled: false,
        }),
  };
}

function ports(info: ContainerInfo | undefined, version: MetadataVersion): Json {
  if (info === undefined || info.ports.length === 0) return {};
  const Ports = info.ports.map(({ containerPort, protocol, hostPort, hostIp }) => ({
    ContainerPort: containerPort,
    Protocol: protocol,
    HostPort: hostPort,
    ...(version < 4 ? {} : { HostIp: hostIp }),
  }));
  return { Ports };
}

function networks(runner: TaskRunner, info: ContainerInfo | undefined, version: MetadataVersion): readonly Json[] {
  const { networkMode, elasticNetworkInterfaces } = runner.payload;
  const eni = elasticNetworkInterfaces?.[0];
  if (networkMode !== 'awsvpc' || eni === undefined)
    return [{ NetworkMode: networkMode, IPv4Addresses: info?.addresses ?? [] }];
  const [gateway = '', prefix = ''] = eni.subnetGatewayIpv4Address.split('/');
  return [
    {
      NetworkMode: 'awsvpc',
      IPv4Addresses: [primaryAddress(eni)],
      ...(version < 4
        ? {}
        : {
            AttachmentIndex: eni.index ?? 0,
            MACAddress: eni.macAddress,
            IPv4SubnetCIDRBlock: subnet(gateway, Number(prefix)),
            ...((eni.domainNameServers ?? []).length === 0 ? {} : { DomainNameServers: eni.domainNameServers }),
            ...((eni.domainName ?? []).length === 0 ? {} : { DomainNameSearchList: eni.domainName }),
            ...(eni.privateDnsName === undefined ? {} : { PrivateDNSName: eni.privateDnsName }),
            SubnetGatewayIpv4Address: eni.subnetGatewayIpv4Address,
          }),
    },
  ];
}

/** `172.31.16.1`, 20 → `172.31.16.0/20` */
function subnet(address: string, prefix: number): string {
  const bits = address.split('.').reduce((total, part) => total * 256 + Number(part), 0);
  const size = 2 ** (32 - prefix);
  const first = Math.floor(bits / size) * size;
  const parts = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256);
  return `${parts.join('.')}/${prefix}`;
}

function health(state: ContainerState): Json {
  if (state.health === undefined) return {};
  const { status, sinceMs, exitCode, output } = state.health;
  return {
    Health: {
      status,
      statusSince: new Date(sinceMs).toISOString(),
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(output === undefined ? {} : { output }),
    },
  };
}

function volumes(info: ContainerInfo | undefined): Json {
  if (info === undefined || info.mounts.length === 0) return {};
  const Volumes = info.mounts.map(({ name, source, destination }) => ({
    ...(name === undefined ? {} : { DockerName: name }),
    Source: source,
    Destination: destination,
  }));
  return { Volumes };
}

function time(name: string, text: string | undefined): Json {
  return timeOf(text) === undefined ? {} : { [name]: text };
}

function stamp(name: string, ms: number | undefined): Json {
  return ms === undefined ? {} : { [name]: new Date(ms).toISOString() };
}
