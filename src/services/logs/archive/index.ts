export { openLogArchive } from './file-archive.ts';
