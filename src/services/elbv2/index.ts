export type * from './offers.ts';
export type * from './ports.ts';
export { maxTargetsPerTransaction } from './limits.ts';
