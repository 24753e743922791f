export * from './errors.ts';
export * from './service.ts';
export * from './socket.ts';
