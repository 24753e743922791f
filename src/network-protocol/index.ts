export * from './machines.ts';
export * from './messages.ts';
export * from './policy.ts';
