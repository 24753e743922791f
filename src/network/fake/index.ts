export { FakeNetwork } from './fake-network.ts';
export type { FakeMachine } from './fake-network.ts';
