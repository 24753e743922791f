import { LongshoreError } from '../kernel/index.ts';

/** One network interface of a task as the control plane chose it. */
export interface TaskInterface {
  /** `eni-…` */
  readonly id: string;
  readonly macAddress: string;
  /** Private address and the subnet's prefix length, such as 172.31.16.10 and 20. */
  readonly address: string;
  readonly prefixLength: number;
  /** The subnet's first address, the task's default gateway. */
  readonly gateway: string;
  /** Prefixes of the VPC, such as `172.31.0.0/16`: traffic to unused addresses inside must not leave the machine. */
  readonly vpcPrefixes: readonly string[];
  /** May the task open connections to the world outside the VPC (masqueraded behind this machine)? */
  readonly internetAccess: boolean;
}

/** A task's interface found on this machine, after a restart say. */
export interface AttachedInterface {
  readonly id: string;
  readonly address: string;
}

/** What this machine can do, and what is then not enforced, in sentences for the user. */
export interface NetworkCapabilities {
  readonly awsvpc: boolean;
  /** Empty when all is well. */
  readonly limitations: readonly string[];
}

export class NetworkFailed extends LongshoreError {
  override readonly name = 'NetworkFailed';
}

/** The task networks of one machine. All calls are idempotent and may be repeated after a crash. */
export interface TaskNetwork {
  readonly capabilities: NetworkCapabilities;
  /**
   * Makes what all tasks share: link-local addresses, forwarding, the rules table; and removes what agents that are gone left behind.
   * Where the machine cannot (`capabilities` says why), it does nothing, and `attach` refuses.
   * @throws NetworkFailed, also when another process uses this owner's name
   */
  prepare(): Promise<void>;
  /**
   * Wires an interface into the network namespace of a process (a task's pause container), and prepares first where that has not been.
   * @throws NetworkFailed, InvalidArgument for an interface that is none, Unsupported without the capability
   */
  attach(networkInterface: TaskInterface, pid: number): Promise<void>;
  /** Removes a task's interface, its route and its rules; no error when it is gone. */
  detach(networkInterface: Pick<TaskInterface, 'id' | 'address'>): Promise<void>;
  /** The interfaces this agent has wired on this machine, without those whose namespace has ended. */
  list(): Promise<readonly AttachedInterface[]>;
  /** Removes everything `prepare` and `attach` made for this agent; what agents share goes with the last one. */
  destroy(): Promise<void>;
}
