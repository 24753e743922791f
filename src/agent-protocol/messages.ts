import type { TaskConnect } from '../connect-protocol/index.ts';
import type { ClosedWay } from './ways.ts';

/**
 * The ECS agent protocol: frames on the ACS and TCS websockets and the task they carry.
 * Field names travel on the wire; see docs/spec/agent-protocol.md. Absent and null mean the same.
 */

/** One frame: `{"type":…,"message":{…}}`. */
export interface Frame {
  readonly type: string;
  readonly message: unknown;
}

export interface HeartbeatMessage {
  readonly healthy: boolean;
  readonly messageId: string;
}

export interface PayloadMessage {
  readonly clusterArn: string;
  readonly containerInstanceArn: string;
  readonly messageId: string;
  /** Epoch milliseconds. */
  readonly generatedAt: number;
  readonly seqNum: number;
  readonly tasks: readonly PayloadTask[];
}

export interface IamRoleCredentials {
  readonly credentialsId: string;
  readonly roleArn: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** RFC 3339. */
  readonly expiration: string;
}

export interface IamRoleCredentialsMessage {
  readonly messageId: string;
  readonly taskArn: string;
  readonly taskClusterArn: string;
  readonly roleType: 'TaskApplication' | 'TaskExecution';
  readonly roleCredentials: IamRoleCredentials;
}

export interface ManifestTask {
  readonly taskArn: string;
  readonly taskClusterArn: string;
  readonly desiredStatus: 'RUNNING' | 'STOPPED';
}

export interface TaskManifestMessage {
  readonly clusterArn: string;
  readonly containerInstanceArn: string;
  readonly messageId: string;
  readonly generatedAt: number;
  /** Greater than any earlier timeline and seqNum of this instance. */
  readonly timeline: number;
  readonly tasks: readonly ManifestTask[];
}

export interface TaskStopVerificationMessage {
  readonly messageId: string;
  readonly stopCandidates: readonly ManifestTask[];
}

export interface TaskStopVerificationAck {
  readonly messageId: string;
  readonly generatedAt: number;
  readonly stopTasks: readonly ManifestTask[];
}

export interface ElasticNetworkInterface {
  readonly attachmentArn: string;
  readonly ec2Id: string;
  readonly index?: number;
  readonly macAddress: string;
  readonly interfaceAssociationProtocol?: 'default';
  readonly ipv4Addresses: readonly { readonly primary: boolean; readonly privateAddress: string }[];
  /** `172.31.16.1/20` */
  readonly subnetGatewayIpv4Address: string;
  readonly domainName?: readonly string[];
  readonly domainNameServers?: readonly string[];
  readonly privateDnsName?: string;
}

export interface AttachTaskNetworkInterfacesMessage {
  readonly clusterArn: string;
  readonly containerInstanceArn: string;
  readonly taskArn: string;
  readonly taskClusterArn: string;
  readonly messageId: string;
  readonly generatedAt: number;
  readonly waitTimeoutMs: number;
  readonly elasticNetworkInterfaces: readonly ElasticNetworkInterface[];
  /** Lets Longshore's agent wire the interface fully before its task arrives; Amazon's ignores it. */
  readonly longshore?: Pick<PayloadTaskExtension, 'vpcPrefixes'>;
}

export interface AckRequest {
  readonly cluster: string;
  readonly containerInstance: string;
  readonly messageId: string;
}
export interface NackRequest extends AckRequest {
  readonly reason: string;
}
export interface HeartbeatAckRequest {
  readonly messageId: string;
}
export interface IamRoleCredentialsAckRequest {
  readonly messageId: string;
  readonly expiration: string;
  readonly credentialsId: string;
}

