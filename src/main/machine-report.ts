import { silentLog } from '../kernel/index.ts';
import { openLinuxNetwork } from '../network/linux/index.ts';
import { DockerRuntime } from '../runtime/docker/index.ts';

/** What an engine calls itself, such as `docker 20.10.24 (API 1.41)`. @throws when it does not answer */
export async function engineVersion(address: string): Promise<string> {
  const runtime = new DockerRuntime({ address, log: silentLog });
  try {
    const { kind, version, apiVersion } = await runtime.info();
    return `${kind} ${version} (API ${apiVersion})`;
  } finally {
    runtime.close();
  }
}

/** Whether this machine can wire task networks, found out by trying, and what is then not enforced. */
export async function networkReport(): Promise<{ readonly awsvpc: boolean; readonly limitations: readonly string[] }> {
  return (await openLinuxNetwork({ owner: 'doctor', log: silentLog })).capabilities;
}
