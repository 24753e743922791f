import type { Underlay } from '../../network-protocol/index.ts';
import type { Transaction } from '../../store/index.ts';
import type { Scope } from './records/scope.ts';

/** What is asked for a task's interface. */
export interface InterfaceRequest {
  readonly scope: Scope;
  /** At least one; the interface goes to one of them. */
  readonly subnets: readonly string[];
  /** Empty: the VPC's default security group. */
  readonly securityGroups: readonly string[];
  readonly assignPublicIp: boolean;
  /** Only zones in this list may be used; absent: any. */
  readonly zones?: readonly string[];
  /** ARN of the attachment; becomes the interface's description. */
  readonly attachmentArn: string;
  /** Random number in [0, 1) to choose among subnets. */
  readonly chance: number;
}

/** The interface as its task needs to know it. */
export interface TaskInterface {
  readonly networkInterfaceId: string;
  readonly macAddress: string;
  readonly privateIpv4Address: string;
  readonly privateDnsName: string;
  readonly subnetId: string;
  readonly prefixLength: number;
  /** The subnet's first address. */
  readonly gateway: string;
  readonly vpcId: string;
  readonly vpcPrefixes: readonly string[];
  readonly availabilityZone: string;
}

/** What EC2 gives to services that attach interfaces for their users. */
export interface TaskInterfaces {
  /**
   * Chooses subnet, address and MAC and writes the interface in `tx`, with two creations; with assignPublicIp three.
   * @throws InvalidArgument with AWS's sentence when a subnet or security group does not exist; Unavailable when no subnet has an address left
   */
  create(tx: Transaction, request: InterfaceRequest): TaskInterface;
  /** The availability zone of a subnet; undefined when there is no such subnet. */
  zone(scope: Scope, subnetId: string): string | undefined;
  /** Removes the interface and frees its address in `tx`; no error when it is gone. */
  remove(tx: Transaction, scope: Scope, networkInterfaceId: string): void;
}

/** Where the platform goes for a task: a service of AWS by the last part of its endpoint's name, or a registry by its host. */
export type TaskDestination = { readonly service: string; readonly region: string } | { readonly registry: string };

/**
 * What EC2 says of the ways from a task's interface, for each destination in turn.
 * `dial`: what a program says that dials in vain; `because`: what closes the way, or the last thing that lets pass
 */
export type TaskWays = (
  scope: Scope,
  networkInterfaceId: string,
  destinations: readonly TaskDestination[],
) => readonly { readonly reachable: boolean; readonly dial: string; readonly because: string }[];

/** What EC2 needs to know of machines: those that joined clusters. Implemented over ECS in main. */
export interface Machines {
  all(scope: Scope): Iterable<Machine>;
}

export interface Machine {
  /** `i-…` */
  readonly id: string;
  readonly registeredAtMs: number;
  /** Such as `m5.large`. */
  readonly type: string | undefined;
  readonly availabilityZone: string | undefined;
  /** `x86_64` or `arm64`. */
  readonly cpuArchitecture: string | undefined;
  readonly vpcId: string | undefined;
  readonly subnetId: string | undefined;
  readonly address: string | undefined;
}

/** An address of a VPC and the machine that it is on. */
export interface Placement {
  readonly vpcId: string;
  readonly address: string;
  readonly machine: PlacedOn;
}

export interface PlacedOn {
  /** How users know the machine, such as `i-…`. */
  readonly name: string;
  readonly underlay: Underlay;
}

/** Which machines the interfaces of tasks are on. Implemented over ECS in main. */
export interface TaskPlacements {
  all(): Iterable<Placement>;
  /** Called with each that comes, moves or goes (`after` undefined), in order. */
  follow(heard: (change: PlacementChange) => void): () => void;
}

export interface PlacementChange {
  readonly before: Placement | undefined;
  readonly after: Placement | undefined;
}

