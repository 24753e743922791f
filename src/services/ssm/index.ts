export type * from './ports.ts';
export { managedInstanceRole } from './managed-nodes/managed-instance-role.ts';
export { ssmService, ssmTables } from './service.ts';
export type { SsmService } from './service.ts';
