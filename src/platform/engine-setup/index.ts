export * from './find-engine.ts';
export { buildLocalImage, localImage } from './local-image.ts';
export { buildNodeImage, nodeImage } from './node-image.ts';
export { buildPostgresImage, postgresImage } from './postgres-image.ts';
export { planSetUp, setUpEngine } from './set-up-engine.ts';
export type { SetUpOptions, SetUpStep } from './set-up-engine.ts';
export { dockerdPid, startDockerd, stopDockerd } from './start-dockerd.ts';
export { runCommand } from './commands.ts';
export { findProgram } from './machine.ts';
