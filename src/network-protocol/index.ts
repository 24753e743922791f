export * from './machines.ts';
export * from './messages.ts';
export * from './policy.ts';
export * from './public-addresses.ts';
