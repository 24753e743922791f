import { LongshoreError } from '../kernel/index.ts';
import type { PolicyEnforcer } from './policy/enforcer.ts';

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
}

/** A task's interface found on this machine, after a restart say. */
export interface AttachedInterface {
  readonly id: string;
  readonly address: string;
}

/** Whose network namespace a task has: its pause container. */
export interface NamespaceHolder {
  /** The container's id; empty where the process is no container. */
  readonly id: string;
  /** Host process id. */
  readonly pid: number;
}

/** What the pause container of one interface must be created with, where none that runs already can get it. Fields are Docker's. */
export interface PauseNetworking {
  readonly networkMode: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `MacAddress` and `NetworkingConfig` of Docker's `POST /containers/create`. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** What this machine can do, and what is then not enforced, in sentences for the user. */
export interface NetworkCapabilities {
  readonly awsvpc: boolean;
  /** Can an interface be wired into a pause that runs already? Otherwise `pauseFor` says how each is made. */
  readonly anyPause: boolean;
  /** Why `awsvpc` is not there; ends with a full stop. */
  readonly missing?: string;
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
   * Security groups, network ACLs and ways out of the VPC; undefined where this machine cannot enforce them, which `capabilities.limitations` says.
   * Where it can, `attach` refuses an interface that no change has named.
   */
  readonly enforcer: PolicyEnforcer | undefined;
  /**
   * Makes what all tasks share: link-local addresses, forwarding, the rules table; and removes what agents that are gone left behind.
   * Where the machine cannot (`capabilities` says why), it does nothing, and `attach` refuses.
   * @throws NetworkFailed, also when another process uses this owner's name
   */
  prepare(): Promise<void>;
  /**
   * How the pause of an interface must be made; what the interface needs on this machine is there afterwards.
   * @returns undefined when any pause does
   * @throws as `attach`
   */
  pauseFor(networkInterface: TaskInterface): Promise<PauseNetworking | undefined>;
  /**
   * Wires an interface into a task's network namespace, and prepares first where that has not been. The holder must have been made as
   * `pauseFor` said.
   * @throws NetworkFailed, InvalidArgument for an interface that is none, Unsupported without the capability
   */
  attach(networkInterface: TaskInterface, holder: NamespaceHolder): Promise<void>;
  /** Removes a task's interface, its route and its rules; no error when it is gone. */
  detach(networkInterface: Pick<TaskInterface, 'id' | 'address'>): Promise<void>;
  /** The interfaces this agent has wired on this machine, without those whose namespace has ended. */
  list(): Promise<readonly AttachedInterface[]>;
  /** Removes everything `prepare` and `attach` made for this agent; what agents share goes with the last one. */
  destroy(): Promise<void>;
}