/** What EC2 gives to load balancers: the network that they and their targets are in. */
export interface LoadBalancerNetwork {
  subnet(scope: Scope, id: string): NetworkSubnet | undefined;
  vpc(scope: Scope, id: string): NetworkVpc | undefined;
  /** VPC of a security group; undefined when the group does not exist. */
  securityGroupVpc(scope: Scope, id: string): string | undefined;
  defaultSecurityGroup(scope: Scope, vpcId: string): string;
  /** Undefined when there is no such instance. */
  instanceAddress(scope: Scope, instanceId: string): InstancePlace | undefined;
  /**
   * Writes an interface in `tx`, with two creations (three with a public address), at the address asked for or one that is free.
   * @throws InvalidArgument when subnet or address cannot be had; Unavailable when the subnet is full
   */
  createInterface(tx: Transaction, request: LoadBalancerInterfaceRequest): LoadBalancerInterface;
  setSecurityGroups(tx: Transaction, scope: Scope, networkInterfaceId: string, securityGroups: readonly string[]): void;
  /** Removes the interface and frees its address in `tx`; no error when it is gone. */
  removeInterface(tx: Transaction, scope: Scope, networkInterfaceId: string): void;
}

export interface NetworkSubnet {
  readonly id: string;
  readonly vpcId: string;
  readonly availabilityZone: string;
  /** Such as `use1-az1`. */
  readonly availabilityZoneId: string;
  readonly cidr: string;
}

export interface NetworkVpc {
  readonly id: string;
  /** The first one. */
  readonly cidr: string;
  readonly cidrs: readonly string[];
  readonly subnets: readonly NetworkSubnet[];
}

export interface InstancePlace {
  readonly vpcId: string;
  readonly privateIpv4Address: string;
  readonly availabilityZone: string;
}

export interface LoadBalancerInterfaceRequest {
  readonly scope: Scope;
  readonly subnetId: string;
  /** Absent: any free address of the subnet. */
  readonly privateIpv4Address?: string;
  readonly securityGroups: readonly string[];
  readonly description: string;
  readonly type: 'application' | 'network';
  /** Whether it is to be reached from the Internet. */
  readonly hasPublicAddress: boolean;
}

export interface LoadBalancerInterface {
  readonly networkInterfaceId: string;
  readonly privateIpv4Address: string;
  readonly availabilityZone: string;
}

/** What a task's volume is to be like; what is left out has EC2's default. */
export interface TaskVolumeWish {
  readonly sizeGiB?: number;
  readonly type?: string;
  readonly iops?: number;
  readonly throughput?: number;
  readonly snapshotId?: string;
  /** MiB a second. */
  readonly initializationRate?: number;
  readonly encrypted?: boolean;
  readonly kmsKeyId?: string;
}

export interface TaskVolumeRequest extends TaskVolumeWish {
  readonly scope: Scope;
  readonly taskArn: string;
  readonly availabilityZone: string;
  /** Machine that the task is on; absent of FARGATE tasks. */
  readonly instanceId?: string;
  readonly deleteOnTermination: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

/** What EC2 gives to ECS: EBS volumes of tasks. */
export interface TaskVolumes {
  /** @throws InvalidArgument with EC2's code and sentence when no such volume can be */
  check(wish: TaskVolumeWish): void;
  /** Writes a volume that is attached to the task in `tx`. Its data is made by whoever attaches it. @throws InvalidArgument as `check`, and when the snapshot is not there */
  create(
    tx: Transaction,
    request: TaskVolumeRequest,
  ): { readonly volumeId: string; readonly sizeGiB: number; readonly snapshotId?: string };
  /** The machine has it. */
  attached(tx: Transaction, scope: Scope, volumeId: string): void;
  /** The task is over: the volume is deleted, or free. No error when it is gone. */
  release(tx: Transaction, scope: Scope, volume: { readonly volumeId: string; readonly deletes: boolean }): void;
}

/** Where the data of volumes and snapshots lives. Each call may be repeated after it was interrupted. Implemented in main. */
export interface VolumeData {
  /** An empty volume, or a copy of a snapshot. @throws Error that says what is missing */
  make(
    account: string,
    volume: { readonly volumeId: string; readonly sizeGiB: number; readonly snapshotId?: string },
  ): Promise<void>;
  grow(account: string, volumeId: string, sizeGiB: number): Promise<void>;
  /** No error when it is gone. */
  remove(account: string, id: string): Promise<void>;
  /** Copies a volume that nobody writes to. @returns bytes that the copy takes. @throws Error that says what is missing */
  snapshot(account: string, volumeId: string, snapshotId: string): Promise<number>;
}
