import type { PolicyChange } from './picture.ts';

/** Makes this machine's kernel let pass what the control plane says, for the interfaces of one owner, and nothing else. */
export interface PolicyEnforcer {
  /**
   * One change, at once and whole. When it rejects, what was enforced before is enforced still.
   * @throws NetworkFailed, InvalidArgument for a change that is none
   */
  apply(change: PolicyChange): Promise<void>;
}
