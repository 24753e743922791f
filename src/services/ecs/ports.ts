import type { CalledService, Destination, PayloadFileSystem } from '../../agent-protocol/index.ts';
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
  /** The availability zone of a subnet; undefined when there is no such subnet. */
  zone(scope: Scope, subnetId: string): string | undefined;
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

/** What ECS needs of identity: temporary credentials for a task's roles. */
export interface RoleCredentials {
  issue(request: {
    readonly roleArn: string;
    readonly sessionName: string;
    readonly account: string;
    readonly taskArn: string;
    /** Those of the task role end with the task; those of the execution role do not: the last lines of a log are shipped when it has stopped. */
    readonly use: 'task' | 'execution';
    readonly nowMs: number;
  }): IssuedCredentials;
  /**
   * Whether ECS may assume a role for a task: it exists in the task's account and trusts `ecs-tasks.amazonaws.com`.
   * @returns AWS's words when it may not; undefined: it may
   */
  refusal(request: {
    readonly roleArn: string;
    readonly account: string;
    readonly taskArn: string;
  }): string | undefined;
}

/** What ECS needs of Systems Manager: the machines that registered there, whose instances are EXTERNAL and have their ids. */
export interface ManagedNodes {
  /** Name, with its path, of the role that a managed node (`mi-…`) has; undefined when there is no such node. */
  roleOf(scope: Scope, id: string): string | undefined;
}

export interface IssuedCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expirationMs: number;
}

/** One target of a target group. */
export interface Target {
  /** The task's address, or the id of its container instance's machine, as the group's target type says. */
  readonly id: string;
  readonly port: number;
  readonly zone?: string;
  /** Of a machine: where to connect. */
  readonly address?: string;
}

/** What ECS must know of a target group to use it. */
export interface TargetGroupFacts {
  readonly arn: string;
  readonly targetType: 'instance' | 'ip';
  readonly protocol: string;
  readonly vpcId: string;
  /** Load balancers whose listeners or rules send to it. */
  readonly loadBalancerArns: readonly string[];
}

export interface TargetHealthFacts {
  readonly state: 'initial' | 'healthy' | 'unhealthy' | 'unused' | 'draining' | 'unavailable';
  /** AWS's code and sentence. */
  readonly reason?: string;
  readonly description?: string;
}

/** What ECS needs of Elastic Load Balancing. Implemented by services/elbv2, wired in main. */
export interface TargetRegistrar {
  /** Undefined when there is no such group. */
  targetGroup(scope: Scope, arn: string): TargetGroupFacts | undefined;
  /** Registers targets in `tx`; one that drains is registered anew, one that is registered stays as it is. */
  register(tx: Transaction, scope: Scope, targetGroupArn: string, targets: readonly Target[]): void;
  /** Targets get nothing new from now on and leave when nothing is in flight any more, or their deadline is over. Unknown ones are no error. */
  deregister(tx: Transaction, scope: Scope, targetGroupArn: string, targets: readonly Target[]): void;
  /** Undefined when the target is not (any more) in the group. */
  health(scope: Scope, targetGroupArn: string, target: Target): TargetHealthFacts | undefined;
  /** Calls back with the group's ARN whenever a target of it changed. @returns how to stop */
  onTargetsChanged(listener: (targetGroupArn: string) => void): () => void;
  /** What a rule's or listener's forward action sends where, in the order of the action; undefined when there is no such forward. */
  weights(scope: Scope, ruleArn: string): readonly TargetGroupWeight[] | undefined;
  /** Changes only the weights (0 to 999) of a forward action in `tx`: groups that are not named stay, those that it lacks are added. */
  setWeights(tx: Transaction, scope: Scope, ruleArn: string, weights: readonly TargetGroupWeight[]): void;
}

/** What ECS must know of a Cloud Map service to register tasks with it. */
export interface RegistryFacts {
  /** Empty: its instances have no DNS records. */
  readonly recordTypes: readonly ('A' | 'AAAA' | 'CNAME' | 'SRV')[];
  /** Whoever registers says how the instances are. */
  readonly customHealth: boolean;
}

/** What ECS needs of Cloud Map. Implemented by services/servicediscovery, wired in main. */
export interface InstanceRegistrar {
  /** Undefined when there is no such service. */
  registry(scope: Scope, registryArn: string): RegistryFacts | undefined;
  /** Registers in `tx`, or replaces what the id stood for. @throws NotFound, InvalidArgument, Conflict when the registry is full */
  register(
    tx: Transaction,
    scope: Scope,
    registryArn: string,
    instance: { readonly id: string; readonly attributes: Readonly<Record<string, string>> },
  ): void;
  /** Unknown ones are no error. */
  deregister(tx: Transaction, scope: Scope, registryArn: string, id: string): void;
  /** Undefined: it is not registered, or its registry has no custom check. */
  health(scope: Scope, registryArn: string, id: string): 'HEALTHY' | 'UNHEALTHY' | undefined;
  /** Says how an instance is; one that is gone stays gone. */
  setHealth(
    tx: Transaction,
    scope: Scope,
    registryArn: string,
    told: { readonly id: string; readonly health: 'HEALTHY' | 'UNHEALTHY' },
  ): void;
}

export interface NamespaceFacts {
  readonly arn: string;
  readonly name: string;
}

