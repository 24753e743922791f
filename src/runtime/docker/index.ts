export { parseEngineAddress } from './address.ts';
export { DockerRuntime } from './docker-runtime.ts';
