import { silentLog } from '../src/kernel/index.ts';
import { findEngine } from '../src/platform/engine-setup/index.ts';
import { DockerRuntime } from '../src/runtime/docker/index.ts';

/** The container engine to measure on: LONGSHORE_ENGINE, or what answers on this machine. @throws when none does */
export async function openEngine(): Promise<{ readonly address: string; readonly runtime: DockerRuntime }> {
  const { found, reasons } = await findEngine({ env: process.env });
  if (found === undefined) throw new Error(`no container engine: ${reasons.join('; ')}`);
  return { address: found.address, runtime: new DockerRuntime({ address: found.address, log: silentLog }) };
}
