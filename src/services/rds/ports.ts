import type { Transaction } from '../../store/index.ts';
import type { Scope } from './records/scope.ts';

/** A subnet as RDS needs it. */
export interface DatabaseSubnet {
  readonly id: string;
  readonly vpcId: string;
  readonly availabilityZone: string;
}

/** The interface of a database, which it has as long as it lives. */
export interface DatabaseInterface {
  readonly networkInterfaceId: string;
  readonly macAddress: string;
  readonly privateIpv4Address: string;
  readonly privateDnsName: string;
  readonly subnetId: string;
  readonly prefixLength: number;
  readonly gateway: string;
  readonly vpcId: string;
  readonly vpcPrefixes: readonly string[];
  readonly availabilityZone: string;
}

/** The network that databases are in. Implemented by services/ec2, wired in main. */
export interface DatabaseNetwork {
  subnet(scope: Scope, id: string): DatabaseSubnet | undefined;
  /** Those of the default VPC; none when there is no such VPC. */
  defaultSubnets(scope: Scope): readonly DatabaseSubnet[];
  /** VPC of a security group; undefined when the group does not exist. */
  securityGroupVpc(scope: Scope, id: string): string | undefined;
  defaultSecurityGroup(scope: Scope, vpcId: string): string;
  /**
   * Writes an interface in one of the subnets in `tx`.
   * @throws InvalidArgument when a subnet or group is gone; Unavailable when there is no address in the zones asked for
   */
  createInterface(
    tx: Transaction,
    request: {
      readonly scope: Scope;
      readonly subnets: readonly string[];
      readonly securityGroups: readonly string[];
      readonly zones?: readonly string[];
      readonly description: string;
      /** Random number in [0, 1) to choose among subnets. */
      readonly chance: number;
    },
  ): DatabaseInterface;
  setSecurityGroups(tx: Transaction, scope: Scope, networkInterfaceId: string, securityGroups: readonly string[]): void;
  removeInterface(tx: Transaction, scope: Scope, networkInterfaceId: string): void;
}

/** One container as a task of the platform's own. */
export interface DatabaseTask {
  readonly region: string;
  readonly family: string;
  /** Higher than that of any earlier task of the family. */
  readonly revision: number;
  readonly image: string;
  /** Runs as the first process, whatever the image starts. */
  readonly entryPoint: readonly string[];
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly mount: { readonly sourcePath: string; readonly containerPath: string };
  /** Between being asked to end and being killed. */
  readonly stopTimeoutSeconds: number;
  readonly port: number;
  /** What it may take. */
  readonly cpuUnits: number;
  readonly memoryMiB: number;
  /** What is kept free for it of its machine's processors. */
  readonly reservedCpuUnits: number;
  readonly interface: DatabaseInterface;
}

export interface DatabaseTaskView {
  readonly status: 'starting' | 'running' | 'stopping' | 'stopped';
  /** Why it stopped. */
  readonly reason?: string;
}

/** What runs the containers. Implemented by services/ecs, wired in main. */
export interface DatabaseTasks {
  /** Writes a task in `tx`; what ran before of its family must have stopped. @returns its key */
  start(tx: Transaction, task: DatabaseTask): string;
  /** Tells a task to stop in `tx`; no error when it is over. */
  stop(tx: Transaction, key: string, reason: string): void;
  /** Undefined: over for long, or never there. */
  get(key: string): DatabaseTaskView | undefined;
  /** Forgets a family whose last task has stopped. */
  forget(
    tx: Transaction,
    family: { readonly region: string; readonly family: string; readonly revision: number },
  ): void;
  /** Calls back with the family of a task that changed. @returns how to stop */
  onChange(listener: (family: string) => void): () => void;
}

/** What a container said last: which start it is, and the password it has. */
export interface DatabaseReady {
  readonly boot: number;
  readonly passwordVersion: number;
}

/** Where the data of databases lives, and how their containers are talked to: a directory each. */
export interface DatabaseDirectories {
  /** As the container engine needs it. */
  path(account: string, resourceId: string): string;
  /** Makes the directory of a new database, with its id in it. @throws when the place for it cannot be written */
  make(account: string, resourceId: string): Promise<void>;
  /** Says which password the database is to have; no error when it was said before. */
  sayPassword(
    account: string,
    resourceId: string,
    password: { readonly verifier: string; readonly version: number },
  ): Promise<void>;
  /** Undefined: nothing was said since the container started. */
  ready(account: string, resourceId: string): Promise<DatabaseReady | undefined>;
  /** Removes a database's data; no error when it is gone. */
  remove(account: string, resourceId: string): Promise<void>;
}

/** An image of PostgreSQL that can be run. */
export interface PostgresImage {
  readonly reference: string;
  /** Of PostgreSQL, such as `15.18`. */
  readonly version: string;
}

/** Which images there are, the one to take when nobody says more first. */
export type PostgresImages = () => Promise<readonly PostgresImage[]>;

/** What PostgreSQL keeps of a password, `SCRAM-SHA-256$…`. https://www.rfc-editor.org/rfc/rfc5803 */
export type PasswordVerifier = (password: string) => string;

/** Secrets that RDS keeps for its users in Secrets Manager. Implemented by services/secretsmanager, wired in main. */
export interface MasterUserSecrets {
  /** Writes a new secret in `tx`. @returns its ARN; throws Conflict when the name is taken */
  create(
    tx: Transaction,
    scope: Scope,
    secret: {
      readonly name: string;
      readonly description: string;
      readonly value: string;
      readonly tags: readonly { readonly key: string; readonly value: string }[];
    },
  ): string;
  /** Writes a new version of its value in `tx`; no error when it is gone. */
  change(tx: Transaction, scope: Scope, name: string, value: string): void;
  /** Removes a secret at once in `tx`; no error when it is gone. */
  remove(tx: Transaction, scope: Scope, name: string): void;
}
