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
  readonly internetAccess: boolean;
}

/** What EC2 gives to services that attach interfaces for their users. */
export interface TaskInterfaces {
  /**
   * Chooses subnet, address and MAC and writes the interface in `tx`, with two creations.
   * @throws InvalidArgument with AWS's sentence when a subnet or security group does not exist; Unavailable when no subnet has an address left
   */
  create(tx: Transaction, request: InterfaceRequest): TaskInterface;
  /** The availability zone of a subnet; undefined when there is no such subnet. */
  zone(scope: Scope, subnetId: string): string | undefined;
  /** Removes the interface and frees its address in `tx`; no error when it is gone. */
  remove(tx: Transaction, scope: Scope, networkInterfaceId: string): void;
}
