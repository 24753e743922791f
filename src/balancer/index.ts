export { startBalancer, type Balancer, type BalancerOptions } from './balancer.ts';
export type { NodePolicies, PolicedNode } from './node-policies.ts';
export { NodeAddresses } from './addresses/node-addresses.ts';
export type { DataPlane, DataPlaneEvents, ConfigChange, Placement, TargetKey } from './data-plane.ts';
export type { FigureSnapshot } from './access-figures.ts';
export { NodeDataPlane, type NodeDataPlaneOptions } from './node/node-data-plane.ts';
export { HaproxyDataPlane, type HaproxyDataPlaneOptions } from './haproxy/haproxy-data-plane.ts';
export { findHaproxy } from './haproxy/find-haproxy.ts';
