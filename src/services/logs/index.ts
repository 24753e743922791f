export { MemoryArchive } from './memory-archive.ts';
export { PageMerge } from './page-merge.ts';
export * from './ports.ts';
