export type { StsDeps } from './core.ts';
export type * from './ports.ts';
export { stsService } from './service.ts';
