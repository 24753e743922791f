export { openLinuxNetwork } from './linux-network.ts';
export { liveOwners, showOwner } from './owners.ts';
export { openNodeEnforcer, removeNodeEnforcer } from './policy/node-enforcer.ts';
export type { TableEnforcer } from './policy/table-enforcer.ts';
