export { openDockerBridgeNetwork, removeDockerBridgeNetwork } from './docker-bridge-network.ts';
export { portsForTasks } from './ports-for-tasks.ts';
export type { PortsForTasks } from './ports-for-tasks.ts';
