import type { PolicyEnforcer } from '../policy/enforcer.ts';
import { noChange } from '../policy/picture.ts';
import type { TaskNetwork } from '../network.ts';
import { openTo } from './policies.ts';

/** A network for tests without a control plane: whatever is attached, everything may pass to and from it, and into the world. */
export async function openNetwork(network: TaskNetwork & { readonly enforcer: PolicyEnforcer }): Promise<TaskNetwork> {
  const { enforcer } = network;
  const known = openTo(await network.list(), { wayOut: 'nat' });
  await enforcer.apply({ ...noChange, ...known, complete: true });
  return {
    capabilities: network.capabilities,
    enforcer,
    prepare: () => network.prepare(),
    pauseFor: (wanted) => network.pauseFor(wanted),
    attach: async (wanted, holder) => {
      await enforcer.apply(openTo([wanted], { wayOut: 'nat' }));
      await network.attach(wanted, holder);
    },
    detach: (one) => network.detach(one),
    list: () => network.list(),
    destroy: () => network.destroy(),
  };
}
