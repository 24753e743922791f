import type { EngineNetwork, EngineNetworkSpec } from '../index.ts';
import { EngineRefused } from '../index.ts';
import type { EngineApi } from './engine-api.ts';
import { callTimeoutMs } from './limits.ts';
import type { NetworkReply } from './wire-types.ts';

const timeoutMs = callTimeoutMs.network;

export async function createNetwork(api: EngineApi, spec: EngineNetworkSpec): Promise<void> {
  const body = {
    Name: spec.name,
    CheckDuplicate: true,
    Driver: 'bridge',
    Internal: spec.internal,
    IPAM: { Config: [{ Subnet: spec.subnet, Gateway: spec.gateway }] },
    Options: { 'com.docker.network.bridge.name': spec.device },
    Labels: spec.labels,
  };
  await api.call({ method: 'POST', path: '/networks/create', body, timeoutMs }, [409]);
}

export async function listNetworks(
  api: EngineApi,
  labels: Readonly<Record<string, string>>,
): Promise<readonly EngineNetwork[]> {
  const label = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const query = { filters: JSON.stringify({ label }) };
  const reply = await api.call({ method: 'GET', path: '/networks', query, timeoutMs });
  return (JSON.parse(reply.body) as readonly NetworkReply[]).map(({ Name, Labels }) => ({
    name: Name,
    labels: Labels ?? {},
  }));
}

/** The engine has several ways to say that it is not in it; whether it still is decides. */
export async function disconnect(api: EngineApi, network: string, container: string): Promise<void> {
  const body = { Container: container, Force: true };
  try {
    await api.call({ method: 'POST', path: networkPath(network, '/disconnect'), body, timeoutMs }, [404]);
  } catch (thrown) {
    if (!(thrown instanceof EngineRefused) || (await members(api, network)).includes(container)) throw thrown;
  }
}

export async function removeNetwork(api: EngineApi, name: string): Promise<boolean> {
  const { status } = await api.call({ method: 'DELETE', path: networkPath(name), timeoutMs }, [403, 404, 409]);
  return status !== 403 && status !== 409;
}

/** Ids of the running containers in a network. */
async function members(api: EngineApi, network: string): Promise<readonly string[]> {
  const reply = await api.find<{ readonly Containers?: Readonly<Record<string, unknown>> | null }>({
    method: 'GET',
    path: networkPath(network),
    timeoutMs,
  });
  return Object.keys(reply?.Containers ?? {});
}

function networkPath(name: string, rest = ''): string {
  return `/networks/${encodeURIComponent(name)}${rest}`;
}
