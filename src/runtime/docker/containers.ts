import { InvalidArgument } from '../../kernel/index.ts';
import type { Log } from '../../kernel/index.ts';
import { EngineRefused } from '../index.ts';
import type { ContainerInfo, ContainerSpec, ContainerSummary, DockerConfig } from '../index.ts';
import { containerInfo, containerSummary } from './container-info.ts';
import type { EngineApi } from './engine-api.ts';
import { callTimeoutMs } from './limits.ts';
import { compareVersions } from './versions.ts';
import type { InspectReply, ListEntry } from './wire-types.ts';

/** @throws InvalidArgument for what cannot be a container's id or name, and would be another path of the API */
export function containerPath(container: string, rest = ''): string {
  if (!/^\w[\w.-]*$/.test(container)) throw new InvalidArgument(`"${container}" is not a container's id or name`);
  return `/containers/${container}${rest}`;
}

export async function create(
  api: EngineApi,
  spec: ContainerSpec,
  options: { readonly log: Log; readonly timeoutMs: number },
): Promise<string> {
  const { log, timeoutMs } = options;
  const { apiVersion } = await api.version();
  const body = macWhereExpected(spec.config, apiVersion);
  const call = { method: 'POST', path: '/containers/create', query: { name: spec.name }, body } as const;
  const taken = async (): Promise<boolean> => (await inspect(api, spec.name)) !== undefined;
  const reply = await conflictsTold(api, taken, () => api.call({ ...call, timeoutMs }));
  const { Id, Warnings } = JSON.parse(reply.body) as { Id: string; Warnings?: readonly string[] | null };
  for (const warning of Warnings ?? []) log.warn('engine warned at create', { container: spec.name, warning });
  return Id;
}

/** From this version on a MAC address belongs to the endpoint; the container's own is refused or ignored. */
const macOfEndpointSince = '1.44';

/** Moves `MacAddress` to the endpoint of the container's network, where the engine wants it there. */
export function macWhereExpected(config: DockerConfig, apiVersion: string): DockerConfig {
  const { MacAddress, ...rest } = config;
  const network = config.HostConfig?.['NetworkMode'];
  if (MacAddress === undefined || typeof network !== 'string') return config;
  if (compareVersions(apiVersion, macOfEndpointSince) < 0) return config;
  const endpoints = (config.NetworkingConfig?.['EndpointsConfig'] ?? {}) as Readonly<Record<string, object>>;
  const EndpointsConfig = { ...endpoints, [network]: { ...endpoints[network], MacAddress } };
  return { ...(rest as DockerConfig), NetworkingConfig: { ...config.NetworkingConfig, EndpointsConfig } };
}

/** 304 means that it runs already. */
export async function start(api: EngineApi, container: string, timeoutMs: number): Promise<void> {
  await api.call({ method: 'POST', path: containerPath(container, '/start'), timeoutMs });
}

/** 304 means that it has ended already. */
export async function stop(api: EngineApi, container: string, timeoutSeconds: number): Promise<void> {
  const query = { t: String(Math.max(0, Math.round(timeoutSeconds))) };
  const timeoutMs = timeoutSeconds * 1000 + callTimeoutMs.stopGrace;
  await api.call({ method: 'POST', path: containerPath(container, '/stop'), query, timeoutMs });
}

export async function kill(api: EngineApi, container: string, signal: string): Promise<void> {
  const call = { method: 'POST', path: containerPath(container, '/kill'), query: { signal } } as const;
  const ended = async (): Promise<boolean> => (await inspect(api, container))?.pid === 0;
  await conflictsTold(api, ended, () => api.call({ ...call, timeoutMs: callTimeoutMs.inspect }));
}

/** Older Podman says 500 where Docker says 409: looks whether there is a conflict, and then says 409 with the engine's own words. */
async function conflictsTold<T>(
  api: EngineApi,
  isConflict: () => Promise<boolean>,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    const unclear = thrown instanceof EngineRefused && thrown.status === 500;
    if (!unclear || (await api.version()).kind !== 'podman' || !(await isConflict())) throw thrown;
    throw new EngineRefused(409, thrown.message);
  }
}

export async function remove(api: EngineApi, container: string): Promise<void> {
  const query = { force: '1', v: '1' };
  const timeoutMs = callTimeoutMs.remove;
  const reply = await api.call({ method: 'DELETE', path: containerPath(container), query, timeoutMs }, [404, 409]);
  if (reply.status !== 409) return;
  // Somebody else is removing it: gone is gone, whoever did it.
  const wait = { method: 'POST', path: containerPath(container, '/wait'), query: { condition: 'removed' } } as const;
  await api.call({ ...wait, timeoutMs }, [404]);
}

export async function inspect(api: EngineApi, container: string): Promise<ContainerInfo | undefined> {
  const path = containerPath(container, '/json');
  const reply = await api.find<InspectReply>({ method: 'GET', path, timeoutMs: callTimeoutMs.inspect });
  return reply === undefined ? undefined : containerInfo(reply);
}

export async function list(
  api: EngineApi,
  labels: Readonly<Record<string, string>>,
): Promise<readonly ContainerSummary[]> {
  const label = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const query = { all: '1', filters: JSON.stringify({ label }) };
  const reply = await api.call({ method: 'GET', path: '/containers/json', query, timeoutMs: callTimeoutMs.list });
  return (JSON.parse(reply.body) as readonly ListEntry[]).map(containerSummary);
}
