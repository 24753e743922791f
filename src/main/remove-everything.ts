import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { labels } from '../agent-protocol/index.ts';
import type { Log } from '../kernel/index.ts';
import { openLinuxNetwork } from '../network/linux/index.ts';
import { DockerRuntime } from '../runtime/docker/index.ts';
import { instanceArnIn } from '../agent/index.ts';
import { networkOwner } from './data-directory.ts';

export interface Removed {
  readonly containers: number;
  readonly networks: number;
}

/**
 * Removes what the agents of a data directory left on this machine: their containers, pauses included, and their networks.
 * The agents themselves must not run any more.
 */
export async function removeEverything(options: { readonly dataDirectory: string; readonly engine: string; readonly log: Log }): Promise<Removed> {
  const folder = join(options.dataDirectory, 'agents');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const runtime = new DockerRuntime({ address: options.engine, log: options.log });
  let containers = 0;
  try {
    for (const name of names) {
      const arn = await instanceArnIn(join(folder, name), options.log);
      if (arn === undefined) continue;
      for (const { id } of await runtime.list({ [labels.instance]: arn })) {
        await runtime.remove(id);
        containers++;
      }
    }
  } finally {
    runtime.close();
  }
  for (const name of names) {
    const network = await openLinuxNetwork({ owner: networkOwner(options.dataDirectory, name), log: options.log });
    if (network.capabilities.awsvpc) await network.destroy();
  }
  return { containers, networks: names.length };
}
