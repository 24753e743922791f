export * from './controller.ts';
export * from './loop.ts';
