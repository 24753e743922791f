import type {
  AttachedInterface,
  NamespaceHolder,
  NetworkCapabilities,
  PauseNetworking,
  PolicyEnforcer,
  TaskInterface,
  TaskNetwork,
} from '../index.ts';
import type { PolicySession } from './policy-session.ts';

/**
 * A task network whose interfaces are told to the control plane, so that it says what may pass: from the moment one is named until it is
 * detached, and those of an earlier run of the agent from its start. An interface is wired once that is enforced.
 */
export class PolicedNetwork implements TaskNetwork {
  readonly #network: TaskNetwork;
  readonly #open: (ids: readonly string[]) => PolicySession;
  #session: Promise<PolicySession> | undefined;
  #closed = false;

  /** @param open begins a session about interfaces that are there already */
  constructor(network: TaskNetwork, open: (ids: readonly string[]) => PolicySession) {
    this.#network = network;
    this.#open = open;
  }

  get enforcer(): PolicyEnforcer | undefined {
    return this.#network.enforcer;
  }

  get capabilities(): NetworkCapabilities {
    return this.#network.capabilities;
  }

  async prepare(): Promise<void> {
    try {
      await this.#network.prepare();
    } finally {
      await this.#begun();
    }
  }

  async pauseFor(wanted: TaskInterface): Promise<PauseNetworking | undefined> {
    // What may pass is asked for while the pause is made.
    (await this.#begun()).watch([wanted.id]);
    return this.#network.pauseFor(wanted);
  }

  async attach(wanted: TaskInterface, holder: NamespaceHolder): Promise<void> {
    const session = await this.#begun();
    session.watch([wanted.id]);
    await session.enforced(wanted.id);
    await this.#network.attach(wanted, holder);
  }

  async detach(networkInterface: Pick<TaskInterface, 'id' | 'address'>): Promise<void> {
    // First, so that nothing is heard of it after it is gone.
    (await this.#begun()).unwatch([networkInterface.id]);
    await this.#network.detach(networkInterface);
  }

  list(): Promise<readonly AttachedInterface[]> {
    return this.#network.list();
  }

  async destroy(): Promise<void> {
    await this.close();
    await this.#network.destroy();
  }

  /** Hears nothing more of the control plane; what is enforced stays. */
  async close(): Promise<void> {
    this.#closed = true;
    (await this.#session)?.close();
  }

  /** Not before the interfaces of an earlier run are known: what the control plane is not asked for is closed. */
  #begun(): Promise<PolicySession> {
    this.#session ??= this.#begin().catch((error: unknown) => {
      this.#session = undefined; // whoever asks next tries again
      throw error;
    });
    return this.#session;
  }

  async #begin(): Promise<PolicySession> {
    const wired = await this.#network.list();
    const session = this.#open(wired.map(({ id }) => id));
    if (this.#closed) session.close();
    return session;
  }
}
