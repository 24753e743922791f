export type { LogsDeps } from './core.ts';
export { MemoryArchive } from './memory-archive.ts';
export { PageMerge } from './page-merge.ts';
export * from './ports.ts';
export { logGroupExists, logsService, logsTables } from './service.ts';
export type { LogsService } from './service.ts';
