import { existsSync, readdirSync } from 'node:fs';
import { removeTraces } from '../agent/index.ts';
import type { Clock, Log } from '../kernel/index.ts';
import { messageOf } from '../kernel/index.ts';
import { removeDockerBridgeNetwork } from '../network/docker-bridge/index.ts';
import { openLinuxNetwork, removeNodeEnforcer } from '../network/linux/index.ts';
import { DockerRuntime } from '../runtime/docker/index.ts';
import { balancerOwner, networkOwner, places } from './data-directory.ts';
import { removeTaskProxies } from './task-proxies.ts';

export interface Removed {
  readonly containers: number;
  readonly volumes: number;
  readonly networks: number;
}

/** Names of the agents that ever ran from a data directory. */
export function agentNames(directory: string): readonly string[] {
  const folder = places.agents(directory);
  return existsSync(folder) ? readdirSync(folder) : [];
}

/**
 * Removes what the agents of a data directory left on this machine: their containers, pauses included, volumes and networks.
 * The agents themselves must not run any more.
 */
export async function removeEverything(options: {
  readonly dataDirectory: string;
  readonly ebsDirectory?: string | undefined;
  readonly engine: string;
  readonly clock: Clock;
  readonly log: Log;
}): Promise<Removed> {
  const { dataDirectory, engine, clock, log } = options;
  const ebsDirectory = options.ebsDirectory ?? places.ebs(dataDirectory);
  const names = agentNames(dataDirectory);
  const runtime = new DockerRuntime({ address: engine, log });
  const removed = { containers: 0, volumes: 0, networks: 0 };
  try {
    await Promise.all(
      names.map(async (name) => {
        const dataDir = places.agent(dataDirectory, name);
        const { containers, volumes } = await removeTraces({ dataDir, ebsDirectory, runtime, clock, log });
        removed.containers += containers;
        removed.volumes += volumes;
        await removeDockerBridgeNetwork({ owner: networkOwner(dataDirectory, name), runtime, log });
      }),
    );
  } finally {
    runtime.close();
  }
  for (const name of names) {
    const network = await openLinuxNetwork({ owner: networkOwner(dataDirectory, name), log });
    if (network.capabilities.awsvpc) {
      await network.destroy();
      removeTaskProxies(networkOwner(dataDirectory, name));
    }
    removed.networks += 1;
  }
  // Of a balancer that was killed; who may not look has none.
  await removeNodeEnforcer(balancerOwner(dataDirectory)).catch((error: unknown) =>
    log.debug('no rules for load balancers were removed', { error: messageOf(error) }),
  );
  return removed;
}
