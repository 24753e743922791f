export * from './labels.ts';
export * from './messages.ts';
export * from './secret-reference.ts';
export * from './ways.ts';
