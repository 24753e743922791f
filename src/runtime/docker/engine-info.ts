import type { EngineInfo } from '../index.ts';
import type { EngineApi } from './engine-api.ts';
import { callTimeoutMs } from './limits.ts';
import type { InfoReply } from './wire-types.ts';

/** What `uname -m` calls the architectures that image names know by another name. */
const architectures: ReadonlyMap<string, string> = new Map([
  ['x86_64', 'amd64'],
  ['aarch64', 'arm64'],
]);

export async function engineInfo(api: EngineApi): Promise<EngineInfo> {
  const { kind, version, apiVersion } = await api.version();
  const reply = await api.call({ method: 'GET', path: '/info', timeoutMs: callTimeoutMs.version });
  const info = JSON.parse(reply.body) as InfoReply;
  return {
    kind,
    version,
    apiVersion,
    cpus: info.NCPU,
    memoryBytes: info.MemTotal,
    architecture: architectures.get(info.Architecture) ?? info.Architecture,
    cgroupDriver: info.CgroupDriver === 'systemd' || info.CgroupDriver === 'cgroupfs' ? info.CgroupDriver : 'none',
    cgroupVersion: info.CgroupVersion === '2' ? 2 : 1,
    logDrivers: info.Plugins?.Log ?? [],
    volumeDrivers: info.Plugins?.Volume ?? [],
    dataRoot: info.DockerRootDir,
  };
}
