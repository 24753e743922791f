export * from './network.ts';
export * from './task-interface.ts';
