export type * from './ports.ts';
export { ssmService, ssmTables } from './service.ts';
export type { SsmService } from './service.ts';
