export { MemoryStore } from './memory/store.ts';
export * from './sealed-rows.ts';
export * from './store.ts';
export * from './view/database.ts';
export { openDatabase, type DatabaseOptions, type OpenDatabase } from './view/open.ts';
export * from './view/present-rows.ts';
export * from './view/table.ts';
