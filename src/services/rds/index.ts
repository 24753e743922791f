export type { RdsDeps } from './core.ts';
export { databaseNames, type DatabaseNames } from './names.ts';
export type * from './ports.ts';
export { rdsService, rdsTables, type RdsService } from './service.ts';
