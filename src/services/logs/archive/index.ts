export { openLogArchive } from './file-archive.ts';
export type { LogArchiveOptions } from './file-archive.ts';
