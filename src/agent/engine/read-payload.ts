import type { PayloadContainer, PayloadTask, PayloadVolume } from '../../agent-protocol/index.ts';
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

/** Fields of the protocol that this agent has no machinery for: a task that uses one is refused, not run without it. */
const unsupportedOfContainer = [
  'secrets',
  'environmentFiles',
  'registryAuthentication',
  'firelensConfiguration',
  'managedAgents',
  'credentialSpecs',
];
const unsupportedOfTask = ['proxyConfiguration', 'associations', 'attachments'];

/** Reads one task of a PayloadMessage; absent and null lists become empty ones. */
export function readPayloadTask(value: unknown): ReadResult {
  const raw = (typeof value === 'object' && value !== null ? value : {}) as Json;
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
  if (desired !== 'RUNNING' && desired !== 'STOPPED') throw new Unreadable(`unknown desiredStatus "${String(desired)}"`);
  if (desired === 'RUNNING') refuse(raw, unsupportedOfTask, 'task');
  const mode = raw['networkMode'] ?? '';
  if (!['', 'bridge', 'host', 'none', 'awsvpc'].includes(String(mode)))
    throw new Unreadable(`unknown networkMode "${String(mode)}"`);
  const containers = list(raw['containers']).map((container) => readContainer(container, desired));
  if (desired === 'RUNNING' && containers.length === 0) throw new Unreadable('task has no containers');
  if (new Set(containers.map((container) => container.name)).size !== containers.length)
    throw new Unreadable('two containers have the same name');
  return {
    ...(drop(raw) as unknown as PayloadTask),
    arn,
    family: String(raw['family'] ?? ''),
    version: String(raw['version'] ?? ''),
    networkMode: (mode === '' ? 'bridge' : mode) as PayloadTask['networkMode'],
    containers,
    volumes: list(raw['volumes']).map((volume) => readVolume(volume, desired)),
  };
}

function readContainer(raw: Json, desired: string): PayloadContainer {
  const name = raw['name'];
  if (typeof name !== 'string' || name === '') throw new Unreadable('container has no name');
  if (desired === 'RUNNING') refuse(raw, unsupportedOfContainer, `container '${name}'`);
  const portMappings = list(raw['portMappings']).map((mapping): PayloadContainer['portMappings'][number] => {
    const protocol = String(mapping['protocol'] ?? 'tcp');
    if (protocol !== 'tcp' && protocol !== 'udp')
      throw new Unreadable(`TransportProtocol must be "tcp" or "udp"; Got "${protocol}"`);
    if (isSet(mapping['containerPortRange']) && desired === 'RUNNING')
      throw new Unreadable(`containerPortRange of container '${name}' is not implemented by Longshore's agent`);
    return { ...drop(mapping), protocol };
  });
  const docker = (raw['dockerConfig'] ?? {}) as Json;
  const command = overriddenCommand(String(raw['overrides'] ?? ''));
  return {
    ...(drop(raw) as unknown as PayloadContainer),
    ...(command === undefined ? {} : { command }),
    image: String(raw['image'] ?? ''),
    cpu: Number(raw['cpu'] ?? 0),
    memory: Number(raw['memory'] ?? 0),
    essential: raw['essential'] === true,
    environment: (raw['environment'] ?? {}) as Readonly<Record<string, string>>,
    overrides: String(raw['overrides'] ?? ''),
    portMappings,
    mountPoints: list(raw['mountPoints']) as unknown as PayloadContainer['mountPoints'],
    volumesFrom: list(raw['volumesFrom']) as unknown as PayloadContainer['volumesFrom'],
    dockerConfig: { config: readJsonText(docker['config'], name), hostConfig: readJsonText(docker['hostConfig'], name) },
  };
}

function readVolume(raw: Json, desired: string): PayloadVolume {
  const type = raw['type'] ?? 'host';
  if (desired === 'RUNNING' && type !== 'host' && type !== 'docker')
    throw new Unreadable(`volume type "${String(type)}" is not implemented by Longshore's agent`);
  return { ...(drop(raw) as unknown as PayloadVolume), type: type === 'docker' ? 'docker' : 'host' };
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
  const unknown = Object.keys(value as object).find((key) => key !== 'command');
  if (unknown !== undefined) throw new Unreadable(`Error unmarshalling ContainerOverrides: Unrecognized key: ${unknown}`);
  return (value as { command?: readonly string[] | null }).command ?? undefined;
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
  return task.containers.flatMap((container) => container.links ?? []).find((link) => !names.has(link.split(':')[0] ?? ''));
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
  return value as Json[];
}

/** Absent and null mean the same on this wire; inside they are absent. */
function drop(raw: Json): Json {
  return Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== null));
}
