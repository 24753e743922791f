import type { PayloadContainer, PayloadSecret, PayloadTask, PayloadVolume } from '../../agent-protocol/index.ts';
import { dependenciesResolve } from './dependencies.ts';
import { cannotResolve, notInitialized, unrecognizedTask } from './failure-texts.ts';

/** A task as it can be run, or the reason why it is reported STOPPED without being tried. */
export type ReadResult =
  | { readonly kind: 'task'; readonly task: PayloadTask }
  /** The payload could not be understood: it is not acknowledged. */
  | { readonly kind: 'unreadable'; readonly arn: string; readonly reason: string }
  /** Understood, and impossible. */
  | { readonly kind: 'refused'; readonly arn: string; readonly reason: string };

class Unreadable extends Error {}

type Json = Readonly<Record<string, unknown>>;

const volumeTypes = ['host', 'docker', 'efs', 'attachment'] as const;

/** Fields of the protocol that this agent has no machinery for: a task that uses one is refused, not run without it. */
const unsupportedOfContainer = ['firelensConfiguration', 'managedAgents', 'credentialSpecs'];
const unsupportedOfTask = ['proxyConfiguration', 'associations'];

/** Reads one task of a PayloadMessage; absent and null lists become empty ones. */
export function readPayloadTask(value: unknown): ReadResult {
  const raw = isObject(value) ? value : {};
  const arn = typeof raw['arn'] === 'string' ? raw['arn'] : '';
  try {
    if (arn === '') throw new Unreadable('task has no arn');
    const task = readTask(raw, arn);
    if (task.desiredStatus === 'STOPPED') return { kind: 'task', task };
    const missing = missingLink(task);
    if (missing !== undefined)
      return { kind: 'refused', arn, reason: notInitialized(arn, `could not find container for link ${missing}`) };
    if (!dependenciesResolve(task)) return { kind: 'refused', arn, reason: cannotResolve(arn) };
    return { kind: 'task', task };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { kind: 'unreadable', arn, reason: unrecognizedTask(error.message) };
  }
}

function readTask(raw: Json, arn: string): PayloadTask {
  const desired = raw['desiredStatus'];
  if (desired !== 'RUNNING' && desired !== 'STOPPED') throw new Unreadable(`unknown desiredStatus "${show(desired)}"`);
  if (desired === 'RUNNING') {
    refuse(raw, unsupportedOfTask, 'task');
    checkAttachments(raw);
  }
  const mode = raw['networkMode'] ?? '';
  if (!['', 'bridge', 'host', 'none', 'awsvpc'].includes(show(mode)))
    throw new Unreadable(`unknown networkMode "${show(mode)}"`);
  const containers = list(raw['containers']).map((container) => readContainer(container, desired));
  if (desired === 'RUNNING' && containers.length === 0) throw new Unreadable('task has no containers');
  if (new Set(containers.map((container) => container.name)).size !== containers.length)
    throw new Unreadable('two containers have the same name');
  if (desired === 'RUNNING' && mode === 'awsvpc') checkInterface(raw);
  return {
    ...(drop(raw) as unknown as PayloadTask),
    arn,
    ...(raw['cpu'] === undefined || raw['cpu'] === null ? {} : { cpu: amount(raw['cpu'], 'cpu') }),
    ...(raw['memory'] === undefined || raw['memory'] === null ? {} : { memory: amount(raw['memory'], 'memory') }),
    family: show(raw['family']),
    version: show(raw['version']),
    networkMode: (mode === '' ? 'bridge' : mode) as PayloadTask['networkMode'],
    containers,
    volumes: list(raw['volumes']).map((volume) => readVolume(volume, desired)),
  };
}

/** EBS volumes only, and each with what the control plane says of its data: no device comes to this machine by itself. */
function checkAttachments(raw: Json): void {
  const { ebsVolumes } = isObject(raw['longshore']) ? raw['longshore'] : {};
  for (const { attachmentArn, attachmentType, attachmentProperties } of list(raw['attachments'])) {
    if (attachmentType !== 'amazonebs')
      throw new Unreadable(`an attachment of type "${show(attachmentType)}" is not implemented by Longshore's agent`);
    const name = show(list(attachmentProperties).find((property) => property['name'] === 'volumeName')?.['value']);
    if (typeof attachmentArn !== 'string' || !isObject(ebsVolumes) || !isObject(ebsVolumes[name]))
      throw new Unreadable(`the EBS volume "${name}" of the task is incomplete`);
  }
  for (const { type, name } of list(raw['volumes']))
    if (type === 'attachment' && !(isObject(ebsVolumes) && isObject(ebsVolumes[show(name)])))
      throw new Unreadable(`the volume "${show(name)}" has no attachment`);
}

