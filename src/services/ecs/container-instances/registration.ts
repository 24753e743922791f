import type { RegisterContainerInstanceRequest, Resource, VersionInfo } from '../../../protocol/generated/ecs.ts';
import { invalidParameter } from '../errors.ts';
import { checkedTags } from '../attributes-and-tags/tags.ts';
import type { ContainerInstanceRecord, Resources } from '../records/container-instance.ts';
import { platformAccount, type Scope } from '../records/scope.ts';

type InstanceAttribute = ContainerInstanceRecord['attributes'][number];

const zoneAttribute = 'ecs.availability-zone';
const externalAttribute = 'ecs.capability.external';
/** An IPv4 address, also as a socket that speaks both versions shows it. */
const mapped = /^::ffff:/i;
const ipv4 = /^(?:::ffff:)?\d{1,3}(?:\.\d{1,3}){3}$/i;

/** What the agent's request says of the machine, checked. */
export interface Registration {
  readonly launchType: ContainerInstanceRecord['launchType'];
  readonly registered: Resources;
  readonly attributes: readonly InstanceAttribute[];
  readonly ec2InstanceId?: string;
  /** IPv4 address the request came from. */
  readonly address?: string;
  readonly versions: Pick<ContainerInstanceRecord, 'agentVersion' | 'agentHash' | 'dockerVersion'>;
}

/** @throws InvalidParameterException for resources that are missing or no amounts */
export function readRegistration(
  request: RegisterContainerInstanceRequest,
  scope: Scope,
  from: { readonly sourceIp: string; readonly managedNode: string | undefined },
): Registration {
  const { sourceIp, managedNode } = from;
  const attributes = (request.attributes ?? []).map(({ name, value }) =>
    value === undefined ? { name } : { name, value },
  );
  const external = managedNode !== undefined || attributes.some(({ name }) => name === externalAttribute);
  const identity = readIdentity(request.instanceIdentityDocument);
  const zone =
    attributes.find(({ name }) => name === zoneAttribute)?.value ?? identity.availabilityZone ?? `${scope.region}a`;
  const added: InstanceAttribute[] = [
    { name: zoneAttribute, value: zone },
    ...(identity.instanceType === undefined ? [] : [{ name: 'ecs.instance-type', value: identity.instanceType }]),
    ...(identity.imageId === undefined ? [] : [{ name: 'ecs.ami-id', value: identity.imageId }]),
  ];
  const instanceId = managedNode ?? identity.instanceId;
  return {
    launchType: scope.account === platformAccount ? 'FARGATE' : external ? 'EXTERNAL' : 'EC2',
    registered: readResources(request.totalResources ?? []),
    attributes: merged(attributes, added),
    ...(instanceId === undefined ? {} : { ec2InstanceId: instanceId }),
    ...(ipv4.test(sourceIp) ? { address: sourceIp.replace(mapped, '') } : {}),
    versions: readVersions(request.versionInfo),
  };
}

/** The identity a machine keeps over a new registration: its custom attributes and tags are not sent again by the agent. */
export function reRegistered(known: ContainerInstanceRecord, told: Registration): ContainerInstanceRecord {
  const custom = known.attributes.filter(({ name }) => !/^(?:ecs\.|com\.amazonaws\.ecs\.)/.test(name));
  return {
    ...known,
    ...(told.address === undefined ? {} : { address: told.address }),
    ...told.versions,
    registered: told.registered,
    attributes: merged(told.attributes, custom),
    version: known.version + 1,
  };
}

export function newInstance(
  request: RegisterContainerInstanceRequest,
  told: Registration,
  at: { readonly scope: Scope; readonly cluster: string; readonly id: string; readonly nowMs: number },
): ContainerInstanceRecord {
  const prefix = told.launchType === 'EXTERNAL' ? 'mi-' : 'i-';
  return {
    ...at.scope,
    cluster: at.cluster,
    id: at.id,
    ec2InstanceId: told.ec2InstanceId ?? `${prefix}0${at.id.slice(0, 16)}`,
    launchType: told.launchType,
    status: 'ACTIVE',
    registered: told.registered,
    attributes: told.attributes,
    registeredAtMs: at.nowMs,
    version: 1,
    sequenceFloor: 0,
    ...(told.address === undefined ? {} : { address: told.address }),
    ...told.versions,
    tags: checkedTags(request.tags),
  };
}

/** What the agent leaves out it says when it connects. */
function readVersions({ agentVersion, agentHash, dockerVersion }: VersionInfo = {}): Registration['versions'] {
  return {
    ...(agentVersion === undefined ? {} : { agentVersion }),
    ...(agentHash === undefined ? {} : { agentHash }),
    ...(dockerVersion === undefined ? {} : { dockerVersion }),
  };
}

function merged(
  first: readonly InstanceAttribute[],
  second: readonly InstanceAttribute[],
): readonly InstanceAttribute[] {
  const names = new Set(first.map(({ name }) => name));
  return [...first, ...second.filter(({ name }) => !names.has(name))];
}

interface Identity {
  readonly instanceId?: string;
  readonly instanceType?: string;
  readonly imageId?: string;
  readonly availabilityZone?: string;
}

/** EC2's identity document, where the agent has one. Its signature proves nothing here: the request's own does. */
function readIdentity(document: string | undefined): Identity {
  if (document === undefined || document === '') return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(document);
  } catch {
    throw invalidParameter('The instance identity document is not JSON.');
  }
  if (typeof parsed !== 'object' || parsed === null)
    throw invalidParameter('The instance identity document is not an object.');
  const texts = Object.entries(parsed).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return Object.fromEntries(
    texts.filter(([name]) => ['instanceId', 'instanceType', 'imageId', 'availabilityZone'].includes(name)),
  );
}

function readResources(given: readonly Resource[]): Resources {
  return {
    cpuUnits: amount(given, 'CPU'),
    memoryMiB: amount(given, 'MEMORY'),
    tcpPorts: portSet(given, 'PORTS'),
    udpPorts: portSet(given, 'PORTS_UDP'),
  };
}

function amount(given: readonly Resource[], name: string): number {
  const value = given.find((one) => one.name === name)?.integerValue;
  if (value === undefined || value < 0)
    throw invalidParameter(`totalResources must hold ${name} with an integerValue of 0 or more.`);
  return value;
}

function portSet(given: readonly Resource[], name: string): readonly number[] {
  const texts = given.find((one) => one.name === name)?.stringSetValue ?? [];
  return texts.map((text) => {
    const port = Number(text);
    if (!Number.isInteger(port) || port < 0 || port > 65_535)
      throw invalidParameter(`'${text}' in ${name} is not a port.`);
    return port;
  });
}
