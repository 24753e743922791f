export { openLinuxNetwork } from './linux-network.ts';
export { liveOwners, showOwner } from './owners.ts';
