export { openLinuxNetwork } from './linux-network.ts';
export type { LinuxNetworkOptions, RoutedTaskNetwork } from './linux-network.ts';
export { liveOwners, showOwner } from './owners.ts';
export { openNodeEnforcer, removeNodeEnforcer } from './policy/node-enforcer.ts';
export type { NodeEnforcer } from './policy/node-enforcer.ts';
export { findUnderlay } from './remote/underlay.ts';
export type { UnderlayOptions } from './remote/underlay.ts';
export type { TableEnforcer } from './policy/table-enforcer.ts';
