import type { RemoteChange, Underlay } from './machines.ts';
import type { GroupMembers, GroupPolicy, InterfacePolicy, MembersChange, SubnetPolicy, VpcPolicy } from './policy.ts';

/** Path of the websocket that whoever wires interfaces opens to the control plane, signed as the service below. */
export const networkSocketPath = '/ec2/network';
export const networkSigningName = 'ec2';

/**
 * Machine to control plane: the interfaces that are on this machine from now on. It is told all that concerns these, and nothing else. An interface that
 * is not there (any more) is answered with `removedInterfaces`.
 */
export interface WatchMessage {
  readonly type: 'watch';
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** Machine to control plane: this message, and all before it, are enforced. */
export interface AppliedMessage {
  readonly type: 'applied';
  readonly sequence: number;
}

/**
 * Machine to control plane, of the installation's own account only: where other machines reach the interfaces of load balancers, which are on this one.
 * Where tasks are it knows from their container instances.
 */
export interface NodesMessage {
  readonly type: 'nodes';
  readonly underlay: Underlay;
}

export type NetworkReport = WatchMessage | AppliedMessage | NodesMessage;

/**
 * Control plane to machine. Each thing named replaces what the machine knew of it, things not named stay. A message is whole: once it is applied as one
 * change, every group, subnet and VPC that its interfaces and rules name is known.
 */
export interface PolicyMessage {
  readonly type: 'policy';
  /** Grows with every message of a connection. The machine forgets nothing of an earlier connection until it has applied what it asked for anew. */
  readonly sequence: number;
  readonly interfaces: readonly InterfacePolicy[];
  readonly removedInterfaces: readonly string[];
  readonly groups: readonly GroupPolicy[];
  /** All members of groups named for the first time on this connection. */
  readonly members: readonly GroupMembers[];
  readonly memberChanges: readonly MembersChange[];
  /** Groups that nothing on this machine needs any more. */
  readonly removedGroups: readonly string[];
  readonly subnets: readonly SubnetPolicy[];
  readonly removedSubnets: readonly string[];
  readonly vpcs: readonly VpcPolicy[];
  readonly removedVpcs: readonly string[];
  /** On which machines the addresses of these VPCs are, this machine's own among them; of a VPC named for the first time all of them. */
  readonly remotes: readonly RemoteChange[];
}
