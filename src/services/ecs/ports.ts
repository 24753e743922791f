import type { Transaction } from '../../store/index.ts';
import type { Scope } from './records/scope.ts';
import type { TaskAttachment } from './records/task.ts';

/** What ECS needs of EC2: an interface for an awsvpc task. Implemented by services/ec2, wired in main. */
export interface TaskInterfaces {
  /**
   * Checks subnets and security groups and chooses subnet, address and MAC; writes the interface's record in `tx`.
   * @throws InvalidArgument with AWS's sentence, such as `The subnet ID 'subnet-1' does not exist`; Unavailable when the subnet is full
   */
  create(tx: Transaction, request: InterfaceRequest): Omit<TaskAttachment, 'id' | 'status'>;
  /** Removes the interface's record and frees its address in `tx`; no error when it is gone. */
  remove(tx: Transaction, scope: Scope, networkInterfaceId: string): void;
}

export interface InterfaceRequest {
  readonly scope: Scope;
  /** At least one; the task goes to one of them. */
  readonly subnets: readonly string[];
  /** Empty: the VPC's default security group. */
  readonly securityGroups: readonly string[];
  readonly assignPublicIp: boolean;
  /** Only zones in this list may be used; absent: any. */
  readonly zones?: readonly string[];
  /** ARN of the attachment, which AWS puts into the interface's description. */
  readonly attachmentArn: string;
  /** Random number in [0, 1) to choose among subnets. */
  readonly chance: number;
}

/** What ECS needs of identity: temporary credentials for a task's role. The identity service will enforce the role. */
export interface RoleCredentials {
  issue(request: {
    readonly roleArn: string;
    readonly sessionName: string;
    readonly account: string;
    readonly nowMs: number;
  }): IssuedCredentials;
}

export interface IssuedCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expirationMs: number;
}
