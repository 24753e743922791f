import { expect, test } from 'vitest';
import { describeNetworkContract, testInterface } from '../contract/network-contract.ts';
import { FakeNetwork } from './fake-network.ts';

describeNetworkContract('fake', async () => {
  const network = new FakeNetwork({ owner: 'agent', enforces: true });
  const state = { pid: 100 };
  return {
    network,
    reopen: async (owner) =>
      new FakeNetwork({ owner: owner === 'same' ? 'agent' : 'neighbour', machine: network.machine, enforces: true }),
    namespace: async () => ({ id: '', pid: (state.pid += 1) }),
    close: async () => undefined,
  };
});

test('fails as told', async () => {
  const network = new FakeNetwork({ owner: 'agent' });
  network.failAttach(testInterface(2).id, 'no more devices');
  await expect(network.attach(testInterface(2), { id: '', pid: 1 })).rejects.toThrow('no more devices');
  network.failAttach(testInterface(2).id, undefined);
  await network.attach(testInterface(2), { id: '', pid: 1 });
});
