export { agentReady } from './agent-messages.ts';
export { poolResources, startAgentProcess, type AgentProcessOptions } from './agent.ts';
export { startAllInOne, type AllInOne } from './all-in-one.ts';
export { places } from './data-directory.ts';
export { openInstallation, type KeyPair } from './installation.ts';
export { loadLocalImage } from './local-image.ts';
export { removeEverything } from './remove-everything.ts';
export { isLoopback, startServer, type RunningServer } from './server.ts';
