export * from './network.ts';
export * from './policy/check-policy.ts';
export * from './policy/enforcer.ts';
export * from './policy/picture.ts';
export * from './task-interface.ts';
