export * from './messages.ts';
export * from './policy.ts';