/** An awsvpc task comes with exactly one interface, with an IPv4 address and a gateway `address/prefix`. */
function checkInterface(raw: Json): void {
  const [eni, ...more] = list(raw['elasticNetworkInterfaces']);
  if (eni === undefined || more.length > 0) throw new Unreadable('a task in awsvpc mode needs one network interface');
  const [address] = list(eni['ipv4Addresses']);
  const complete = ['attachmentArn', 'ec2Id', 'macAddress'].every((field) => typeof eni[field] === 'string');
  const gateway = show(eni['subnetGatewayIpv4Address']);
  if (!complete || typeof address?.['privateAddress'] !== 'string' || !/^[\d.]+\/\d+$/.test(gateway))
    throw new Unreadable('the network interface of the task is incomplete');
}

function readContainer(raw: Json, desired: string): PayloadContainer {
  const name = raw['name'];
  if (typeof name !== 'string' || name === '') throw new Unreadable('container has no name');
  if (desired === 'RUNNING') refuse(raw, unsupportedOfContainer, `container '${name}'`);
  const portMappings = list(raw['portMappings']).map((mapping): PayloadContainer['portMappings'][number] => {
    const protocol = show(mapping['protocol'] ?? 'tcp');
    if (protocol !== 'tcp' && protocol !== 'udp')
      throw new Unreadable(`TransportProtocol must be "tcp" or "udp"; Got "${protocol}"`);
    return { ...drop(mapping), protocol };
  });
  const docker = isObject(raw['dockerConfig']) ? raw['dockerConfig'] : {};
  const command = overriddenCommand(show(raw['overrides']));
  return {
    ...(drop(raw) as unknown as PayloadContainer),
    command: command ?? texts(raw['command']),
    entryPoint: texts(raw['entryPoint']),
    links: texts(raw['links']),
    dependsOn: list(raw['dependsOn']) as unknown as NonNullable<PayloadContainer['dependsOn']>,
    image: show(raw['image']),
    cpu: amount(raw['cpu'], 'cpu'),
    memory: amount(raw['memory'], 'memory'),
    essential: raw['essential'] === true,
    environment: environment(raw['environment']),
    overrides: show(raw['overrides']),
    portMappings,
    mountPoints: list(raw['mountPoints']) as unknown as PayloadContainer['mountPoints'],
    volumesFrom: list(raw['volumesFrom']) as unknown as PayloadContainer['volumesFrom'],
    ...(raw['secrets'] === undefined || raw['secrets'] === null
      ? {}
      : { secrets: list(raw['secrets']).map(readSecret) }),
    ...(isSet(raw['environmentFiles'])
      ? { environmentFiles: list(raw['environmentFiles']).map(readEnvironmentFile) }
      : {}),
    ...readRegistryAuthentication(raw['registryAuthentication'], name, desired),
    dockerConfig: {
      config: readJsonText(docker['config'], name),
      hostConfig: readJsonText(docker['hostConfig'], name),
    },
  };
}

function readSecret(raw: Json): PayloadSecret {
  const { name, valueFrom, region, provider } = raw;
  const { type = 'ENVIRONMENT_VARIABLE', target = 'CONTAINER' } = raw;
  if (typeof name !== 'string' || typeof valueFrom !== 'string' || typeof region !== 'string')
    throw new Unreadable('a secret needs a name, valueFrom and region');
  if (provider !== 'asm' && provider !== 'ssm') throw new Unreadable(`unknown secret provider "${show(provider)}"`);
  if (type !== 'ENVIRONMENT_VARIABLE' && type !== 'BOOTSTRAP')
    throw new Unreadable(`secret type "${show(type)}" is not implemented by Longshore's agent`);
  if (target !== 'CONTAINER' && target !== 'LOG_DRIVER')
    throw new Unreadable(`unknown secret target "${show(target)}"`);
  return { name, valueFrom, region, provider, type, target };
}

