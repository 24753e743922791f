export type { EfsDeps } from './core.ts';
export { fileSystemMounts } from './mounts.ts';
export type * from './ports.ts';
export { efsService, efsTables, resumeDeletions } from './service.ts';
