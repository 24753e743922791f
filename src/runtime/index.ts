export * from './images/image-archive.ts';
export * from './images/pause-image.ts';
export type { TarEntry } from './images/tar.ts';
export * from './runtime.ts';
