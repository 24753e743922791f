export type { EcrDeps } from './core.ts';
export * from './ports.ts';
export { ecrService, ecrTables, type EcrService } from './service.ts';
