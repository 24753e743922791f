export * from './labels.ts';
export * from './messages.ts';