function readEnvironmentFile({ value, type }: Json): { readonly value: string; readonly type: 's3' } {
  if (typeof value !== 'string' || type !== 's3')
    throw new Unreadable(`an environment file of type "${show(type)}" is not implemented by Longshore's agent`);
  return { value, type };
}

/** ECR's passes as it is; else only a secret of Secrets Manager is honoured. */
function readRegistryAuthentication(
  value: unknown,
  container: string,
  desired: string,
): Pick<PayloadContainer, 'registryAuthentication'> {
  if (!isSet(value) || (isObject(value) && value['type'] === 'ecr')) return {};
  const data = isObject(value) && isObject(value['asmAuthData']) ? value['asmAuthData'] : {};
  const { credentialsParameter, region } = data;
  if (typeof credentialsParameter === 'string' && typeof region === 'string')
    return { registryAuthentication: { type: 'asm', asmAuthData: { credentialsParameter, region } } };
  if (desired === 'STOPPED') return {};
  const type = isObject(value) ? show(value['type']) : show(value);
  throw new Unreadable(
    `registryAuthentication of type '${type}' of container '${container}' is not implemented by Longshore's agent`,
  );
}

function readVolume(raw: Json, desired: string): PayloadVolume {
  const type = volumeTypes.find((one) => one === (raw['type'] ?? 'host'));
  if (desired === 'RUNNING' && type === undefined)
    throw new Unreadable(`volume type "${show(raw['type'])}" is not implemented by Longshore's agent`);
  return { ...(drop(raw) as unknown as PayloadVolume), type: type ?? 'host' };
}

/** The only override that travels this way is the command; any other key makes the task unreadable, as with Amazon's agent. */
function overriddenCommand(text: string): readonly string[] | undefined {
  if (text === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Unreadable('Could not unmarshal ContainerOverrides in any supported way');
  }
  if (value === null) return undefined;
  if (!isObject(value)) throw new Unreadable('Could not unmarshal ContainerOverrides in any supported way');
  const unknown = Object.keys(value).find((key) => key !== 'command');
  if (unknown !== undefined)
    throw new Unreadable(`Error unmarshalling ContainerOverrides: Unrecognized key: ${unknown}`);
  const { command } = value as { command?: unknown };
  return command === undefined || command === null ? undefined : texts(command);
}

function readJsonText(value: unknown, container: string): string {
  const text = typeof value === 'string' && value !== '' ? value : '{}';
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return text;
  } catch {
    // reported below, together with texts that are no objects
  }
  throw new Unreadable(`dockerConfig of container '${container}' is not a JSON object`);
}

function missingLink(task: PayloadTask): string | undefined {
  const names = new Set(task.containers.map((container) => container.name));
  return task.containers
    .flatMap((container) => container.links ?? [])
    .find((link) => !names.has(link.split(':')[0] ?? ''));
}

function refuse(raw: Json, fields: readonly string[], owner: string): void {
  const used = fields.find((field) => isSet(raw[field]));
  if (used !== undefined) throw new Unreadable(`${used} of ${owner} is not implemented by Longshore's agent`);
}

function isSet(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return false;
  return Array.isArray(value) ? value.length > 0 : true;
}

function list(value: unknown): readonly Json[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new Unreadable('a list was expected');
  if (!value.every(isObject)) throw new Unreadable('a list of objects was expected');
  return value;
}

function texts(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string'))
    throw new Unreadable('a list of texts was expected');
  return value;
}

function amount(value: unknown, name: string): number {
  const number = typeof value === 'string' || typeof value === 'number' ? Number(value) : value == null ? 0 : NaN;
  if (!Number.isFinite(number) || number < 0) throw new Unreadable(`${name} is not an amount: ${show(value)}`);
  return number;
}

function environment(value: unknown): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw new Unreadable('environment is not a map');
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, show(one)]));
}

/** Any JSON value as text; absent is empty. */
function show(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Absent and null mean the same on this wire; inside they are absent. */
function drop(raw: Json): Json {
  return Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== null));
}
