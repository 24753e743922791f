export type { ObjectStore, StoredObject } from './ports.ts';
export { s3Route } from './route.ts';
