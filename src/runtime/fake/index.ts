export { FakeRuntime } from './fake-runtime.ts';
export type { FakeHealth, FakeOutput, FakeProgram } from './program.ts';
