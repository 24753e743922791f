import { NetworkFailed } from '../network.ts';
import { checkPolicy } from '../policy/check-policy.ts';
import { applied, emptyPicture, forgotten, type Picture, type PolicyChange } from '../policy/picture.ts';
import type {
  AttachedInterface,
  NamespaceHolder,
  NetworkCapabilities,
  TaskInterface,
  TaskNetwork,
} from '../network.ts';
import { checkOwner, checkTaskInterface } from '../task-interface.ts';

/** What stands in a machine's kernel: it outlives the agents. */
export interface FakeMachine {
  readonly interfaces: Map<string, { readonly owner: string; readonly wanted: TaskInterface; readonly pid: number }>;
}

/** Task networks in memory. Several on one `machine` are several agents, or one after a restart. */
export class FakeNetwork implements TaskNetwork {
  readonly capabilities: NetworkCapabilities;
  readonly machine: FakeMachine;
  readonly #owner: string;
  readonly #failures = new Map<string, string>();
  readonly enforcer: { apply(change: PolicyChange): Promise<void> } | undefined;
  /** What would be enforced. */
  picture: Picture = emptyPicture;

  constructor(options: {
    readonly owner: string;
    readonly machine?: FakeMachine;
    readonly capabilities?: NetworkCapabilities;
    /** Is `attach` to refuse what no change has named? */
    readonly enforces?: boolean;
  }) {
    checkOwner(options.owner);
    this.#owner = options.owner;
    this.machine = options.machine ?? { interfaces: new Map() };
    this.capabilities = options.capabilities ?? { awsvpc: true, anyPause: true, limitations: [] };
    this.enforcer = options.enforces === true ? { apply: (change) => this.#apply(change) } : undefined;
  }

  /** Attaching this interface fails with the message, until told otherwise with undefined. */
  failAttach(id: string, message: string | undefined): void {
    if (message === undefined) this.#failures.delete(id);
    else this.#failures.set(id, message);
  }

  async prepare(): Promise<void> {
    // Agents in memory share nothing that could be missing.
  }

  async pauseFor(): Promise<undefined> {
    return undefined;
  }

  async attach(wanted: TaskInterface, { pid }: NamespaceHolder): Promise<void> {
    checkTaskInterface(wanted);
    if (this.enforcer !== undefined && !this.picture.interfaces.has(wanted.id))
      throw new NetworkFailed(`what may pass to and from ${wanted.id} is not known`);
    const failure = this.#failures.get(wanted.id);
    if (failure !== undefined) throw new NetworkFailed(failure);
    for (const other of this.machine.interfaces.values()) {
      if (other.wanted.address === wanted.address && other.wanted.id !== wanted.id) {
        throw new NetworkFailed(`address ${wanted.address} belongs to ${other.wanted.id}`);
      }
    }
    this.machine.interfaces.set(wanted.id, { owner: this.#owner, wanted, pid });
  }

  async detach(networkInterface: Pick<TaskInterface, 'id' | 'address'>): Promise<void> {
    this.machine.interfaces.delete(networkInterface.id);
    this.picture = forgotten(this.picture, [networkInterface.id]);
  }

  async #apply(change: PolicyChange): Promise<void> {
    checkPolicy(change);
    this.picture = applied(this.picture, change, change.complete ? await this.list() : []);
  }

  async list(): Promise<readonly AttachedInterface[]> {
    const own = [...this.machine.interfaces.values()].filter((entry) => entry.owner === this.#owner);
    return own.map(({ wanted }) => ({ id: wanted.id, address: wanted.address }));
  }

  async destroy(): Promise<void> {
    for (const { id } of await this.list()) this.machine.interfaces.delete(id);
    this.picture = emptyPicture;
  }
}
