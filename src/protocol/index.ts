export { createServer } from './http/server.ts';
export type { Server, ServerOptions } from './http/server.ts';
export type { ServerLimits } from './http/limits.ts';
