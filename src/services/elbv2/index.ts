export { maxTargetsPerTransaction } from './limits.ts';
export type * from './offers.ts';
export type * from './ports.ts';
export { certificateUsers, elbv2Service, elbv2Tables } from './service.ts';
export type { Elbv2Service, Elbv2ServiceDeps } from './service.ts';
