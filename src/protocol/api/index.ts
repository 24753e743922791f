export * from './authorization.ts';
export * from './credentials.ts';
export * from './errors.ts';
export * from './implement.ts';
export * from './reusable.ts';
export * from './service.ts';
export * from './socket.ts';
export * from './violations.ts';
