export * from './clock.ts';
export * from './line-log.ts';
export * from './private-file.ts';
export * from './quote.ts';
export * from './random-ids.ts';
export * from './supervised-process.ts';
export * from './engine-setup/index.ts';
