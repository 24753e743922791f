export type * from './offers.ts';
export type * from './ports.ts';
export { serviceDiscoveryService, serviceDiscoveryTables } from './service.ts';
export type { ServiceDiscovery } from './service.ts';
