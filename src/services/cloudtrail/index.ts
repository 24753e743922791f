export type * from './ports.ts';
export { cloudTrailService, cloudTrailTables } from './service.ts';
export type { CloudTrailService } from './service.ts';
