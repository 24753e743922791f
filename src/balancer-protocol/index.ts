export * from './config.ts';
export * from './messages.ts';
