export { openBlobStore, type BlobStoreOptions } from './file-blobs.ts';
