import { hostname, release } from 'node:os';
import { ManagedInstance } from '../agent/index.ts';
import { readIfPresent } from '../platform/index.ts';
import type { AgentProcessOptions } from './agent.ts';
import { machineId } from './machine-id.ts';

/** This machine as a managed node of Systems Manager, where it registered as one or is given an activation; else undefined. */
export function openManagedNode(
  { endpoint, trust, activation, clock, ids, log }: AgentProcessOptions,
  dataDir: string,
): Promise<ManagedInstance | undefined> {
  const machine = { computerName: hostname(), ...platformOf(readIfPresent('/etc/os-release') ?? '') };
  return ManagedInstance.open({
    endpoint,
    trust,
    activation,
    dataDir,
    machineId: machineId(),
    machine,
    clock,
    ids,
    log,
  });
}

/** Name and version of the distribution, from os-release(5). */
function platformOf(osRelease: string): { readonly platformName: string; readonly platformVersion: string } {
  const value = (name: string): string | undefined =>
    new RegExp(`^${name}="?([^"\\n]{1,100})"?$`, 'm').exec(osRelease)?.[1];
  return { platformName: value('NAME') ?? 'Linux', platformVersion: value('VERSION_ID') ?? release() };
}
