import { silentLog } from '../kernel/index.ts';
import { DockerRuntime } from '../runtime/docker/index.ts';
import { openTaskNetwork, taskPorts, type OpenedTaskNetwork } from './task-network.ts';

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

export interface NetworkReport {
  readonly kind: OpenedTaskNetwork['kind'];
  /** What is then not enforced or not there, in sentences. */
  readonly limitations: readonly string[];
}

/** What task networks this machine can have, found out by trying, with the engine at an address. */
export async function networkReport(engine: string, apiPort: number): Promise<NetworkReport> {
  const runtime = new DockerRuntime({ address: engine, log: silentLog });
  try {
    const { network, kind } = await openTaskNetwork({ owner: `doctor-${process.pid}`, runtime, log: silentLog });
    const { limitation } = await taskPorts(apiPort);
    // Trying has made what all agents share; it goes unless one of them lives.
    if (kind === 'engine') await network.destroy();
    const more = kind === 'none' || limitation === undefined ? [] : [limitation];
    return { kind, limitations: [...network.capabilities.limitations, ...more] };
  } finally {
    runtime.close();
  }
}
