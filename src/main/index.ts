import type { AllInOne, AllInOneOptions } from './all-in-one.ts';
import type { RotationRequest } from './rotate-sealing-key.ts';
import type { RunningServer, ServerOptions } from './server.ts';

export { agentVariables } from '../agent/index.ts';
export { agentReady, balancerReady } from './part-messages.ts';
export { poolResources, readAgentSettings, startAgentProcess, type AgentProcessOptions } from './agent.ts';
export { startBalancerProcess, type BalancerProcessOptions } from './balancer.ts';
export { places } from './data-directory.ts';
export { engineVersion, networkReport } from './machine-report.ts';
export { endProcess, holdingProcess, latestHolder, type HoldingProcess } from './process-file.ts';
export { isInstallation, openInstallation, type KeyPair } from './installation.ts';
export { loadLocalImage, type LocalImageKind } from './local-image.ts';
export { agentNames, removeEverything } from './remove-everything.ts';
export { isLoopback, portOf, reachedAt } from './loopback.ts';
export { registryAddress, registryName, registryPort } from './registry-names.ts';
export { distrustRegistries, trustRegistry, type Missing } from './registry-trust.ts';
export type { TransportChoice } from './transport.ts';
export { vxlanUses, type UnderlayChoice } from './underlay.ts';
export { hostNameServer, nameServerPort } from './name-server-places.ts';
export type { AllInOne, RunningServer };

// The control plane is most of what there is to load, and agents, balancers and small commands are processes that never run it.

/** See all-in-one.ts. */
export async function startAllInOne(options: AllInOneOptions): Promise<AllInOne> {
  const { startAllInOne: start } = await import('./all-in-one.ts');
  return start(options);
}

/** See server.ts. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { startServer: start } = await import('./server.ts');
  return start(options);
}

/** See rotate-sealing-key.ts. */
export async function rotateSealingKey(request: RotationRequest): Promise<string> {
  const { rotateSealingKey: rotate } = await import('./rotate-sealing-key.ts');
  return rotate(request);
}
export { dataPlaneKinds, type DataPlaneKind } from './choose-data-plane.ts';