/** What ECS needs of Cloud Map's namespaces, for Service Connect. Implemented by services/servicediscovery, wired in main. */
export interface ConnectNamespaces {
  /** By name (an HTTP namespace before a DNS one, the older first) or ARN; undefined when there is none. */
  find(scope: Scope, nameOrArn: string): NamespaceFacts | undefined;
  /** Makes an HTTP namespace in `tx`, or finds the one of that name. @throws Conflict when there are too many */
  ensure(tx: Transaction, scope: Scope, name: string): NamespaceFacts;
  /**
   * Makes a service without DNS records, which ECS manages, in `tx`.
   * @returns its ARN @throws NotFound for the namespace, Conflict when the name is taken or the namespace is full
   */
  createService(tx: Transaction, scope: Scope, namespaceArn: string, name: string): string;
  /** Removes such a service in `tx`; no error when it is gone. @returns false when it has instances still */
  removeService(tx: Transaction, scope: Scope, serviceArn: string): boolean;
}

export interface TargetGroupWeight {
  readonly targetGroupArn: string;
  readonly weight: number;
}

/** What ECS needs of Lambda, or of whoever stands in for it: the hooks of deployments. Implemented in main. */
export interface LifecycleHooks {
  /**
   * Calls a hook once and waits for its answer, within bounds of time and size of its own.
   * @param targetArn a Lambda function's ARN, or the URL of a hook
   * @throws InvalidHookAnswer for an answer that says nothing; any other error says why there is none
   */
  call(targetArn: string, payload: LifecycleHookPayload): Promise<LifecycleHookAnswer>;
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/lambda-lifecycle-hooks.html */
export interface LifecycleHookPayload {
  readonly executionDetails: {
    readonly serviceArn: string;
    readonly targetServiceRevisionArn: string;
    /** Percent by ARN of the service revision, at the stages that shift such traffic; else empty. In a rollback as it is again. */
    readonly testTrafficWeights: Readonly<Record<string, number>>;
    readonly productionTrafficWeights: Readonly<Record<string, number>>;
  };
  readonly executionId: string;
  readonly lifecycleStage: string;
  /** Of the service deployment. */
  readonly resourceArn: string;
  readonly hookDetails?: unknown;
}

/** A hook answered, but not as a hook does. The message says what is wrong, without a full stop. */
export class InvalidHookAnswer extends Error {
  override readonly name = 'InvalidHookAnswer';
}

export interface LifecycleHookAnswer {
  readonly hookStatus: 'SUCCEEDED' | 'FAILED' | 'IN_PROGRESS';
  /** Seconds until the next call of an IN_PROGRESS hook; AWS's default is 30. */
  readonly callBackDelay?: number;
  /** For the next call. */
  readonly hookDetails?: unknown;
}

/** What ECS needs of CloudWatch: the alarms that fail a deployment. Implemented by services/cloudwatch, wired in main. */
export interface DeploymentAlarms {
  /** Undefined when there is no such alarm. */
  state(scope: Scope, alarmName: string): 'OK' | 'ALARM' | 'INSUFFICIENT_DATA' | undefined;
  /** Calls back whenever an alarm's state changed. @returns how to stop */
  onChange(listener: (scope: Scope, alarmName: string) => void): () => void;
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

/** What ECS needs of EC2: EBS volumes of tasks. Implemented by services/ec2, wired in main. */
export interface TaskVolumes {
  /** @throws InvalidArgument with EC2's code and sentence when no such volume can be */
  check(wish: TaskVolumeWish): void;
  /** Writes a volume that is attached to the task in `tx`; its agent makes the data. @throws InvalidArgument as `check`, and when the snapshot is not there */
  create(
    tx: Transaction,
    request: TaskVolumeWish & {
      readonly scope: Scope;
      readonly taskArn: string;
      readonly availabilityZone: string;
      /** Machine that the task is on; absent of FARGATE tasks. */
      readonly instanceId?: string;
      readonly deleteOnTermination: boolean;
      readonly tags: Readonly<Record<string, string>>;
    },
  ): { readonly volumeId: string; readonly sizeGiB: number; readonly snapshotId?: string };
  /** The machine has it. */
  attached(tx: Transaction, scope: Scope, volumeId: string): void;
  /** The task is over: the volume is deleted, or free. No error when it is gone. */
  release(tx: Transaction, scope: Scope, volume: { readonly volumeId: string; readonly deletes: boolean }): void;
}

/** What ECS needs of identity for volumes. Implemented in main. */
export interface InfrastructureRoles {
  /** Whether ECS may assume the role, and the role make and attach such a volume. @returns AWS's words when not; undefined: it may */
  volumeRefusal(request: {
    readonly scope: Scope;
    readonly roleArn: string;
    readonly snapshotId?: string;
    readonly tags: Readonly<Record<string, string>>;
  }): string | undefined;
}

/** What ECS needs of EFS: what a task that mounts a file system gets. Implemented by services/efs, wired in main. */
export type FileSystemMounts = (request: {
  readonly scope: Scope;
  readonly fileSystemId: string;
  readonly rootDirectory: string;
  readonly accessPointId?: string;
  /** With IAM authorization: the task's role, if it has one. */
  readonly iam?: { readonly roleArn?: string; readonly sessionName: string };
  readonly encrypted: boolean;
  readonly vpcId?: string;
  readonly availabilityZone?: string;
  /** Of a FARGATE task, which mounts through its own interface. */
  readonly networkInterfaceId?: string;
}) => PayloadFileSystem;

/** What ECS needs of EC2: whether the platform, or a program, reaches destinations through a task's interface. Implemented by services/ec2, wired in main. */
export type TaskWays = (
  scope: Scope,
  networkInterfaceId: string,
  destinations: readonly (Destination | CalledService)[],
) => readonly { readonly reachable: boolean; readonly dial: string; readonly because: string }[];
