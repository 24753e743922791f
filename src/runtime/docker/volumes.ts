import type { VolumeSpec } from '../index.ts';
import type { EngineApi } from './engine-api.ts';
import { callTimeoutMs } from './limits.ts';
import type { VolumeReply } from './wire-types.ts';

const timeoutMs = callTimeoutMs.volume;

export async function createVolume(api: EngineApi, spec: VolumeSpec): Promise<void> {
  const body = {
    Name: spec.name,
    Driver: spec.driver ?? 'local',
    DriverOpts: spec.driverOptions ?? {},
    Labels: spec.labels ?? {},
  };
  await api.call({ method: 'POST', path: '/volumes/create', body, timeoutMs });
}

export async function inspectVolume(
  api: EngineApi,
  name: string,
): Promise<{ readonly name: string; readonly driver: string; readonly mountpoint: string } | undefined> {
  const path = `/volumes/${encodeURIComponent(name)}`;
  const reply = await api.find<VolumeReply>({ method: 'GET', path, timeoutMs });
  return reply && { name: reply.Name, driver: reply.Driver, mountpoint: reply.Mountpoint };
}

export async function removeVolume(api: EngineApi, name: string): Promise<void> {
  await api.call({ method: 'DELETE', path: `/volumes/${encodeURIComponent(name)}`, timeoutMs }, [404]);
}
