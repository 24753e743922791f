import type { Transaction } from '../../store/index.ts';
import type { CreationInfo, PosixUser } from './records/access-point.ts';
import type { Scope } from './records/scope.ts';

/** Where the data of file systems lives: a directory each, as the platform has them. */
export interface FileSystemDirectories {
  /** Makes the empty directory of a new file system. @throws when the place for it cannot be written */
  make(account: string, fileSystemId: string): Promise<void>;
  /** Removes a file system's data; no error when it is gone. */
  remove(account: string, fileSystemId: string): Promise<void>;
  /** What its files hold, counted within bounds. */
  size(account: string, fileSystemId: string): Promise<MeteredSize>;
}

export interface MeteredSize {
  readonly bytes: number;
  readonly atMs: number;
}

/** The network that mount targets are in. Implemented by services/ec2, wired in main. */
export interface MountTargetNetwork {
  subnet(
    scope: Scope,
    id: string,
  ):
    | {
        readonly id: string;
        readonly vpcId: string;
        readonly availabilityZone: string;
        readonly availabilityZoneId: string;
      }
    | undefined;
  /** VPC of a security group; undefined when the group does not exist. */
  securityGroupVpc(scope: Scope, id: string): string | undefined;
  defaultSecurityGroup(scope: Scope, vpcId: string): string;
  /** @throws InvalidArgument when the address cannot be had; Unavailable when the subnet is full */
  createInterface(
    tx: Transaction,
    request: {
      readonly scope: Scope;
      readonly subnetId: string;
      readonly privateIpv4Address?: string;
      readonly securityGroups: readonly string[];
      readonly description: string;
    },
  ): { readonly networkInterfaceId: string; readonly privateIpv4Address: string };
  setSecurityGroups(tx: Transaction, scope: Scope, networkInterfaceId: string, securityGroups: readonly string[]): void;
  removeInterface(tx: Transaction, scope: Scope, networkInterfaceId: string): void;
}

/** What a client of a file system may do. */
export interface ClientAccess {
  readonly mount: boolean;
  readonly write: boolean;
  /** Be root there. */
  readonly root: boolean;
}

export interface ClientAccessQuestion {
  readonly account: string;
  readonly fileSystemArn: string;
  readonly accessPointArn?: string;
  /** The role it mounts with; absent: it is anonymous. */
  readonly roleArn?: string;
  readonly sessionName: string;
  /** The file system's own policy. */
  readonly policy: string;
  readonly encrypted: boolean;
}

/** IAM's answers; implemented in main. */
export interface FileSystemPolicies {
  access(question: ClientAccessQuestion): ClientAccess;
  /** What is wrong with the text of a file system policy; undefined when it is one. */
  problem(policy: string): string | undefined;
}

/** What a task says about a file system it wants to mount. */
export interface MountRequest {
  readonly scope: Scope;
  readonly fileSystemId: string;
  readonly rootDirectory: string;
  readonly accessPointId?: string;
  /** With IAM authorization: the task's role, if it has one. */
  readonly iam?: { readonly roleArn?: string; readonly sessionName: string };
  readonly encrypted: boolean;
  /** Where the task is; absent: not known, so any mount target will do. */
  readonly vpcId?: string;
  readonly availabilityZone?: string;
  /** Through which it mounts; absent: through its machine's, which no rule is about. */
  readonly networkInterfaceId?: string;
}

/** Whether one network interface reaches a TCP port of another. Implemented by services/ec2, wired in main. */
export type InterfaceReaches = (scope: Scope, from: string, to: string, port: number) => boolean;

/** Where a task finds a file system, or why it may not have it, as the mount helper of EFS says it. */
export type MountAnswer =
  | {
      readonly account: string;
      readonly rootDirectory: string;
      readonly creationInfo?: CreationInfo;
      readonly posixUser?: PosixUser;
      readonly readOnly: boolean;
    }
  | { readonly refusal: string };
