export * from './store.ts';
export * from './view/database.ts';
export * from './view/table.ts';
