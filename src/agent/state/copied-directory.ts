import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentOptions } from '../options.ts';
import { InstanceFile } from './instance-file.ts';

/** What says who the agent is, and what it runs. */
const parts = ['instance.json', 'registration-token', 'tasks'];

/**
 * A data directory that was copied from another machine, with an image of its disk say, holds that machine's identity and tasks. Amazon's agent compares the
 * saved EC2 instance id with its own and starts as a new instance when they differ; so does this one. What it found is put aside.
 */
export async function forgetCopied({ dataDir, machineId, log }: AgentOptions): Promise<void> {
  const { identity } = await InstanceFile.open(dataDir, log);
  if (identity?.machineId === undefined || machineId === undefined || identity.machineId === machineId) return;
  log.warn('this data directory was copied from another machine: the agent joins as a new container instance', {
    dataDir,
    containerInstanceArn: identity.containerInstanceArn,
    putAside: `*.of-${identity.machineId}`,
  });
  for (const part of parts) {
    const path = join(dataDir, part);
    await rename(path, `${path}.of-${identity.machineId}`).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
}
