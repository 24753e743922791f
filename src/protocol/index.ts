export { createServer } from './server.ts';
export type { Server, ServerOptions } from './server.ts';
export type { ServerLimits } from './limits.ts';