export interface PayloadTask {
  readonly arn: string;
  readonly taskClusterArn: string;
  readonly desiredStatus: 'RUNNING' | 'STOPPED';
  readonly family: string;
  readonly version: string;
  /** vCPUs of the whole task; absent: none set. */
  readonly cpu?: number;
  /** MiB of the whole task; absent: none set. */
  readonly memory?: number;
  readonly networkMode: 'bridge' | 'host' | 'none' | 'awsvpc';
  readonly pidMode?: string;
  readonly ipcMode?: string;
  readonly launchType?: string;
  readonly serviceName?: string;
  readonly group?: string;
  readonly taskDefinitionAccountId?: string;
  readonly containers: readonly PayloadContainer[];
  readonly volumes: readonly PayloadVolume[];
  readonly roleCredentials?: IamRoleCredentials;
  readonly executionRoleCredentials?: IamRoleCredentials;
  readonly elasticNetworkInterfaces?: readonly ElasticNetworkInterface[];
  readonly attachments?: readonly PayloadAttachment[];
  /** `{"cluster":{…},…}` extension for Longshore's own agent; Amazon's ignores unknown fields. */
  readonly longshore?: PayloadTaskExtension;
}

/** What Amazon's agent learns from EC2 or does not need. */
export interface PayloadTaskExtension {
  /** Whose task this is: where its logs go. */
  readonly account: string;
  readonly region: string;
  readonly availabilityZone: string;
  readonly vpcId?: string;
  readonly vpcPrefixes?: readonly string[];
  readonly ephemeralStorageGiB?: number;
  readonly platformVersion?: string;
  /** By the name of the task's volume: the file systems of EFS that it mounts. */
  readonly efsVolumes?: Readonly<Record<string, PayloadFileSystem>>;
  /** By the name of the task's volume: the EBS volumes that it mounts. */
  readonly ebsVolumes?: Readonly<Record<string, PayloadEbsVolume>>;
  /** Of a task whose service has Service Connect: what its proxy does. */
  readonly serviceConnect?: TaskConnect;
  /** Of a FARGATE task: what it needs before it starts and cannot reach. Absent: it reaches everything that it needs. */
  readonly closedWays?: readonly ClosedWay[];
}

/** An EBS volume, `amazonebs`: properties `volumeId`, `volumeSizeGib`, `deviceName`, `sourceVolumeHostPath`, `volumeName`, `fileSystem`. */
export interface PayloadAttachment {
  readonly attachmentArn: string;
  readonly attachmentType: string;
  readonly attachmentProperties: readonly { readonly name: string; readonly value: string }[];
}

/** What EC2 does on AWS and the agent does here: an EBS volume's data, and what becomes of it. */
export interface PayloadEbsVolume {
  /** Whose directory its data is in. */
  readonly account: string;
  readonly volumeId: string;
  readonly sizeGiB: number;
  /** What it is a copy of; absent: it is empty. */
  readonly snapshotId?: string;
  /** Absent: what the machine has, xfs first; of a copy what it has. */
  readonly fileSystem?: 'ext3' | 'ext4' | 'xfs';
  /** When the task is over. One that could not be attached is deleted in any case. */
  readonly deleteOnTermination: boolean;
}

/** Where a volume of type `efs` is, as the control plane decided; or why the task may not have it. */
export type PayloadFileSystem =
  | {
      /** Whose directory it is in. */
      readonly account: string;
      /** Absolute, within the file system. */
      readonly rootDirectory: string;
      /** How it is made when it is not there; absent: it must be there. */
      readonly creationInfo?: { readonly ownerUid: number; readonly ownerGid: number; readonly permissions: string };
      /** Whose all file operations are. */
      readonly posixUser?: { readonly uid: number; readonly gid: number; readonly secondaryGids: readonly number[] };
      readonly readOnly: boolean;
    }
  | { readonly refusal: string };

