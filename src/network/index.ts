export * from './network.ts';
export * from './policy/check-policy.ts';
export * from './policy/enforcer.ts';
export * from './policy/picture.ts';
export * from './policy/remotes.ts';
export * from './task-interface.ts';