export interface PayloadContainer {
  readonly name: string;
  readonly image: string;
  readonly containerArn?: string;
  /** CPU units. */
  readonly cpu: number;
  /** MiB, hard limit; 0: none. */
  readonly memory: number;
  readonly essential: boolean;
  readonly command?: readonly string[];
  readonly entryPoint?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** JSON text: `{"command":[…]}` or `{"command":null}`. */
  readonly overrides: string;
  readonly portMappings: readonly {
    readonly containerPort?: number;
    readonly hostPort?: number;
    readonly containerPortRange?: string;
    readonly protocol: 'tcp' | 'udp';
  }[];
  readonly mountPoints: readonly {
    readonly sourceVolume: string;
    readonly containerPath: string;
    readonly readOnly: boolean;
  }[];
  readonly volumesFrom: readonly { readonly sourceContainer: string; readonly readOnly: boolean }[];
  readonly links?: readonly string[];
  readonly dependsOn?: readonly {
    readonly containerName: string;
    readonly condition: 'START' | 'COMPLETE' | 'SUCCESS' | 'HEALTHY';
  }[];
  /** Seconds. */
  readonly startTimeout?: number;
  /** Seconds. */
  readonly stopTimeout?: number;
  /** JSON texts of Docker's Config and HostConfig, laid over what the agent builds. */
  readonly dockerConfig: { readonly config: string; readonly hostConfig: string; readonly version?: string };
  readonly healthCheckType?: 'docker';
  readonly logsAuthStrategy?: 'ExecutionRole';
  readonly secrets?: readonly PayloadSecret[];
  /** Objects of S3 by their ARNs, the first one that has a variable wins. */
  readonly environmentFiles?: readonly { readonly value: string; readonly type: 's3' }[];
  /** Who may pull the image; absent: its registry asks for nothing. `asm`: a secret that is a JSON object of `username` and `password`. */
  readonly registryAuthentication?: EcrAuthentication | AsmAuthentication;
  readonly restartPolicy?: {
    readonly enabled: boolean;
    readonly ignoredExitCodes?: readonly number[];
    readonly restartAttemptPeriod?: number;
  };
}

export interface EcrAuthentication {
  readonly type: 'ecr';
  readonly ecrAuthData: { readonly registryId: string; readonly region: string; readonly useExecutionRole: boolean };
  readonly asmAuthData?: undefined;
}

export interface AsmAuthentication {
  readonly type: 'asm';
  readonly asmAuthData: { readonly credentialsParameter: string; readonly region: string };
  readonly ecrAuthData?: undefined;
}

/** A value that the agent fetches with the execution role; the payload has only where from. */
export interface PayloadSecret {
  /** Of the environment variable or the option of the log driver. */
  readonly name: string;
  /** Of Secrets Manager the ARN, possibly with `:json-key:version-stage:version-id`; of Parameter Store the name or ARN. */
  readonly valueFrom: string;
  readonly region: string;
  readonly provider: 'asm' | 'ssm';
  readonly type: 'ENVIRONMENT_VARIABLE' | 'BOOTSTRAP';
  readonly target: 'CONTAINER' | 'LOG_DRIVER';
}

export interface PayloadVolume {
  readonly name: string;
  /** `attachment`: what it is stands in the task's attachments. */
  readonly type?: 'host' | 'docker' | 'efs' | 'attachment';
  readonly host?: { readonly sourcePath?: string };
  readonly efsVolumeConfiguration?: {
    readonly fileSystemId: string;
    readonly rootDirectory?: string;
    readonly transitEncryption?: string;
    readonly transitEncryptionPort?: number;
    readonly authorizationConfig?: { readonly accessPointId?: string; readonly iam?: string };
  };
  readonly dockerVolumeConfiguration?: {
    readonly scope?: 'task' | 'shared';
    readonly autoprovision?: boolean;
    readonly driver?: string;
    readonly driverOpts?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

/** Reads a frame; undefined when the text is not one. */
export function parseFrame(text: string): Frame | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // malformed frames are the caller's to count or to log
  }
  if (typeof value !== 'object' || value === null || !('type' in value) || typeof value.type !== 'string')
    return undefined;
  return { type: value.type, message: 'message' in value ? value.message : undefined };
}

export function formatFrame(type: string, message: object): string {
  return JSON.stringify({ type, message });
}
